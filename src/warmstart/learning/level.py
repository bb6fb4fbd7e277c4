"""How sure an interval is to hold the value, and how far out it ends under a normal distribution."""

from __future__ import annotations

from scipy import stats

LEVEL = 0.95
UPPER = 1 - (1 - LEVEL) / 2
"""Below its upper end a value lies with this probability."""
QUANTILE = float(stats.norm.ppf(UPPER))
