"""Compare runs on the rows that all of them were tested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.task import METRICS
from warmstart.errors import DataError, OptionError, PathError, listed
from warmstart.learning.measured import scores
from warmstart.learning.paired import Paired, compare
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.evidence_file import PLAIN, load_evidence
from warmstart.runtime.sealed_folder import MANIFEST

SCHEMA = "warmstart.compare/1"


@dataclass(frozen=True)
class Compared:
    """Runs on the rows that they share.

    Parameters
    ----------
    names : of the runs, the first of which the others are compared with.
    shared : how many rows all were tested on; `tested` is how many each was.
    relabelled : rows that all were tested on, left out because their label is not the same in all.
    scores : every metric of each run on the shared rows.
    pairs : each run after the first against the first.
    """

    names: tuple[str, ...]
    metric: str
    shared: int
    tested: tuple[int, ...]
    relabelled: int
    scores: tuple[Mapping[str, Any], ...]
    pairs: tuple[Paired, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        runs = zip(self.names, self.tested, self.scores, strict=True)
        return {
            "schema": SCHEMA,
            "metric": self.metric,
            "rows": {"shared": self.shared, "relabelled": self.relabelled},
            "runs": [{"run": name, "rows": rows, "test": dict(test)} for name, rows, test in runs],
            "comparisons": [self._pair(place, pair) for place, pair in enumerate(self.pairs, start=1)],
        }

    def _pair(self, place: int, pair: Paired) -> dict[str, Any]:
        first, second = self.names[0], self.names[place]
        return {
            "first": first,
            "second": second,
            "difference": {**pair.difference.to_json(), "detectable": pair.detectable},
            "verdict": pair.verdict,
            "sentence": pair.sentence(first, second),
            "right": {"both": pair.both, "only_first": pair.first, "only_second": pair.second, "neither": pair.neither},
            "chance": pair.chance,
        }


def compare_runs(runs: Sequence[Path], *, metric: str = "auto") -> Compared:
    """Return how runs compare, each with the first, on the rows that all were tested on.

    Parameters
    ----------
    runs : run folders, bundles, or folders that `evaluate --out` wrote.
    metric : what judges; "auto" is what judged all of them.

    Raises
    ------
    PathError : a folder holds no evidence.
    OptionError, DataError : fewer than two runs, other classes, other metrics, or no shared rows.
    """
    if len(runs) < 2:
        raise OptionError("`compare` needs at least two runs. Name two run folders.")
    names = _names(runs)
    found = [_evidence(run, name) for run, name in zip(runs, names, strict=True)]
    _same_task(found, names)
    chosen = _metric(found, names, metric)
    shared, relabelled = _shared(found, names)
    pairs = tuple(compare(shared[0], other, metric=chosen) for other in shared[1:])
    return Compared(
        names=names,
        metric=chosen,
        shared=len(shared[0].truth),
        tested=tuple(len(one.truth) for one in found),
        relabelled=relabelled,
        scores=tuple(scores(replace(one, metric=chosen), one.predictions[one.chosen]) for one in shared),
        pairs=pairs,
    )


def _names(runs: Sequence[Path]) -> tuple[str, ...]:
    """Return what each run is called: its folder's name, or its path where two have the same."""
    names = [run.resolve().parent.name if run.resolve().name == "bundle" else run.resolve().name for run in runs]
    return tuple(names if len(set(names)) == len(names) else map(str, runs))


def _evidence(run: Path, name: str) -> Evidence:
    """Return the evidence of a run folder, a bundle, or an evaluation.

    Raises
    ------
    PathError : there is none.
    DataError : it has no rows.
    """
    bundle = run / "bundle" if (run / "bundle" / MANIFEST).is_file() else run
    if (bundle / MANIFEST).is_file():
        found = Bundle.open(bundle).evidence()
    else:
        found = load_evidence(run) if (run / PLAIN).is_file() else None
    if found is None:
        raise PathError(
            f"'{run}' holds no evidence. It must be a finished run, a bundle, or what `warmstart evaluate --out` wrote."
        )
    if not found.hashes:
        raise DataError(
            f"{name} does not say which rows it was tested on (--no-row-data, or an older version). "
            "Measure its bundle on labelled rows with `warmstart evaluate BUNDLE DATA --out FOLDER`, and compare that."
        )
    return found


