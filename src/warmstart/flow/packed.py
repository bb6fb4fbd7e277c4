"""What a bundle's files hold, as bytes: equal values give equal bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.store import strict_json


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """Return plain values as strict JSON."""
    return (strict_json.dumps(dict(value), indent=1) + "\n").encode("utf-8")


def tensor_bytes(tensors: Mapping[str, np.ndarray]) -> bytes:
    """Return arrays as safetensors, sorted by name."""
    from safetensors.numpy import save

    packed: bytes = save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})
    return packed


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, each under its path in it."""
    for name, data in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
