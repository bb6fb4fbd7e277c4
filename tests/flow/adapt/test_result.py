"""What is said of the gain of an adaptation; whole results are looked at in `test_adapting.py`."""

from types import SimpleNamespace

import numpy as np
import pytest

from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.task import Task
from warmstart.flow.adapt.choice import JUDGED, Adaptation
from warmstart.flow.adapt.result import _estimated, _measured
from warmstart.flow.adapt.target_labels import DELIVERED
from warmstart.flow.adapt.tried import SOURCE_ONLY
from warmstart.learning.gain_estimate import GainEstimate
from warmstart.learning.linear import LinearHead

HEAD = LinearHead(*(np.zeros(1) for _ in range(4)))
ROWS = 60


def found(*heads, by, evidence=None):
    return SimpleNamespace(chosen=Adaptation(dict.fromkeys(heads, HEAD), "", by), evidence=evidence)


@pytest.fixture(scope="module")
def evidence():
    """Some folds took a method, which the choice on all rows did not."""
    truth = np.arange(ROWS) % 2
    right = np.eye(2)[truth]
    wrong = np.where(np.arange(ROWS)[:, None] < 20, right, 1 - right)
    answers = {DELIVERED: right, SOURCE_ONLY: wrong}
    return Evidence(
        task=Task(("no", "yes"), "text"), metric="accuracy", evaluation="cross-fitted", truth=truth,
        ids=tuple(f"row {row}" for row in range(ROWS)), chosen=DELIVERED, candidate=DELIVERED, control=SOURCE_ONLY,
        predictions={name: Predictions(proba, proba.argmax(axis=1)) for name, proba in answers.items()},
    )  # fmt: skip


def test_where_nothing_is_adapted_there_is_no_gain_to_measure(evidence):
    gain = _measured(found(SOURCE_ONLY, by="labels", evidence=evidence))["transfer_gain"]
    assert (gain["value"], gain["verdict"]) == (None, "not applicable")
    assert "the labelled rows chose not to adapt" in gain["reason"]
    assert _measured(found(JUDGED, by="labels", evidence=evidence))["transfer_gain"]["value"] > 0.5


@pytest.mark.parametrize(
    ("heads", "by", "said", "unsaid"),
    [
        ((SOURCE_ONLY, JUDGED), "gate", "nine times in ten", "as given"),
        ((JUDGED,), "mix", "if the class mix is as given. On the", "nine times"),
        ((SOURCE_ONLY, "standardise"), "gate", "not looked at for average of source_only and standardise", "benchmark"),
        (("standardise",), "mix", "if the class mix is as given. How far such an estimate is off", "benchmark"),
    ],
)
def test_the_benchmark_is_told_of_what_it_tried_alone(heads, by, said, unsaid):
    low, high = (-0.01, 0.05) if by == "gate" else (None, None)
    told = _estimated(found(*heads, by=by), GainEstimate(0.01, low, high, 0.1))
    assert said in told
    assert unsaid not in told
