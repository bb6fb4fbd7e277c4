"""Run by `_skada` as a script of its own: map the rows of a source towards a target with an adapter of skada.

Usage: python _skada_child.py ADAPTER OPTIONS FOLDER

Importing skada turns on scikit-learn's metadata routing for the whole process, which is why this is one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

SOURCE, TARGET, HIDDEN = 1, -2, -1


def main(adapter: str, options: str, folder: str) -> None:
    """Read rows.npy and more from the folder; write what the adapter makes of the source, and its map of the target."""
    import skada

    source, target, codes = (np.load(Path(folder) / f"{name}.npy") for name in ("source", "target", "codes"))
    made = getattr(skada, adapter)(**json.loads(options))
    rows = np.concatenate([source, target])
    domain = np.repeat([SOURCE, TARGET], [len(source), len(target)])
    # A copy of its own: `fit` writes into the labels that it is given.
    labels = np.concatenate([codes, np.full(len(target), HIDDEN)])
    moved = made.fit_transform(rows, labels, sample_domain=domain)
    matrix, offset = _map_of_target(made, rows.shape[1])
    np.savez(Path(folder) / "found.npz", source=moved[: len(source)], matrix=matrix, offset=offset)


def _map_of_target(made: Any, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return matrix (width, new width) and offset of what is done to target rows, which is affine in these adapters."""
    probes = np.concatenate([np.zeros((1, width)), np.eye(width)])
    found = made.transform(probes, sample_domain=np.full(len(probes), TARGET))
    return found[1:] - found[0], found[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
