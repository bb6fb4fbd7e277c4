"""Look at every cell once, and remember what was seen of image files between runs.

Files are remembered by path, size and time of change, in blocks of a few hundred, so that a changed
file costs looking at its block again.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.progress import Progress
from warmstart.modalities._base import Inspection, Modality
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache
from warmstart.store.hashing import content_address

BLOCK = 256
State = tuple[str, int, int, int]
"""Path, size, and times of change of content and of anything (nanoseconds): a copy may keep the first of these."""
CODE = 3
KIND = "inspections"
FILE = "rows.npz"


def inspected(
    modality: Modality,
    cells: Sequence[Any],
    *,
    decoder: Decoder,
    progress: Progress | None = None,
    cache: Cache | None = None,
) -> Inspection:
    """Return what looking at every cell tells, from the cache where the files have not changed."""
    if cache is None or not modality.decoding:
        return modality.inspect(cells, decoder, progress)
    states = [_state(cell) for cell in cells]
    blocks = _blocks(cells, states)
    keys = {block: _key(modality, states, rows) for block, rows in blocks.items()}
    known = {block: _recall(cache, key, len(blocks[block])) for block, key in keys.items()}
    new = [row for row, state in enumerate(states) if state is None]
    new += [row for block, rows in blocks.items() if known[block] is None for row in rows]
    new.sort()
    fresh = modality.inspect([cells[row] for row in new], decoder, progress)
    place = {row: index for index, row in enumerate(new)}
    for block, rows in blocks.items():
        if known[block] is None and not any(place[row] in fresh.reasons for row in rows):
            _remember(cache, keys[block], fresh, [place[row] for row in rows])
    if len(new) == len(cells):
        return fresh
    pieces = [(rows, found) for block, rows in blocks.items() if (found := known[block]) is not None]
    return _joined(len(cells), [*pieces, (new, fresh)])


def _state(cell: Any) -> State | None:
    """Return the state of a file, None for anything else, and for a file whose name is not Unicode."""
    if not isinstance(cell, str):
        return None
    try:
        cell.encode()
        state = Path(cell).stat()
    except (OSError, ValueError):
        return None
    return str(Path(cell).absolute()), state.st_size, state.st_mtime_ns, state.st_ctime_ns


def _blocks(cells: Sequence[Any], states: Sequence[State | None]) -> dict[int, list[int]]:
    """Return the rows of every block; a path stays in its block while the number of files is about the same."""
    count = 1 << max(0, (len(cells) // BLOCK).bit_length() - 1)
    blocks: dict[int, list[int]] = {}
    for row, state in enumerate(states):
        if state is not None:
            blocks.setdefault(zlib.crc32(state[0].encode("utf-8", "surrogateescape")) % count, []).append(row)
    return blocks


def _key(modality: Modality, states: Sequence[State | None], rows: Sequence[int]) -> str:
    """Return the content address of a block."""
    files = [list(state) for row in rows if (state := states[row]) is not None]
    return content_address({"code": CODE, "modality": modality.name, "files": files})


def _recall(cache: Cache, key: str, rows: int) -> Inspection | None:
    """Return a block that is in the cache."""
    folder = cache.find(KIND, key)
    if folder is None:
        return None
    try:
        with np.load(folder / FILE, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError):
        return None
    hashes = tuple(arrays.pop("hash").tolist())
    return Inspection(hashes, arrays, {}) if len(hashes) == rows else None


def _remember(cache: Cache, key: str, found: Inspection, rows: Sequence[int]) -> None:
    """Put a block into the cache."""
    arrays: dict[str, Any] = {name: values[list(rows)] for name, values in found.arrays.items()}

    def build(folder: Path) -> None:
        np.savez(folder / FILE, hash=np.array([found.hashes[row] for row in rows]), **arrays)

    cache.get_or_build(KIND, key, build)


def _joined(rows: int, pieces: Sequence[tuple[Sequence[int], Inspection]]) -> Inspection:
    """Put pieces together: each the rows it is of, and what was seen of them."""
    hashes = [""] * rows
    reasons: dict[int, str] = {}
    template = max(pieces, key=lambda piece: len(piece[0]))[1].arrays
    arrays = {name: np.zeros((rows, *values.shape[1:]), values.dtype) for name, values in template.items()}
    for own, found in pieces:
        for index, row in enumerate(own):
            hashes[row] = found.hashes[index]
        reasons |= {own[index]: reason for index, reason in found.reasons.items()}
        for name, values in found.arrays.items():
            arrays[name][list(own)] = values
    return Inspection(tuple(hashes), arrays, reasons)
