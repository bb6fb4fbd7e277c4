"""The share of test rows for which something holds, with its interval, whatever way the rows were tested."""

from __future__ import annotations

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.learning.intervals import Interval, Resampling, around, draw, proportion
from warmstart.learning.transfer_gain import stretch_of

DRAWS = 500


def share_of(evidence: Evidence, mask: np.ndarray, among: np.ndarray | None = None) -> Interval:
    """Return the share of the test rows (of those among, where given) for which a mask (rows,) holds.

    Its interval is Wilson's; where rows belong together, whole groups are drawn anew.
    """
    among = np.ones(len(mask), dtype=bool) if among is None else among
    value, stretch = float(mask[among].mean()), stretch_of(evidence)
    if evidence.groups is None:
        return proportion(value, int(among.sum()), stretch=stretch)

    def redrawn(rows: np.ndarray) -> float:
        kept = mask[rows][among[rows]]
        return float(kept.mean()) if len(kept) else value

    draws = Resampling(evidence.truth, evidence.groups, draws=DRAWS)
    return around(value, draw(redrawn, draws), stretch=stretch)
