import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.flow import tiny_race
from tests.flow.tiny_race import Answers, Majority, Probe
from tests.tiny_evidence import evidence, predictions
from warmstart.cli.tables import remarks
from warmstart.core import wording
from warmstart.core.finding import Finding
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.model_card import model_card
from warmstart.flow.result import describe, finish
from warmstart.flow.trial import Trial
from warmstart.flow.workbench import Stopwatch
from warmstart.report.verdict import verdict

pytestmark = pytest.mark.usefixtures("few_draws")

ROWS = 90
TRUTH = np.arange(ROWS) % 3


def answers(wrong):
    """Answer the first `wrong` rows with the next class."""
    return predictions(np.where(np.arange(ROWS) < wrong, (TRUTH + 1) % 3, TRUTH), classes=3)


PRECISION = {"used": "fp32", "reason": "fp32 was asked for."}


def measured(**changes):
    wrong = {"delivered": 9, "candidate": 9, "control": 30, "majority": 30}
    given = {"predictions": {name: answers(count) for name, count in wrong.items()}, "candidate": "candidate"}
    return evidence(TRUTH, classes=("a", "b", "c"), **{**given, "labels": 200, **changes})


def described(given=None, against=("majority",), **kind):
    ranking = [{"source": "tiny", "cut": "all", "scores": {"prior": np.float64(0.5)}, "rank": 1}]
    bench = tiny_race.bench(ranking=ranking, **kind)
    bench.tools.threads, bench.ranking_reason = 2, "Of 2 sources, tiny was taken."
    bench.tools.run.record["precision"] = PRECISION
    adapted = Answers(np.arange(200) % 2, 0.9)
    probe = Trial("probe all", Probe(), {"stages": "all", "cut": "top"}, 0, adapted, np.zeros((1, 2)), 0.9, 0.01, 0.3)
    control = Trial("majority", Majority(), {}, 0, adapted, np.zeros((1, 2)), 0.6, 0.01, 0.6)
    hog = Trial("hog", Majority(), status="skipped", reason="Not applicable: no image.")
    ready = [Ready(one, adapted, 1.0, np.ones(2)) for one in (probe, control)]
    return describe(
        bench,
        Choice(*ready),
        against,
        [control, hog, probe],
        given or measured(),
        [Finding("leakage", "passed", "Nothing leaks.", {"rows": np.int64(3)})],
        rows={"train": 160, "validation": 40, "test": ROWS, "skipped": 1},
    )


def test_it_is_plain_json_with_no_numbers_that_are_none():
    result = described()
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_what_was_chosen_and_what_was_compared_are_named():
    result = described()
    assert result["chosen"] == {
        "source": "tiny", "strategy": "probe", "cut": "top", "name": "probe all", "is_control": False,
        "lead": None, "refitted": True, "named_by": "validation",
    }  # fmt: skip
    gain = result["transfer_gain"]
    assert (gain["candidate"], gain["control"], gain["verdict"]) == ("probe all", "majority", "helps")
    assert gain["value"] == pytest.approx(21 / ROWS)
    assert result["labels_saved"]["value"] is None
    assert "too dear to fit again" in result["labels_saved"]["reason"]
    assert described(few=True)["chosen"]["named_by"] == "cross-validation"


def test_the_gain_names_the_control_that_most_outer_folds_named():
    gain = described(against=("hog", "majority", "hog", "hog", "majority"))["transfer_gain"]
    assert (gain["control"], gain["control_by_folds"]) == ("hog", {"hog": 3, "majority": 2})


def test_the_precision_is_the_one_that_was_settled():
    assert described()["precision"] == PRECISION


def test_a_control_that_was_skipped_is_listed_with_its_reason_and_no_number():
    skipped = described()["controls"][1]
    assert skipped == {"name": "hog", "status": "skipped", "reason": "Not applicable: no image."}


def test_trials_that_did_not_finish_have_null_and_not_nan():
    trial = described()["trials"][1]
    assert trial["validation"]["value"] is None
    assert trial["log_loss"] is None


def test_the_confusion_and_the_classes_tell_the_same_story():
    result = described()
    table = np.array(result["confusion"])
    assert table.sum(axis=1).tolist() == [30, 30, 30]
    assert np.trace(table) == ROWS - 9
    first = result["per_class"][0]
    assert (first["class"], first["rows"]) == ("a", 30)
    assert first["recall"] == pytest.approx(table[0, 0] / 30)
    assert first["precision"] == pytest.approx(table[0, 0] / table[:, 0].sum())


def test_a_class_that_is_never_answered_has_no_precision():
    codes = np.where(TRUTH == 2, 0, TRUTH)
    result = described(measured(predictions={**measured().predictions, "delivered": predictions(codes, classes=3)}))
    assert result["per_class"][2]["precision"] is None
    assert result["per_class"][2]["recall"] == 0.0


def test_seconds_memory_and_what_is_next_are_added_at_the_very_end():
    bench = tiny_race.bench()
    bench.tools.watch = Stopwatch({"load": 1.234})
    bench.tools.run = SimpleNamespace(elapsed=lambda: 9.876, folder=Path("runs/mine"))
    done = finish({"metric": "accuracy", "task": {"modality": "image"}}, bench)
    assert done["metric"] == "accuracy"
    assert done["seconds"] == {"load": 1.23, "total": 9.88}
    assert 10 < done["peak_rss_mb"] < 100_000
    assert done["next"][0] == "warmstart report runs/mine --open"


def test_a_gain_from_one_group_is_not_applicable_and_says_so_in_every_place():
    result = described(measured(groups=np.zeros(ROWS, int)))
    gain = result["transfer_gain"]
    assert (gain["value"], gain["low"], gain["detectable"], gain["control"]) == (None, None, None, "majority")
    assert wording.verdict(gain).startswith("Not applicable, because the test rows belong together in one group")
    assert "belong together in one group" in result["labels_saved"]["reason"]
    assert verdict(result).kind == "unknown"
    assert gain["reason"] in verdict(result).sentence
    assert gain["reason"] in model_card(result, None, name="tiny")
    assert remarks(result)[0] == "Measured on 90 test rows, opened once, after every choice."
