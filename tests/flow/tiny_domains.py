"""Photos of two colours, and the same colours under another light, as class folders or one flat folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.flow.tiny_runs import COLOURS
from warmstart.flow.adapt.config import AdaptConfig
from warmstart.flow.config import FitConfig


def photos(folder: Path, rows: int, *, light: float, seed: int, flat: bool = False) -> Path:
    """Write photos of red and of blue in noise, half of each, every pixel brighter by `light`."""
    rng = np.random.default_rng(seed)
    for row in range(rows):
        name = ("red", "blue")[row % 2]
        place = folder if flat else folder / name
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.clip(rng.normal(np.array(COLOURS[name]) + light, 40, (16, 16, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{seed}-{row:03d}.png")
    return folder


def command(home: Path, source: str, **changes: Any) -> AdaptConfig:
    """Return a command from the photos of a folder to those under another light."""
    own: dict[str, Any] = {
        "data": str(home / "day"),
        "out": home / "run",
        "source": (source,),
        "budget": 100.0,
        "threads": 1,
    }
    own |= changes.pop("own", {})
    return AdaptConfig(FitConfig(**own), **{"target": str(home / "night"), **changes})
