"""The page people read: from a run folder to HTML, without the training stack."""

from __future__ import annotations

from warmstart.report.page import render, write_report

__all__ = ["render", "write_report"]
