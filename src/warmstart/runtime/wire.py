"""The messages that the decoder and its workers exchange over pipes: JSON and raw bytes, never pickle.

A message is a mapping of names to plain JSON values, bytes, or numeric arrays. On the pipe it is the
length of a JSON header, the header, then the bytes of every array in turn.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_LENGTH = struct.Struct("<I")

Read = Callable[[int], bytes]


def pack(message: Mapping[str, Any]) -> bytes:
    """Return the message as bytes.

    >>> unpack(stream_of(pack({"a": 1, "b": b"xy"})))
    {'a': 1, 'b': b'xy'}
    """
    header: dict[str, Any] = {}
    body: list[bytes] = []
    for name, value in message.items():
        if isinstance(value, np.ndarray):
            header[name] = {"array": [value.dtype.str, list(value.shape)]}
            body.append(np.ascontiguousarray(value).tobytes())
        elif isinstance(value, bytes | bytearray | memoryview):
            header[name] = {"bytes": len(value)}
            body.append(bytes(value))
        else:
            header[name] = {"json": value}
    head = json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return b"".join([_LENGTH.pack(len(head)), head, *body])


def unpack(read: Read) -> dict[str, Any]:
    """Return the next message.

    Parameters
    ----------
    read : returns exactly that many bytes.

    Raises
    ------
    EOFError : the other side has gone.
    """
    head = json.loads(read(_LENGTH.unpack(read(_LENGTH.size))[0]).decode("utf-8", "surrogatepass"))
    return {name: _value(kind, read) for name, kind in head.items()}


def _value(kind: Mapping[str, Any], read: Read) -> Any:
    """Return one value of a message."""
    if "array" in kind:
        dtype, shape = np.dtype(kind["array"][0]), kind["array"][1]
        return np.frombuffer(read(dtype.itemsize * math.prod(shape)), dtype=dtype).reshape(shape)
    if "bytes" in kind:
        return read(kind["bytes"])
    return kind["json"]


def stream_of(data: bytes) -> Read:
    """Return a `read` over bytes in memory."""
    place = 0

    def read(size: int) -> bytes:
        nonlocal place
        piece = data[place : place + size]
        place += size
        if len(piece) < size:
            raise EOFError("The message ends too early.")
        return piece

    return read
