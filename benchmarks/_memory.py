"""The most memory that a command and the processes it starts hold at a time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

EVERY = 0.01


def peak_mb(command: Sequence[str]) -> float:
    """Run a command and return the peak of its proportional memory in MB, what processes share counted once.

    Looking costs time: time the command in a run of its own.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _held(process.pid))
        time.sleep(EVERY)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return peak / 1e6


def _held(pid: int) -> int:
    """Return the bytes that the process and its descendants hold."""
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return 0
    return sum(_proportional(one) for one in (pid, *(child.pid for child in children)))


def _proportional(pid: int) -> int:
    """Return the proportional set size of one process in bytes; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
