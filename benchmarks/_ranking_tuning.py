"""Judge the first picks of every way to rank by training what lies above the cut, too."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from _ranking_fit import Cell
from _ranking_tasks import Task

from warmstart.core.backbone import Backbone
from warmstart.core.catalog import part
from warmstart.core.material import Material
from warmstart.core.task import Task as Classification
from warmstart.flow.embed import embed
from warmstart.learning.splitting import folds, split_off
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache
from warmstart.strategies._base import Assignment

EPOCHS = 3
TEST = 0.4
NONE = np.zeros(0, dtype=np.int64)


def first_picks(cells: Sequence[Cell], ways: Mapping[str, Sequence[float | None]]) -> dict[str, dict[str, Cell]]:
    """Return, per dataset and way to rank, the cell of the first split that it puts first."""
    found: dict[str, dict[str, Cell]] = {}
    usable = {name: values for name, values in ways.items() if set(values) != {None}}
    for dataset in dict.fromkeys(cell.dataset for cell in cells):
        places = [place for place, cell in enumerate(cells) if cell.dataset == dataset and cell.split == 0]
        for name, values in usable.items():
            there = [place for place in places if values[place] is not None]
            found.setdefault(dataset, {})[name] = cells[max(there, key=lambda place: values[place])]
    return found


def tuned(one: Task, source: Backbone, cut: str, cache: Cache, decoder: Decoder) -> float:
    """Return the test accuracy after training what lies above a cut, from a probe on the last stage."""
    held = split_off(one.codes, np.arange(len(one.codes)), TEST, seed=0)
    train, test = np.flatnonzero(~held), np.flatnonzero(held)
    dataset, last = one.pool.dataset.take(one.rows), source.stages[-1].name
    seen = embed(dataset, source, cuts=(source.cut(cut),) if cut != last else (), cache=cache, decoder=decoder)
    classes = Classification(tuple(map(str, range(int(one.codes.max()) + 1))), source.modality)
    material = Material(dataset, classes, one.codes, source, seen)
    common = {"rows": train, "folds": folds(one.codes[train], np.arange(len(train)), 3, seed=0), "validation": NONE}
    adapted = part("strategies", "probe")().fit(
        material, Assignment(**common, seed=0, setting={"stages": "last", "cut": last})
    )
    if cut != last:
        with tempfile.TemporaryDirectory() as folder:
            asked = Assignment(
                **common, seed=0, setting={"cut": cut}, epochs=EPOCHS, start=adapted, checkpoint=Path(folder)
            )
            adapted = part("strategies", "partial")().fit(material, asked)
    return float(np.mean(adapted.predict_proba(seen, test).argmax(axis=1) == one.codes[test]))


def tuning_table(picked: Mapping[str, Mapping[str, Cell]], accuracy: Mapping[tuple[str, str, str], float]) -> list[str]:
    """Return a Markdown table of what every way loses against the best of the picks, once they are trained."""
    regrets: dict[str, list[float]] = {}
    for dataset, by_way in picked.items():
        reached = {name: accuracy[dataset, cell.source, cell.cut] for name, cell in by_way.items()}
        for name, value in reached.items():
            regrets.setdefault(name, []).append(100 * (max(reached.values()) - value))
    lines = ["| way to rank | regret after fine-tuning, points |", "|---|---|"]
    lines += [f"| {name} | {np.mean(values):.2f} |" for name, values in sorted(regrets.items(), key=_mean)]
    return lines


def _mean(item: tuple[str, list[float]]) -> float:
    return float(np.mean(item[1]))
