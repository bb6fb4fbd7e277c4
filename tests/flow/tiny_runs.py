"""Whole runs on tiny photos with a tiny source: what the flow is tested on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from warmstart.core.catalog import part
from warmstart.errors import NotApplicable
from warmstart.flow.config import FitConfig
from warmstart.learning import transfer_gain

COLOURS = {"red": (150, 90, 90), "blue": (90, 90, 150)}
DRAWS = 60


def photos(folder: Path, rows: int, *, seed: int, noise: float = 40.0) -> Path:
    """Write photos of red and of blue in noise, half of each, into class folders."""
    rng = np.random.default_rng(seed)
    for row in range(rows):
        name = ("red", "blue")[row % 2]
        (folder / name).mkdir(parents=True, exist_ok=True)
        pixels = np.clip(rng.normal(COLOURS[name], noise, (16, 16, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / name / f"{row:03d}.png")
    return folder


def command(home: Path, source: str, **changes: Any) -> FitConfig:
    """Return a command on the photos of a folder, with the test part beside them."""
    values: dict[str, Any] = {
        "data": str(home / "photos"),
        "test": str(home / "sealed"),
        "out": home / "run",
        "source": (source,),
        "strategy": ("probe",),
        "budget": 100.0,
        "threads": 1,
    }
    return FitConfig(**values | changes)


def draw_less(patch: Any) -> None:
    """Make intervals from few draws."""
    patch.setattr(transfer_gain, "Resampling", partial(transfer_gain.Resampling, draws=DRAWS))


def leave_out(patch: Any, *controls: str) -> None:
    """Run without some controls."""

    def refuse(self: Any, material: Any) -> None:
        raise NotApplicable("it is left out here.")

    for name in controls:
        patch.setattr(part("controls", name), "applies", refuse)


def numbers(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without what the clock and the memory say, and without the name of its folder."""
    trials = [{name: value for name, value in trial.items() if name != "seconds"} for trial in result["trials"]]
    return {name: value for name, value in result.items() if name not in ("seconds", "peak_rss_mb", "next")} | {
        "trials": trials
    }
