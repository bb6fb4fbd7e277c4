"""Fit a head on source rows that an adapter of skada has mapped towards the target, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmstart.adaptation._base import Domains
from warmstart.errors import MissingExtra, NotApplicable
from warmstart.learning.linear import LinearHead, solve
from warmstart.learning.many_rows import some_places
from warmstart.learning.rotation import projected, rotate

SCRIPT = Path(__file__).with_name("_skada_child.py")
SECONDS = 600
MOST = 2000
"""Rows of each domain: some of these methods cost the square of them, or more."""


@dataclass(frozen=True)
class Mapped:
    """Mapped source rows (rows, columns), and the affine map of target rows: `target @ matrix + offset`."""

    source: np.ndarray
    matrix: np.ndarray
    offset: np.ndarray


def mapped_head(domains: Domains, adapter: str, *, name: str, **options: int) -> LinearHead:
    """Return a head for the target's features, fitted on mapped source rows.

    Parameters
    ----------
    adapter : the class of skada that maps.
    name : what the method is called here.
    options : what the adapter is made with.

    Raises
    ------
    MissingExtra : skada is not installed.
    NotApplicable : it fails on these rows; its last words are in the sentence.
    """
    if importlib.util.find_spec("skada") is None:
        raise MissingExtra(f"`{name}` needs skada. Install it with `pip install 'warmstart[adapt]'`.")
    rows, others = some_places(len(domains.source), MOST), some_places(len(domains.target), MOST)
    rotated, codes = rotate(domains.source.take(rows)), domains.codes[rows]
    target = projected(domains.target.take(others), rotated.mean, rotated.scale, rotated.basis)
    found = _mapped(adapter, rotated.values, codes, target, **options)
    weight, bias = solve(found.source, codes, domains.classes, domains.penalty)
    full = rotated.unrotated(weight @ found.matrix.T)
    moved = bias + weight @ found.offset
    return LinearHead(rotated.mean, rotated.scale, full.astype(np.float32), moved.astype(np.float32))


def _mapped(adapter: str, source: np.ndarray, codes: np.ndarray, target: np.ndarray, **options: int) -> Mapped:
    """Return what skada makes of the rows."""
    _, labels = np.unique(codes, return_inverse=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, values in (("source", source), ("target", target)):
            np.save(Path(folder) / f"{name}.npy", values.astype(np.float64))
        np.save(Path(folder) / "codes.npy", labels)
        _run([sys.executable, str(SCRIPT), adapter, json.dumps(options), folder])
        with np.load(Path(folder) / "found.npz") as found:
            return Mapped(found["source"], found["matrix"], found["offset"])


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotApplicable(f"skada took longer than {SECONDS} s on these rows.") from None
    if done.returncode != 0:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise NotApplicable(f"skada fails on these rows: {''.join(last)[:200]}.")
