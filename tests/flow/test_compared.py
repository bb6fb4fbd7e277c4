from dataclasses import replace

import numpy as np
import pytest

from tests.tiny_evidence import evidence, predictions
from tests.tiny_models import constant_model, facts, text_model
from warmstart.core.task import Task
from warmstart.errors import DataError, OptionError, PathError
from warmstart.flow.compared import compare_runs
from warmstart.flow.deliver import deliver
from warmstart.runtime.evidence_file import save_evidence

pytestmark = pytest.mark.usefixtures("few_draws")

TRUTH = np.arange(60) % 2
WRONG = np.where(np.arange(60) < 12, 1 - TRUTH, TRUTH)


def run(folder, found):
    folder.mkdir()
    save_evidence(folder, found)
    return folder


@pytest.fixture
def good(tmp_path):
    return run(tmp_path / "good", evidence(TRUTH))


def worse(**changes):
    return evidence(TRUTH, predictions={"delivered": predictions(WRONG)}, **changes)


def taken(found, rows):
    answers = found.predictions["delivered"]
    return replace(
        found,
        ids=tuple(found.ids[row] for row in rows),
        hashes=tuple(found.hashes[row] for row in rows),
        truth=found.truth[rows],
        predictions={"delivered": replace(answers, proba=answers.proba[rows], codes=answers.codes[rows])},
    )


def test_rows_are_matched_by_content_whatever_their_order_and_number(tmp_path, good):
    other = run(tmp_path / "worse", taken(worse(), np.arange(59, -1, -2)))
    found = compare_runs([good, other])
    assert (found.shared, found.tested) == (30, (60, 30))
    assert found.pairs[0].difference.value == pytest.approx(-6 / 30)
    assert (found.pairs[0].both, found.pairs[0].first) == (24, 6)
    assert found.to_json()["comparisons"][0]["verdict"] == "worse"


def test_the_order_of_the_classes_does_not_matter(tmp_path, good):
    turned = evidence(1 - TRUTH, classes=("b", "a"), predictions={"delivered": predictions(1 - WRONG)})
    found = compare_runs([good, run(tmp_path / "turned", turned)])
    plain = compare_runs([good, run(tmp_path / "worse", worse())])
    assert found.pairs == plain.pairs
    assert found.scores == plain.scores


def test_equal_contents_are_paired_one_by_one(tmp_path):
    twins = replace(worse(), hashes=("twin",) * 2 + worse().hashes[2:])
    found = compare_runs([run(tmp_path / "a", twins), run(tmp_path / "b", replace(twins, evaluation="new data"))])
    assert found.shared == 60


def test_rows_with_other_labels_are_left_out_and_counted(tmp_path, good):
    relabelled = TRUTH.copy()
    relabelled[:3] = 1 - relabelled[:3]
    found = compare_runs([good, run(tmp_path / "other", evidence(relabelled))])
    assert (found.shared, found.relabelled) == (57, 3)


def test_every_run_is_compared_with_the_first_on_rows_that_all_share(tmp_path, good):
    runs = [good, run(tmp_path / "half", taken(worse(), np.arange(30))), run(tmp_path / "whole", worse())]
    found = compare_runs(runs)
    assert found.names == ("good", "half", "whole")
    assert found.shared == 30
    assert [pair.difference.value for pair in found.pairs] == [pytest.approx(-12 / 30)] * 2


def test_runs_without_shared_rows_are_refused_with_what_to_do(tmp_path, good):
    far = run(tmp_path / "far", evidence(TRUTH, hashes=tuple(f"other {row}" for row in range(60))))
    with pytest.raises(
        DataError, match=r"share no test rows \(good on 60 rows, far on 60 rows\). Fit with `--split-from"
    ):
        compare_runs([good, far])


def test_other_tasks_are_refused(tmp_path, good):
    other = run(tmp_path / "other", evidence(TRUTH, classes=("a", "c")))
    with pytest.raises(
        DataError, match=r"must answer the same task to be compared\. good answers with a, b, other with a, c"
    ):
        compare_runs([good, other])


def test_other_metrics_are_refused_until_one_is_named(tmp_path, good):
    other = run(tmp_path / "other", worse(metric="macro_f1"))
    with pytest.raises(OptionError, match=r"judged by different metrics \(good by accuracy; other by macro_f1\)"):
        compare_runs([good, other])
    assert compare_runs([good, other], metric="balanced_accuracy").metric == "balanced_accuracy"


def test_one_run_is_too_few(good):
    with pytest.raises(OptionError, match="needs at least two runs"):
        compare_runs([good])


def test_a_folder_without_evidence_is_named(tmp_path, good):
    with pytest.raises(PathError, match=r"holds no evidence\. It must be a finished run, a bundle"):
        compare_runs([good, tmp_path])


def test_evidence_without_rows_says_what_else_to_do(tmp_path, good):
    hidden = run(tmp_path / "hidden", evidence(TRUTH, hashes=()))
    with pytest.raises(DataError, match=r"hidden does not say which rows it was tested on .*warmstart evaluate BUNDLE"):
        compare_runs([good, hidden])


def test_a_run_folder_is_read_from_its_bundle(tmp_path, good):
    found = evidence(TRUTH, task=Task(("a", "b"), "text"))
    deliver(
        tmp_path / "run" / "bundle", deliverable=text_model(), control=constant_model(), facts=facts("text"),
        reference={}, evidence=found, readme="",
    )  # fmt: skip
    for named in (tmp_path / "run", tmp_path / "run" / "bundle"):
        assert compare_runs([good, named]).names == ("good", "run")
