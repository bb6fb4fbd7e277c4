"""Which rows every model of a lineage saw here: 32 bytes a row, apart from the manifest, which stays small."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from warmstart.core.card import Ancestor

FILE = "rows_seen.safetensors"
BYTES = 32


def pack(lineage: Iterable[Ancestor]) -> bytes:
    """Return the file's content: the content hashes of every step, uint8 (rows, 32) each.

    Raises
    ------
    ValueError : a hash is not a sha256 in hexadecimal.
    """
    from safetensors.numpy import save

    return save({str(place): _numbers(step.rows) for place, step in enumerate(lineage)})


def unpack(content: bytes) -> tuple[tuple[str, ...], ...]:
    """Return the content hashes of every step, in the order of the lineage."""
    from safetensors.numpy import load

    tensors = load(content)
    return tuple(_names(tensors[str(place)]) for place in range(len(tensors)))


def _numbers(rows: tuple[str, ...]) -> np.ndarray:
    return np.frombuffer(bytes.fromhex("".join(rows)), dtype=np.uint8).reshape(len(rows), BYTES)


def _names(numbers: np.ndarray) -> tuple[str, ...]:
    return tuple(row.tobytes().hex() for row in numbers)
