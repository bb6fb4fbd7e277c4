"""What a probe says of every label, fitted without the row; and the table of those it doubts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.core.dataset import UNLABELLED
from warmstart.core.evidence import Evidence, OutOfFold
from warmstart.flow.race import Race
from warmstart.flow.workbench import Workbench
from warmstart.learning.confident import doubt_labels
from warmstart.learning.linear import cross_validated_proba
from warmstart.learning.many_rows import on_a_sample, some_places

FOLDS = 5
LISTED = 200
COLUMNS = ("rank", "id", "part", "given", "suggested", "p_given", "p_suggested")


def check_labels(bench: Workbench, race: Race) -> OutOfFold | None:
    """Return the answers of the best probe for every labelled row, by five folds over all of them.

    Nothing is chosen by them: the test rows have been opened by then, and their labels are in doubt
    as much as any. Of very many rows (`many_rows.MANY`) that many are drawn. None where the budget
    was spent.
    """
    if not bench.pays_for("out-of-fold probabilities"):
        return None
    labelled = np.flatnonzero(bench.rows.codes != UNLABELLED)
    rows = labelled[some_places(len(labelled))]
    probe = race.best_probe().adapted
    if probe is None:
        return None
    bench.tools.progress("check labels", 0, 1)
    features = bench.material.representation.table(str(probe.learned_["stages"]).split("+"), rows)
    codes = bench.material.codes[rows]
    folds = bench.rows.folds(rows, FOLDS, seed=bench.tools.config.seed)
    penalty = on_a_sample(probe.learned_["penalty"], len(race.heat.train))
    proba = cross_validated_proba(features, codes, bench.material.classes, folds, penalty=penalty)
    bench.tools.progress("check labels", 1, 1)
    ids = tuple(bench.material.dataset.ids[row] for row in rows)
    return OutOfFold(ids, tuple(str(role) for role in bench.split.roles[rows]), codes, proba)


@dataclass(frozen=True)
class Suspect:
    """A row whose label is doubted: its place in the list, its label, the suggested one, and how likely each is."""

    rank: int
    id: str
    part: str
    given: str
    suggested: str
    p_given: float
    p_suggested: float


def suspects(evidence: Evidence) -> list[Suspect]:
    """Return the rows whose label is confidently doubted, the most doubtful first."""
    checked = evidence.out_of_fold
    if checked is None:
        return []
    doubts, classes = doubt_labels(checked.given, checked.proba), evidence.task.classes
    found = []
    for rank, row in enumerate(doubts.suspects.tolist(), start=1):
        given, other = int(checked.given[row]), int(doubts.suggested[row])
        sure = (round(float(checked.proba[row, code]), 4) for code in (given, other))
        found.append(Suspect(rank, checked.ids[row], checked.parts[row], classes[given], classes[other], *sure))
    return found


def as_csv(found: Sequence[Suspect]) -> str:
    """Return suspects as a table, a row each."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(one, column) for column in COLUMNS] for one in found)
    return page.getvalue()


def as_json(found: Sequence[Suspect]) -> dict[str, Any]:
    """Return how many suspects there are, and the first of them, as result.json lists them."""
    rows = [{column: getattr(one, column) for column in COLUMNS} for one in found[:LISTED]]
    return {"count": len(found), "rows": rows}
