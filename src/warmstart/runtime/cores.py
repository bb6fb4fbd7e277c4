"""How many processor cores this process may use."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def available_threads() -> int:
    """Return how many cores there are for this process: of those it may run on, what its container is granted."""
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return math.ceil(min(mine, _granted(CGROUP)))


def _granted(cgroup: Path) -> float:
    """Return the cores that a Linux control group grants, of version 2 or 1; infinity where it sets no limit."""
    for quota, period in (("cpu.max", None), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        with contextlib.suppress(OSError, ValueError):
            words = (cgroup / quota).read_text().split()
            each = words[1] if period is None else (cgroup / period).read_text()
            if words[0] != "max" and int(words[0]) > 0:
                return int(words[0]) / int(each)
    return math.inf
