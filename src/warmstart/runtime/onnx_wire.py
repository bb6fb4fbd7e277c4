"""What an ONNX file asks for, read from its bytes alone: the operator domains and data outside the file.

ONNX is protobuf; only field numbers and lengths are followed, so that nothing is built from a file
that is to be refused, and the `onnx` package is not needed.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_LEVELS = 16
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_MODEL_GRAPH, _MODEL_TRAINING, _MODEL_FUNCTION = 7, 20, 25
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_SPARSE = 1, 5, 15
_FUNCTION_NODE, _FUNCTION_ATTRIBUTE = 7, 11
_NODE_ATTRIBUTE, _NODE_DOMAIN = 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSES = (5, 10), (6, 11), (22, 23)
_SPARSE_PARTS = (1, 2)
_TENSOR_EXTERNAL, _TENSOR_LOCATION = 13, 14


@dataclass
class Needs:
    """The domains of the operators a graph uses ("" is the standard one), and whether it reads other files."""

    domains: set[str] = field(default_factory=set)
    external: bool = False
    nodes: int = 0


def needs(model: bytes | mmap.mmap) -> Needs:
    """Return what a serialised ONNX model asks for.

    Raises
    ------
    ValueError : the bytes are not protobuf, or graphs are nested too deep.
    """
    found = Needs()
    for number, value in _fields(memoryview(model)):
        if number == _MODEL_GRAPH:
            _graph(value, found, 0)
        elif number == _MODEL_FUNCTION:
            _function(value, found)
        elif number == _MODEL_TRAINING:
            raise ValueError("it holds training steps")
    return found


def _graph(data: memoryview, found: Needs, level: int) -> None:
    if level > MOST_LEVELS:
        raise ValueError("its graphs are nested too deep")
    for number, value in _fields(data):
        if number == _GRAPH_NODE:
            _node(value, found, level)
        elif number == _GRAPH_TENSOR:
            _tensor(value, found)
        elif number == _GRAPH_SPARSE:
            _sparse(value, found)


def _function(data: memoryview, found: Needs) -> None:
    for number, value in _fields(data):
        if number == _FUNCTION_NODE:
            _node(value, found, 0)
        elif number == _FUNCTION_ATTRIBUTE:
            _attribute(value, found, 0)


def _node(data: memoryview, found: Needs, level: int) -> None:
    found.nodes += 1
    domain = ""
    for number, value in _fields(data):
        if number == _NODE_DOMAIN:
            domain = bytes(value).decode("utf-8", "replace")
        elif number == _NODE_ATTRIBUTE:
            _attribute(value, found, level)
    found.domains.add(domain)


def _attribute(data: memoryview, found: Needs, level: int) -> None:
    for number, value in _fields(data):
        if number in _ATTRIBUTE_GRAPHS:
            _graph(value, found, level + 1)
        elif number in _ATTRIBUTE_TENSORS:
            _tensor(value, found)
        elif number in _ATTRIBUTE_SPARSES:
            _sparse(value, found)


def _sparse(data: memoryview, found: Needs) -> None:
    for number, value in _fields(data):
        if number in _SPARSE_PARTS:
            _tensor(value, found)


def _tensor(data: memoryview, found: Needs) -> None:
    for number, value in _fields(data, numbers=True):
        if number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and bytes(value) != b"\x00"):
            found.external = True


def _fields(data: memoryview, *, numbers: bool = False) -> Iterator[tuple[int, memoryview]]:
    """Walk the fields of one message: their numbers and contents; plain numbers only where asked for."""
    place, end = 0, len(data)
    while place < end:
        key, place = _varint(data, place)
        if key >> 32:
            # A reader that drops the upper bits would see another field than this one.
            raise ValueError("it is not protobuf")
        kind = key & 7
        if kind == VARINT:
            start = place
            _, place = _varint(data, place)
            if numbers:
                yield key >> 3, data[start:place]
            continue
        if kind == BYTES:
            size, place = _varint(data, place)
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
        else:
            raise ValueError("it is not protobuf")
        if place + size > end:
            raise ValueError("it ends too early")
        if kind == BYTES:
            yield key >> 3, data[place : place + size]
        place += size


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ValueError("it ends too early")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("it is not protobuf")
