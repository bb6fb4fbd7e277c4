"""JSON with nothing left to chance: no NaN, no duplicate keys, bounded size and depth."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from warmstart.errors import PathError, StoreError
from warmstart.store.atomic import write_text

JSON: TypeAlias = Any
MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
DAMAGED = "Restore the file from a copy, or make it again."


def loads(data: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, name: str = "the JSON") -> JSON:
    """Parse JSON that nobody vouches for.

    Parameters
    ----------
    data : UTF-8 text.
    max_bytes, max_depth : the most bytes, and levels of nesting, that are accepted.
    name : what an error calls it, such as the file's path.

    Raises
    ------
    StoreError : not UTF-8, not JSON, too large or deep, a repeated key, or a number that is not finite.

    Examples
    --------
    >>> loads('{"rows": 3}')
    {'rows': 3}
    """
    if len(data) > max_bytes:
        raise StoreError(f"{name} must be at most {max_bytes:,} bytes. Got {len(data):,}. {DAMAGED}")
    value = _parse(data, name, max_depth)
    _check(value, name, max_depth)
    return value


def load(path: Path, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JSON:
    """Read and parse a JSON file.

    Raises
    ------
    PathError : there is no such file.
    StoreError : as `loads`; the sentence names the file.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise PathError(f"There is no file '{path}'. Check the path.") from None
    return loads(data, max_bytes=max_bytes, max_depth=max_depth, name=f"'{path}'")


def dumps(value: JSON, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """Write plain values as JSON; keys keep their order unless they are to be sorted.

    Raises
    ------
    StoreError : a number is not finite, a key is not a string, or a value is not plain.

    Examples
    --------
    >>> dumps({"rows": 3, "classes": ["a", "b"]})
    '{"rows":3,"classes":["a","b"]}'
    """
    _check(value, "the value to write", MAX_DEPTH)
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
        default=_as_dict,
    )


def save(path: Path, value: JSON, *, indent: int | None = 1) -> None:
    """Write plain values to a JSON file, whole or not at all."""
    write_text(path, dumps(value, indent=indent) + "\n")


def plain(value: Any) -> JSON:
    """Return a value with numpy's numbers as Python's, tuples as lists, and None for what is not a finite number.

    >>> plain({"share": float("nan"), "rows": (1, 2)})
    {'share': None, 'rows': [1, 2]}
    """
    import numpy as np

    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _parse(data: bytes | str, name: str, max_depth: int) -> JSON:
    """Parse, and turn every way it can fail into a sentence."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise StoreError(f"{name} must be UTF-8 text. It is not. {DAMAGED}") from None
    except RecursionError:
        raise StoreError(f"{name} must be nested at most {max_depth} levels deep. It is deeper. {DAMAGED}") from None
    except (json.JSONDecodeError, ValueError) as error:
        raise StoreError(f"{name} must be valid JSON. {str(error).rstrip('.')}. {DAMAGED}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, and refuse a key that comes twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"The key '{twice[:80]}' comes twice in one object")
    return found


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"Numbers must be finite. Got {constant}")


def _as_dict(value: Any) -> Any:
    """Let mappings of any class be written as objects."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not plain")


def _check(value: JSON, name: str, max_depth: int) -> None:
    """Walk the values level by level, and refuse what strict JSON does not have."""
    level: list[Any] = [value]
    depth = 0
    while level:
        depth += any(isinstance(item, Mapping | list | tuple) for item in level)
        if depth > max_depth:
            raise StoreError(f"{name} must be nested at most {max_depth} levels deep. It is deeper. {DAMAGED}")
        level = [inner for item in level for inner in _inside(item, name)]


def _inside(item: Any, name: str) -> Iterable[Any]:
    """Check one value, and return the values in it."""
    if isinstance(item, str):
        _check_text(item, name)
    elif isinstance(item, Mapping):
        for key in item:
            if not isinstance(key, str):
                raise StoreError(f"Keys in {name} must be strings. Got {key!r}. Turn it into a string.")
            _check_text(key, name)
        return item.values()
    elif isinstance(item, list | tuple):
        return item
    elif isinstance(item, float):
        if not math.isfinite(item):
            raise StoreError(f"Numbers in {name} must be finite. Got {item}. Write null where there is no number.")
    elif item is not None and not isinstance(item, bool | int):
        kind = type(item).__name__
        raise StoreError(f"Values in {name} must be plain (text, numbers, lists, mappings). Got {kind}. Convert it.")
    return ()


def _check_text(text: str, name: str) -> None:
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise StoreError(f"Text in {name} must be Unicode. Got half of a surrogate pair. Remove it.") from None
