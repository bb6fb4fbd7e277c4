"""Whole experiments on the same train and test rows: ours in a share of a peer's time, and the accuracy of all."""

from __future__ import annotations

import csv
import json
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from _ratios import percent, points_between
from _rounds import Reading, Readings, Work
from _runs import warmstart
from _tables import reached, table
from sklearn.model_selection import StratifiedGroupKFold

from warmstart.errors import NotApplicable

TRAIN, TEST, GROUPS = "train.csv", "test.csv", "groups.json"
FOLDS = 5
REFUSED = 2


def write_split(folder: Path, rows: Sequence[dict[str, str]], groups: Sequence[str]) -> None:
    """Write a fifth of the rows as test.csv and the others as train.csv: stratified, groups kept whole.

    Parameters
    ----------
    rows : cells by column name, "label" among them.
    """
    labels = [row["label"] for row in rows]
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    train, test = next(iter(splitter.split(np.zeros(len(rows)), labels, groups)))
    for name, places in ((TRAIN, train), (TEST, test)):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows[place] for place in places)
    (folder / GROUPS).write_text(json.dumps([groups[place] for place in test]))


def read_split(folder: Path, name: str, column: str) -> tuple[list[str], np.ndarray]:
    """Return the inputs of TRAIN or TEST, and their labels (rows,)."""
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row[column] for row in rows], np.array([row["label"] for row in rows])


def read_both(folder: Path, column: str) -> tuple[tuple[list[str], np.ndarray], tuple[list[str], np.ndarray]]:
    """Return inputs and labels to learn from, and those to answer."""
    return read_split(folder, TRAIN, column), read_split(folder, TEST, column)


def answered(work: Work, right: np.ndarray, *, share: float = 1.0, slower: float = 0.0) -> Reading:
    """Return the seconds since the side began, and which test rows it answered rightly (rows,).

    Parameters
    ----------
    share : of the steps that it took; what was trained in part gives no answers.
    slower : the seconds that the other steps would have taken.
    """
    return {"seconds": work.elapsed() + slower} | (_answers(work, right) if share == 1 else {})


def ours(work: Work, *, column: str, options: Sequence[str], peer: str, share: float) -> Reading:
    """`warmstart fit` from an empty cache, its budget a share of what the peer took in the first round.

    Raises
    ------
    NotApplicable : that is too little for an experiment.
    """
    import warmstart as library

    budget = share * Readings.so_far(work.folder).values(peer)[0]
    with tempfile.TemporaryDirectory(dir=work.folder) as name:
        run = Path(name) / "run"
        command = ["fit", str(work.folder / TRAIN), "--test", str(work.folder / TEST), "--input", column, *options]
        command += ["--budget", f"{budget:.0f}s", "--seed", str(work.round), "--out", str(run)]
        try:
            result, seconds = warmstart(*command, cache=Path(name) / "cache")
        except subprocess.CalledProcessError as error:
            if error.returncode != REFUSED:
                raise
            raise NotApplicable(f"warmstart refuses a budget of {budget:.0f} s") from None
        cells, labels = read_split(work.folder, TEST, column)
        right = np.asarray(library.load(run / "bundle").predict(cells)) == labels
    return {"seconds": seconds, "chosen": result["chosen"]["name"], **_answers(work, right)}


def _answers(work: Work, right: np.ndarray) -> Reading:
    """Return which test rows were answered rightly, and the group of each."""
    return {"right": right.tolist(), "groups": json.loads((work.folder / GROUPS).read_text())}


def accuracies(readings: Readings, mine: Mapping[str, float], peer: str) -> str:
    """Return time and accuracy of every side, and how far ours are from it on the same test rows.

    Parameters
    ----------
    mine : the names of our sides, and the least points that each must be above the peer.
    """
    lines = []
    for side in readings.found:
        right = readings.right(side)
        if readings.reason(side) or not len(right):
            lines.append([side, *_seconds(readings, side), readings.reason(side) or "as above", *["" for _ in mine]])
            continue
        groups = readings.first(side, "groups")
        apart = [points_between(readings.right(one), right, groups) if one != side else "" for one in mine]
        chosen = readings.first(side, "chosen")
        named = f"{side} ({chosen})" if chosen else side
        lines.append([named, *_seconds(readings, side), percent(right, groups), *apart])
    header = ("side", "time", "test accuracy (95 % interval)", *(f"points of {one} above it" for one in mine))
    bars = [_bar(readings, one, peer, least) for one, least in mine.items() if len(readings.right(one))]
    return "\n".join([table(header, lines), *(f"\n{bar}" for bar in bars)])


def _bar(readings: Readings, side: str, peer: str, least: float) -> str:
    """Return whether a side is as far above the peer as it must be."""
    above = 100 * float(readings.right(side).mean() - readings.right(peer).mean())
    return f"{side}: {above:+.1f} points above {peer} (≥ {least:+.1f}: {reached(above >= least)})."


def _seconds(readings: Readings, side: str) -> list[str]:
    found = readings.values(side)
    return [f"{statistics.median(found):.0f} s" if found else ""]
