import copy

import pytest

from warmstart.report.adapted import MOST_CLASSES, adapted

SHARES = {"no": 0.4, "yes": 0.6}
METHODS = [
    {"name": "source_only", "summary": "do not adapt", "status": "finished", "reason": "", "seconds": 0.0,
     "delivered": True, "shares": SHARES, "distance": 0.0, "changed": 0.0},
    {"name": "class_mix", "summary": "another mix", "status": "not applicable", "reason": "the mix is not known."},
]  # fmt: skip
RESULT = {
    "metric": "accuracy",
    "chosen": {"name": "source_only"},
    "test": {},
    "transfer_gain": {"metric": "accuracy", "value": None, "reason": "estimated"},
    "seconds": {"total": 12.0},
    "adaptation": {
        "target": "tweets.csv",
        "adapts": False,
        "basis": ["one", "two"],
        "distance": {"auc": 0.98, "sentence": "far apart"},
        "estimate": {"value": 0.012, "low": -0.01, "high": 0.05, "changed": 0.1, "sentence": "estimated",
                     "benchmark": {}},
        "source_shares": SHARES,
        "methods": METHODS,
        "delivered": SHARES,
    },
}  # fmt: skip


def test_without_labels_the_gain_is_called_estimated():
    found = adapted(RESULT)
    assert found.keys[0] == ("Gain over not adapting, estimated", "+1.2 points", "−1.0 to +5.0")
    assert (found.symbol, found.metric) == ("○", "")
    assert found.no_gain.startswith("No label of the target was given")
    assert all(row.measured == "–" for row in found.rows)


def test_with_labels_it_is_called_measured():
    result = copy.deepcopy(RESULT)
    result["transfer_gain"] = {"metric": "accuracy", "value": 0.03, "low": 0.01, "high": 0.05, "verdict": "helps"}
    result["test"] = {"accuracy": {"value": 0.8, "low": 0.7, "high": 0.9}}
    result["adaptation"]["methods"][0]["test"] = result["test"]
    found = adapted(result)
    assert found.keys[0] == ("Gain over not adapting, measured", "+3.0 points", "+1.0 to +5.0")
    assert (found.symbol, found.metric) == ("▲", "Accuracy")
    assert found.rows[0].measured == "80.0 % (70.0–90.0)"


def test_labels_that_measure_no_gain_are_not_denied():
    result = copy.deepcopy(RESULT)
    result["test"] = {"accuracy": {"value": 0.8, "low": 0.7, "high": 0.9}}
    result["transfer_gain"]["reason"] = "Not applicable, because the test rows belong together in one group."
    assert adapted(result).no_gain == result["transfer_gain"]["reason"]


def test_what_does_not_apply_says_why_and_has_no_shares():
    found = adapted(RESULT)
    assert found.rows[1].reason == "the mix is not known."
    assert [label for label, _ in found.shares.rows] == ["labels of the source", "source_only", "what is delivered"]


@pytest.mark.parametrize("classes", [2, MOST_CLASSES + 5])
def test_of_many_classes_the_commonest_are_shown(classes):
    result = copy.deepcopy(RESULT)
    shares = {f"class {number}": number / sum(range(classes)) for number in range(classes)}
    found = result["adaptation"]
    found["source_shares"] = found["delivered"] = found["methods"][0]["shares"] = shares
    shown = adapted(result).shares
    assert shown.classes[0] == f"class {classes - 1}"
    assert shown.more == max(0, classes - MOST_CLASSES)
    assert all(len(cells) == len(shown.classes) for _, cells in shown.rows)
