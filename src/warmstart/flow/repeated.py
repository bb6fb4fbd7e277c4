"""What copies on both sides of a split that the user gave would do to the score."""

from __future__ import annotations

import numpy as np

from warmstart.core.dataset import UNLABELLED
from warmstart.core.evidence import Repeated
from warmstart.flow.race import Race
from warmstart.flow.workbench import Workbench
from warmstart.learning.linear import fit_logistic


def measure_repeated(bench: Workbench, race: Race, fitted: np.ndarray, tested: np.ndarray) -> Repeated | None:
    """Fit the best probe with the training rows that repeat test rows and without them; None where there are none.

    Such rows train nothing that is delivered. What the two probes answer on the test rows tells by how
    much a score would be memory, had they been left in.

    Parameters
    ----------
    fitted, tested : rows that the delivered model was fitted on, and the test rows.
    """
    copies, places = _sides(bench, tested)
    probe = race.best_probe().adapted if len(copies) and len(places) else None
    if probe is None or not bench.pays_for("a score with copies"):
        return None
    stages = str(probe.learned_["stages"]).split("+")

    def answered(rows: np.ndarray) -> np.ndarray:
        table, codes = bench.material.representation.table(stages, rows), bench.material.codes[rows]
        once = np.zeros(len(rows), dtype=np.int64)
        head, _ = fit_logistic(table, codes, bench.material.classes, once, penalties=(probe.learned_["penalty"],))
        return np.asarray(head.logits(bench.material.representation.table(stages, tested)).argmax(axis=1))

    return Repeated(places, len(copies), answered(np.union1d(fitted, copies)), answered(fitted))


def _sides(bench: Workbench, tested: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the labelled rows left out because they repeat test rows, and the places of those test rows."""
    named = {name for pair in bench.facts.across for name in pair}
    across = np.array([name in named for name in bench.material.dataset.ids], dtype=bool)
    left_out = (bench.split.roles == "reference") & (bench.rows.codes != UNLABELLED)
    beside = np.isin(bench.rows.together, bench.rows.together[tested])
    return np.flatnonzero(across & left_out & beside), np.flatnonzero(across[tested])
