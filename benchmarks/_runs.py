"""Run the command line as a user would, in a cache of its own, and read what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def warmstart(*arguments: str, cache: Path) -> tuple[dict[str, Any], float]:
    """Return the JSON that a command printed, and the seconds that it took from start to end."""
    environment = {**os.environ, "WARMSTART_CACHE": str(cache)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "warmstart", *arguments, "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout), time.perf_counter() - start


def interval(measured: dict[str, float]) -> str:
    """Return a share with its interval in percent."""
    return f"{100 * measured['value']:.1f} ({100 * measured['low']:.1f} to {100 * measured['high']:.1f})"
