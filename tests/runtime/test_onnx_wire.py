import pytest

from warmstart.runtime.onnx_wire import needs

GRAPH, FUNCTION = 7, 25
TENSOR, ATTRIBUTE = 5, 11
EXTERNAL = 13


def message(number, content):
    """A protobuf field that holds other fields."""
    return bytes(varint(number << 3 | 2) + varint(len(content)) + list(content))


def varint(value):
    return [value] if value < 0x80 else [value & 0x7F | 0x80, *varint(value >> 7)]


def test_data_outside_the_file_is_seen():
    assert needs(message(GRAPH, message(TENSOR, message(EXTERNAL, b"")))).external
    assert not needs(message(GRAPH, message(TENSOR, b""))).external


def test_it_is_seen_among_the_default_values_of_a_function():
    assert needs(message(FUNCTION, message(ATTRIBUTE, message(TENSOR, message(EXTERNAL, b""))))).external


def test_a_field_that_another_reader_would_take_for_another_is_refused():
    hidden = bytes([*varint(1 << 32 | EXTERNAL << 3 | 2), 0])
    with pytest.raises(ValueError, match="not protobuf"):
        needs(message(GRAPH, message(TENSOR, hidden)))
