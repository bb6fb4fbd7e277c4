"""Kill a run with SIGKILL at random moments, run the same command again, and compare with the unbroken run.

All runs follow the plan of the unbroken one, which lies in its run.json: a plan is made from measured
time, and so no two are alike. Each killed run has an empty cache of its own.

    python benchmarks/kill.py [times]
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _runs import SHARED, warmstart

ROWS_A_CLASS = {"train": 50, "test": 25}
TIMED = ("seconds", "peak_rss_mb", "versions")


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        command = ["fit", str(_data(work)), "--strategy", "probe,partial", "--budget", "6m"]
        unbroken, seconds = warmstart(*command, "--out", str(work / "unbroken"), cache=work / "cache")
        print(f"unbroken: {seconds:.0f} s, {unbroken['chosen']['name']}", flush=True)
        equal = sum(_broken(work, command, unbroken, seconds, seed) for seed in range(times))
        print(f"{equal} of {times} ended with the numbers of the unbroken run")


def _broken(work: Path, command: list[str], unbroken: dict, seconds: float, seed: int) -> bool:
    """Kill one run at a random moment, finish it, and return whether its numbers are those of the unbroken one."""
    run, cache = work / f"run-{seed}", work / f"cache-{seed}"
    run.mkdir()
    shutil.copy(work / "unbroken" / "run.json", run / "run.json")
    moment = random.Random(seed).uniform(0.5, seconds)
    environment = {**os.environ, "WARMSTART_CACHE": str(cache)}
    process = subprocess.Popen(
        [sys.executable, "-m", "warmstart", *command, "--out", str(run), "--json"],
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished = (run / "result.json").exists()
    result, _ = warmstart(*command, "--out", str(run), cache=cache)
    differing = [name for name in unbroken if name not in TIMED and _untimed(result[name]) != _untimed(unbroken[name])]
    state = "finished already" if finished else "killed"
    print(f"{seed}: {state} at {moment:.1f} s, differs in {differing or 'nothing'}", flush=True)
    shutil.rmtree(run)
    shutil.rmtree(cache)
    return not differing


def _data(work: Path) -> Path:
    """Return a folder with some photos of two classes, in a train and a test part."""
    for name in ("food-drink", "smileys-emotion"):
        photos = iter(sorted((SHARED / "emoji" / "twitter" / name).glob("*.png")))
        for part, rows in ROWS_A_CLASS.items():
            (work / "photos" / part / name).mkdir(parents=True)
            for photo in itertools.islice(photos, rows):
                shutil.copy(photo, work / "photos" / part / name)
    return work / "photos"


def _untimed(value: Any) -> Any:
    """Return the value without what a clock measured."""
    if isinstance(value, dict):
        return {name: _untimed(item) for name, item in value.items() if name not in TIMED}
    return [_untimed(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
