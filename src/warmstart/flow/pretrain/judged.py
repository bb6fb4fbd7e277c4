"""Whether a new source is better than the one it came from, on the user's labels: paired, on rows neither has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.card import Card
from warmstart.core.dataset import UNLABELLED, Dataset
from warmstart.core.representation import FeatureTable
from warmstart.core.task import Task, resolve_metric
from warmstart.errors import DataError
from warmstart.flow.embed import embed
from warmstart.flow.split import Rows, describe_rows
from warmstart.flow.workbench import Tools
from warmstart.learning.clustered import dependent, too_few
from warmstart.learning.paired import CrossValidated, compare_repeated
from warmstart.learning.repeated_probe import repeated_answers
from warmstart.readers._base import ReadOptions

FEWEST = 50
MOST = 3000
REPEATS, FOLDS = 3, 5
ADVICE = {
    "better": "Fit with the new source, on other rows than these: they have chosen it, and would flatter it.",
    "worse": "Stay with {old}: fit with it, not with the new source.",
    "no evidence": "Stay with {old}: it is as good as far as these rows can tell, and it has forgotten nothing.",
}


@dataclass(frozen=True)
class Judge:
    """Labelled rows to judge on.

    Parameters
    ----------
    dataset : rows with labels that the source has not seen, at most MOST of them.
    codes : their class codes (rows,).
    rows : what splitting them needs to know.
    seen : how many more the source had seen before.
    hashes : content hashes of all labelled rows, also of those beyond MOST.
    """

    dataset: Dataset
    task: Task
    codes: np.ndarray
    rows: Rows
    seen: int
    hashes: frozenset[str]

    @property
    def together(self) -> np.ndarray | None:
        """Unit numbers (rows,) of rows that belong together; None where each is alone."""
        return dependent(self.rows.together, named=False)


@dataclass(frozen=True)
class Judgement:
    """The old source against the new one, by a linear probe on the features of all stages of each."""

    judge: Judge
    found: CrossValidated

    def to_json(self, *, old: str, new: str) -> dict[str, Any]:
        """Return it as plain values, with what it means for who reads it.

        Parameters
        ----------
        old, new : what the two sources are called.
        """
        return {
            "data": self.judge.dataset.name,
            "rows": len(self.judge.codes),
            "seen_before": self.judge.seen,
            "classes": list(self.judge.task.classes),
            "metric": self.found.metric,
            "repeats": REPEATS,
            "folds": FOLDS,
            "old": self.found.first.to_json(),
            "new": self.found.second.to_json(),
            "difference": self.found.difference.to_json(),
            "detectable": self.found.detectable,
            "verdict": self.found.verdict,
            "sentence": self.found.sentence(old, new),
            "advice": ADVICE[self.found.verdict].format(old=old),
        }


def read_judge(tools: Tools, card: Card, data: str, options: ReadOptions) -> Judge:
    """Read the labelled rows; those that the source has seen before are left out, and copies stay together.

    Raises
    ------
    PathError, DataError : nothing can be read, the inputs are of another modality, or too few labelled rows, or groups
        of them, are left.
    """
    loaded = tools.load(data, modality=card.modality, options=options)
    dataset, codes = loaded.dataset, loaded.dataset.codes(loaded.task)
    labelled = codes != UNLABELLED
    hashes = np.array(dataset.hashes or ())
    seen = np.isin(hashes, list(card.rows_seen()))
    kept = np.flatnonzero(labelled & ~seen)
    _require(len(kept), codes[kept], dataset, int(np.sum(labelled & seen)))
    rows = describe_rows(dataset, loaded.task, loaded.duplicate_of)
    kept = np.sort(np.random.default_rng(tools.config.seed).permutation(kept)[:MOST])
    own = Rows(codes[kept], rows.strata[kept], np.unique(rows.together[kept], return_inverse=True)[1])
    hashes_of = frozenset(hashes[labelled].tolist())
    judge = Judge(dataset.take(kept), loaded.task, codes[kept], own, int(np.sum(labelled & seen)), hashes_of)
    _require_groups(judge, resolve_metric(tools.config.metric, judge.codes))
    return judge


def judge_sources(tools: Tools, judge: Judge, old: Backbone, new: Backbone) -> Judgement:
    """Return what a probe on each source answers for rows that it was not fitted on, compared."""
    every = np.arange(len(judge.codes))
    repeats = [judge.rows.folds(every, FOLDS, seed=tools.config.seed + repeat) for repeat in range(REPEATS)]
    answers = []
    for place, backbone in enumerate((old, new)):
        features = _seen(tools, judge, backbone)
        tools.progress("judge", place, 2)
        answers.append(repeated_answers(features, judge.codes, len(judge.task.classes), repeats))
    tools.progress("judge", 2, 2)
    metric = resolve_metric(tools.config.metric, judge.codes)
    return Judgement(judge, compare_repeated(judge.codes, *answers, metric=metric, together=judge.together))


def _seen(tools: Tools, judge: Judge, backbone: Backbone) -> FeatureTable:
    """Return what all stages of a source see in the rows."""
    found = embed(
        judge.dataset,
        backbone,
        cache=tools.cache,
        decoder=tools.decoder,
        threads=tools.threads,
        progress=tools.progress,
    )
    return found.table([stage.name for stage in backbone.stages], np.arange(len(judge.codes)))


def _require(rows: int, codes: np.ndarray, dataset: Dataset, seen: int) -> None:
    """Refuse rows that no probe could be judged on.

    Raises
    ------
    DataError : they are too few, or of one class.
    """
    before = f"; {seen:,} more were seen by the source before" if seen else ""
    if rows < FEWEST:
        raise DataError(
            f"Judging needs at least {FEWEST} labelled rows that the source has not seen. {dataset.name} has "
            f"{rows}{before}. Label more, or leave --judge."
        )
    if len(np.unique(codes)) < 2:
        raise DataError(f"Judging needs rows of at least two classes. {dataset.name} has one left{before}.")


def _require_groups(judge: Judge, metric: str) -> None:
    """Refuse rows of so few groups that no comparison on them says anything: before the budget goes into training.

    Raises
    ------
    DataError : they are.
    """
    strata = np.zeros_like(judge.codes) if metric == "accuracy" else judge.codes
    if judge.together is not None and (reason := too_few(judge.together, strata)):
        raise DataError(f"The new source cannot be judged on {judge.dataset.name}, because {reason} Or leave --judge.")
