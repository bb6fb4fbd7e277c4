import numpy as np
import pytest

from tests.tiny_evidence import evidence, predictions
from tests.tiny_models import facts, text_model
from warmstart.core.dataset import Column, Dataset
from warmstart.core.evidence import Predictions
from warmstart.flow.deliver import deliver
from warmstart.flow.shown import explaining_seconds, most_typical, most_wrong, shown
from warmstart.runtime.decode import Decoder

ROWS = 50
TRUTH = np.arange(ROWS) % 2


def made(wrong=(), **changes):
    codes = np.where(np.isin(np.arange(ROWS), wrong), 1 - TRUTH, TRUTH)
    sure = np.where(np.arange(ROWS) % 7 == 0, 0.95, 0.8)[:, None]
    answers = Predictions(np.where(np.arange(2) == codes[:, None], sure, 1 - sure), codes)
    return evidence(TRUTH, predictions={"delivered": answers}, **changes)


def see(tmp_path, found, rows=None, **options):
    bundle = deliver(
        tmp_path / "bundle", deliverable=text_model(), control=None, facts=facts("text"), reference={}, evidence=None,
        readme="",
    )  # fmt: skip
    cells = [f"good text {row}" for row in range(100)]
    dataset = Dataset("tiny", (Column("text", "text", cells),), tuple(map(str, range(100))))
    with Decoder(workers=1) as decoder:
        rows = np.arange(50, 100) if rows is None else rows
        return shown(dataset, found, rows, decoder=decoder, bundle=bundle, threads=1, **options)


def test_the_worst_mistakes_come_first_and_then_the_most_typical_of_each_class(tmp_path):
    found = see(tmp_path, made((3, 5, 7)))
    assert [one["id"] for one in found["wrong"]] == ["row 7", "row 3", "row 5"]
    first = found["wrong"][0]
    assert (first["truth"], first["predicted"], first["probability"]) == ("b", "a", 0.95)
    assert first["text"] == "good text 57"
    assert [(one["truth"], one["predicted"]) for one in found["typical"]] == [("a", "a"), ("b", "b")]


def test_what_is_shown_is_explained(tmp_path):
    found = see(tmp_path, made((3,)))
    assert all("spans" in one["explained"] for one in [*found["wrong"], *found["typical"]])


def test_without_time_nothing_is_explained(tmp_path):
    found = see(tmp_path, made((3,)), seconds=-1.0)
    assert not any("explained" in one for one in [*found["wrong"], *found["typical"]])


def test_a_short_budget_leaves_less_time_to_explain():
    assert explaining_seconds(30) == pytest.approx(0.6)
    assert explaining_seconds(3600) == 4.0


def test_a_class_that_is_never_right_has_no_typical_row_and_at_most_twelve_are_wrong():
    found = made(range(0, ROWS, 2))
    assert len(most_wrong(found)) == 12
    assert TRUTH[most_typical(found)].tolist() == [1]


def test_the_chosen_model_is_shown_whatever_it_is_called():
    found = evidence(TRUTH, chosen="control")
    assert most_wrong(found)[0] % 4 >= 2
    assert most_wrong(evidence(TRUTH, predictions={"delivered": predictions(TRUTH)})) == []
