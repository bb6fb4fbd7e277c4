"""The most memory that this process held."""

from __future__ import annotations

import resource
import sys


def peak_rss_mb() -> float:
    """Return it in MB."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
