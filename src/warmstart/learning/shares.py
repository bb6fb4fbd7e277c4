"""The share of test rows for which something holds, with its interval, whatever way the rows were tested."""

from __future__ import annotations

import numpy as np

from warmstart.core.evidence import Evidence
from warmstart.learning.hit_rates import hit_rate
from warmstart.learning.intervals import Interval
from warmstart.learning.transfer_gain import stretch_of


def share_of(evidence: Evidence, mask: np.ndarray, among: np.ndarray | None = None) -> Interval:
    """Return the share of the test rows (of those among, where given) for which a mask (rows,) holds.

    Its interval is Wilson's, longer where rows belong together.
    """
    among = np.ones(len(mask), dtype=bool) if among is None else among
    groups = None if evidence.groups is None else evidence.groups[among]
    return hit_rate(mask[among], np.zeros(among.sum(), dtype=np.int64), groups, stretch=stretch_of(evidence))