def _same_task(found: Sequence[Evidence], names: Sequence[str]) -> None:
    first = set(found[0].task.classes)
    for one, name in zip(found, names, strict=True):
        if set(one.task.classes) != first:
            raise DataError(
                f"Runs must answer the same task to be compared. {names[0]} answers with {listed(sorted(first))}, "
                f"{name} with {listed(sorted(one.task.classes))}. Fit both with the same --target and --classes."
            )


def _metric(found: Sequence[Evidence], names: Sequence[str], wanted: str) -> str:
    if wanted != "auto":
        return wanted
    metrics = {one.metric for one in found}
    if len(metrics) > 1:
        each = "; ".join(f"{name} by {one.metric}" for name, one in zip(names, found, strict=True))
        raise OptionError(
            f"The runs were judged by different metrics ({each}). Say by which: --metric {listed(METRICS)}."
        )
    return metrics.pop()


def _shared(found: Sequence[Evidence], names: Sequence[str]) -> tuple[list[Evidence], int]:
    """Return the evidence about the rows that all have with the same label, and how many labels differ.

    Raises
    ------
    DataError : there is no such row.
    """
    places = [_places(one.hashes) for one in found]
    common = [key for key in places[0] if all(key in other for other in places[1:])]
    if not common:
        counts = listed(f"{name} on {len(one.truth):,} rows" for name, one in zip(names, found, strict=True))
        raise DataError(
            f"The runs share no test rows ({counts}). Fit with `--split-from RUN`, or measure each bundle on the "
            "same rows with `warmstart evaluate BUNDLE DATA --out FOLDER`, and compare those."
        )
    classes = found[0].task.classes
    taken = [_taken(one, [own[key] for key in common], classes) for one, own in zip(found, places, strict=True)]
    agreed = np.all([one.truth == taken[0].truth for one in taken], axis=0)
    if not agreed.any():
        raise DataError(f"The {len(common):,} rows that the runs share have other labels in each. Check --target.")
    kept = [_taken(one, np.flatnonzero(agreed), classes) for one in taken]
    groups = next((one.groups for one in kept if one.groups is not None), None)
    return [replace(one, groups=groups) for one in kept], int(np.sum(~agreed))


def _places(hashes: Sequence[str]) -> dict[tuple[str, int], int]:
    """Return the place of every row by its content; rows of equal content are told apart by their order."""
    places: dict[tuple[str, int], int] = {}
    counts: dict[str, int] = {}
    for place, key in enumerate(hashes):
        counts[key] = counts.get(key, 0) + 1
        places[key, counts[key]] = place
    return places


def _taken(evidence: Evidence, rows: Sequence[int] | np.ndarray, classes: tuple[str, ...]) -> Evidence:
    """Return the chosen model's evidence about some rows, its classes in the order that is given."""
    rows = np.asarray(rows)
    own = evidence.task.classes
    order = [own.index(name) for name in classes]
    code = np.array([classes.index(name) for name in own])
    answers = evidence.predictions[evidence.chosen]
    return replace(
        evidence,
        task=replace(evidence.task, classes=classes),
        ids=tuple(evidence.ids[row] for row in rows),
        hashes=tuple(evidence.hashes[row] for row in rows),
        truth=code[evidence.truth[rows]],
        predictions={evidence.chosen: Predictions(answers.proba[rows][:, order], code[answers.codes[rows]])},
        groups=None if evidence.groups is None else evidence.groups[rows],
        attributes={},
        curve=(),
    )
