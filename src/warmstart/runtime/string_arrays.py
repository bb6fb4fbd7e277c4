"""Many strings as two arrays: a million row ids as JSON would be more than may be read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def put_strings(arrays: dict[str, np.ndarray], name: str, strings: Sequence[str]) -> None:
    """Put strings into the arrays: their UTF-8 one after the other (bytes,), and where each ends (strings,).

    >>> arrays = {}
    >>> put_strings(arrays, "ids", ["a.png", "é"])
    >>> arrays["ids.ends"].tolist(), strings_of(arrays, "ids")
    ([5, 7], ('a.png', 'é'))
    """
    encoded = [string.encode("utf-8") for string in strings]
    arrays[f"{name}.text"] = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    arrays[f"{name}.ends"] = np.cumsum([len(one) for one in encoded], dtype=np.int64)


def strings_of(arrays: Mapping[str, np.ndarray], name: str) -> tuple[str, ...]:
    """Return the strings that were put under a name.

    Raises
    ------
    KeyError : none were put under it.
    """
    text, ends = arrays[f"{name}.text"].tobytes(), arrays[f"{name}.ends"].tolist()
    return tuple(text[start:end].decode("utf-8") for start, end in zip([0, *ends], ends, strict=False))
