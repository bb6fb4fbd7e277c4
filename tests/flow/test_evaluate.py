import dataclasses
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from tests.flow import tiny_race
from tests.flow.tiny_race import Answers, Majority, Probe
from warmstart.core.dataset import Column, Dataset
from warmstart.core.evidence import DataFacts, Predictions
from warmstart.errors import StoreError
from warmstart.flow.choose import Ready
from warmstart.flow.evaluate import gather, inputs_of, out_of_fold, predicted_by_bundle, validated
from warmstart.flow.trial import Trial
from warmstart.flow.workbench import Stopwatch
from warmstart.runtime.bundle import Bundle

ROWS = 200
TESTED = np.arange(150, 200)
FITTED = np.arange(150)


class Words(Majority):
    name = "words"


def bench(**changes):
    made = tiny_race.bench()
    cells = [f"text {row}" for row in range(ROWS)]
    ids = tuple(f"row {row}" for row in range(ROWS))
    dataset = Dataset("tiny", (Column("text", "text", cells),), ids, hashes=ids, **changes)
    made.material = dataclasses.replace(made.material, dataset=dataset)
    made.facts = DataFacts(rows=ROWS)
    made.tools.watch = Stopwatch({"load": 1.0})
    made.tools.threads = 1
    made.prepared = {"words": "prepared", "majority": "prepared"}
    return made


def ready(part=Words, weights=(1.0, 1.0)):
    adapted = Answers(np.arange(ROWS) % 2, 0.8, penalty=0.1)
    return Ready(Trial(part.name, part(), adapted=adapted), adapted, 1.0, np.array(weights))


def predictions(rows=TESTED, wrong=()):
    truth = np.arange(ROWS)[rows] % 2
    codes = np.where(np.isin(np.arange(len(rows)), wrong), 1 - truth, truth)
    sure = np.where(np.arange(len(rows)) % 7 == 0, 0.95, 0.8)[:, None]
    return Predictions(np.where(np.arange(2) == codes[:, None], sure, 1 - sure), codes)


def test_a_control_reads_what_was_prepared_and_a_strategy_the_representation():
    assert inputs_of(bench(), ready()) == "prepared"
    assert inputs_of(bench(), ready(Probe)) is None


def test_an_input_that_can_no_longer_be_read_is_named():
    bundle = SimpleNamespace(predict=lambda cells, **options: SimpleNamespace(failed={3: "is empty"}))
    with pytest.raises(StoreError, match=r"'row 153' could be read when the data was loaded, and now it is empty\."):
        predicted_by_bundle(bench(), bundle, TESTED)


def test_the_bundle_predicts_from_the_users_inputs():
    asked = []

    def predict(cells, **options):
        asked.extend(cells)
        return SimpleNamespace(
            failed={},
            proba=np.ones((2, 2), np.float32),
            codes=np.zeros(2, int),
            p_values=np.array([0.5, 0.01]),
            columns=np.zeros((2, 3)) if options["columns"] else None,
        )

    known = SimpleNamespace(distances=np.arange(30.0))
    bundle = SimpleNamespace(predict=predict, no_feature_reference="", feature_reference=known)
    bundle.novelty = partial(Bundle.novelty, bundle)
    found, unlike = predicted_by_bundle(bench(), bundle, np.array([150, 199]))
    assert asked == ["text 150", "text 199"]
    assert found.proba.dtype == np.float64
    assert (unlike.p_values.tolist(), unlike.reason, unlike.columns.shape) == ([0.5, 0.01], "", (2, 3))
    assert unlike.distances == 30


def evidence(made, **changes):
    values = {
        "evaluation": "held-out",
        "rows": TESTED,
        "predictions": {"delivered": predictions(wrong=(3, 5, 7))},
        "curve": [],
        "labels": 150,
    }
    return gather(made, **values | changes)


def test_the_evidence_is_about_the_test_rows_in_their_order():
    made = bench(attributes={"kind": tuple(map(str, range(ROWS)))})
    found = evidence(made)
    assert found.ids == tuple(f"row {row}" for row in TESTED)
    assert found.truth.tolist() == (TESTED % 2).tolist()
    assert found.attributes["kind"].tolist() == [str(row) for row in TESTED]
    assert (found.labels, found.metric) == (150, "accuracy")
    assert found.groups is None


def test_rows_of_a_group_are_resampled_together():
    groups = tuple(str(row // 2) for row in range(ROWS))
    made = bench(groups=groups)
    made.rows = dataclasses.replace(made.rows, together=np.arange(ROWS) // 2)
    assert evidence(made).groups.tolist() == (TESTED // 2).tolist()


def test_copies_among_the_tested_rows_are_resampled_together_and_copies_elsewhere_do_not_matter():
    made = bench()
    for row, together in ((TESTED[0], True), (0, False)):
        units = np.arange(ROWS)
        units[TESTED[1] if together else 1] = row
        made.rows = dataclasses.replace(made.rows, together=units)
        found = evidence(made).groups
        assert (found is None) != together
        assert not together or found[0] == found[1]


def test_what_was_answered_on_validation_rows_is_kept_as_it_would_be_delivered():
    made, one = bench(), ready(weights=(1.0, 9.0))
    proba = one.adapted.predict_proba(None, TESTED)
    one = dataclasses.replace(one, trial=dataclasses.replace(one.trial, proba=proba), temperature=2.0)
    found = validated(made, TESTED, one)
    assert found.truth.tolist() == (TESTED % 2).tolist()
    assert found.temperature == 2.0
    assert found.answered.proba.max() == pytest.approx(0.75)
    assert found.answered.codes.tolist() == [1] * len(TESTED)
    assert validated(made, TESTED, ready()) is None


def test_outer_folds_are_put_together_in_the_order_of_the_rows():
    rows = np.array([2, 5, 7, 9])
    answers = {row: Predictions(np.array([[row / 10, 1 - row / 10]]), np.array([row % 2])) for row in rows.tolist()}
    whole = out_of_fold([(np.array([row]), answers[row]) for row in (9, 2, 7, 5)], rows, 2)
    assert whole.proba[:, 0].tolist() == [0.2, 0.5, 0.7, 0.9]
    assert whole.codes.tolist() == [0, 1, 1, 1]
