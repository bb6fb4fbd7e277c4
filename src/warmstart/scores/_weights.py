"""The weights of the combination and how far it is off, by modality, as `python benchmarks/ranking.py` printed them."""

from __future__ import annotations

from collections.abc import Mapping

WEIGHTS: Mapping[str, Mapping[str, float]] = {}
"""Weights on the inputs of `warmstart.scores._combination.inputs`, in log odds of accuracy."""

SPREAD: Mapping[str, Mapping[str, float]] = {}
"""Standard deviations of what is left, in log odds: of datasets, of sources within one, of cuts within a source."""
