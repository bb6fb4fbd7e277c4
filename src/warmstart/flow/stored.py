"""Arrays on disk that a pass fills batch by batch, and that a later pass takes up where it was killed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.representation import let_go
from warmstart.flow.passes import Batches
from warmstart.store import strict_json

POOLED = "pooled"
PREPARED = "cut_0"


@dataclass
class Part:
    """What one cache entry holds: arrays on disk being filled, and which output goes into which."""

    folder: Path
    arrays: dict[str, np.memmap[Any, Any]]

    def save(self, batches: int) -> None:
        """Bring what was written to disk, then note how many batches that is."""
        for array in self.arrays.values():
            array.flush()
            let_go(array)
        strict_json.save(self.folder / "progress.json", {"batches": batches})


def saved_batches(folder: Path) -> int:
    """Return how many batches an earlier, unfinished pass saved in a folder."""
    file = folder / "progress.json"
    found: Any = strict_json.load(file) if file.is_file() else {}
    return int(found.get("batches", 0)) if isinstance(found, dict) else 0


def allocate(name: str, folder: Path, found: Mapping[str, np.ndarray], batches: Batches) -> Part:
    """Return the arrays of a part, made at full size or taken up where an earlier pass left them.

    Parameters
    ----------
    name : of the part: "pooled", or "cut_" with the number of the cut.
    found : outputs of the first batch by name, whose widths the arrays get.
    """
    shapes: dict[str, tuple[tuple[int, ...], Any]] = {}
    rows = batches.count
    if name == POOLED:
        shapes = {
            output: ((rows, values.shape[1]), np.float32) for output, values in found.items() if "pooled" in output
        }
    elif batches.lengths is None:
        values = found["pixels" if name == PREPARED else f"hidden_{name.removeprefix('cut_')}"]
        shapes["values"] = ((rows, *values.shape[1:]), np.uint8 if name == PREPARED else np.float16)
    else:
        total = int(batches.lengths.sum())
        width = () if name == PREPARED else found[f"hidden_{name.removeprefix('cut_')}"].shape[2:]
        shapes["values"] = ((total, *width), np.int32 if name == PREPARED else np.float16)
        offsets = np.concatenate([[0], np.cumsum(batches.lengths)]).astype(np.int64)
        np.save(folder / "offsets.npy", offsets)
    return Part(folder, {array: _memory(folder / f"{array}.npy", *shape) for array, shape in shapes.items()})


def _memory(file: Path, shape: tuple[int, ...], dtype: Any) -> np.memmap[Any, Any]:
    """Return an array on disk, the one that is there if it is of that shape."""
    if file.is_file():
        there = np.lib.format.open_memmap(file, mode="r+")
        if there.shape == shape and there.dtype == dtype:
            return there
    return np.lib.format.open_memmap(file, mode="w+", dtype=dtype, shape=shape)


def write(name: str, part: Part, found: Mapping[str, np.ndarray], rows: np.ndarray, batches: Batches) -> None:
    """Put a batch into its rows.

    Parameters
    ----------
    name, part : as of `allocate`.
    found : the batch's outputs by name.
    rows : the row numbers of the batch, in its order.
    """
    if name == POOLED:
        for output, array in part.arrays.items():
            array[rows] = found[output]
        return
    array = part.arrays["values"]
    first = "pixels" if batches.lengths is None else "input_ids"
    values = found[first if name == PREPARED else f"hidden_{name.removeprefix('cut_')}"]
    if batches.lengths is None:
        array[rows] = values if name == PREPARED else _half(values)
        return
    values = values if name == PREPARED else _half(values)
    for place, row in enumerate(rows):
        start, length = batches.offsets[row], batches.lengths[row]
        array[start : start + length] = values[place, :length]


def _half(values: np.ndarray) -> np.ndarray:
    """Return float16, with what lies beyond its range at its ends."""
    largest = np.finfo(np.float16).max
    half: np.ndarray = np.clip(values, -largest, largest).astype(np.float16)
    return half
