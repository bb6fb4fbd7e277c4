import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import warmstart
from tests.estimators.tiny_images import images
from warmstart import DomainAdaptationClassifier
from warmstart.errors import DataError, OptionError, RunConflict

ROWS, TARGET, LIGHT = 60, 70, 25.0


def labels(rows, names=(7, 8)):
    return np.array(names)[np.arange(rows) % 2]


def day():
    return images(ROWS)


def night(rows=TARGET):
    return images(rows, light=LIGHT, seed=1)


def model(source, **changes):
    return DomainAdaptationClassifier(source, budget="100s", threads=1, **changes)


@pytest.fixture(scope="module")
def fitted(source):
    return model(source).fit(day(), labels(ROWS), night())


def test_it_answers_for_the_target_with_the_labels_of_the_source(fitted):
    assert fitted.classes_.tolist() == [7, 8]
    assert fitted.predict_proba(night()).shape == (TARGET, 2)
    assert fitted.score(night(), labels(TARGET)) > 0.8


def test_the_mix_may_be_given_by_float_labels():
    config = model("tiny", target_mix={1.0: 0.3, 2.0: 0.7})._config(None, None, None, "runs/x")
    assert config.mix == {"1": 0.3, "2": 0.7}


def test_it_says_what_was_tried_and_that_the_gain_is_estimated(fitted):
    found = fitted.adaptation_
    assert "source_only" in {one["name"] for one in found["methods"]}
    assert found["distance"]["sentence"].startswith("The domains are")
    assert fitted.result_["evaluation"] == "estimated"
    assert fitted.evidence_ is None
    assert "licence_unknown" in {finding.code for finding in fitted.findings_}


def test_what_is_saved_and_loaded_answers_the_same(fitted, tmp_path):
    loaded = warmstart.load(fitted.save(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.predict_proba(night(6)), fitted.predict_proba(night(6)))


def test_with_labels_of_some_target_rows_the_choice_is_measured(source):
    some = [*labels(60).tolist(), *[None] * (TARGET - 60)]
    found = model(source).fit(day(), labels(ROWS), night(), some)
    assert found.result_["evaluation"] == "cross-fitted"
    assert len(found.evidence_.truth) == 60


def test_too_few_labels_of_the_target_are_refused(source):
    with pytest.raises(DataError, match=r"at least 50 rows labelled with the source's classes.* Got 2\."):
        model(source).fit(day(), labels(ROWS), night(), [7, 8, *[None] * (TARGET - 2)])


def test_the_class_mix_is_given_by_label(source):
    found = model(source, target_mix={7: 0.5, 8: 0.5}).fit(day(), labels(ROWS), night())
    assert "The class mix of the target was given" in " ".join(found.adaptation_["basis"])
    with pytest.raises(OptionError, match="There is no class '9'"):
        model(source, target_mix={7: 0.5, 9: 0.5}).fit(day(), labels(ROWS), night())


def test_a_target_that_is_the_source_is_refused(source):
    with pytest.raises(DataError, match="There is nothing to adapt to"):
        model(source).fit(day(), labels(ROWS), day())


def test_a_finished_run_is_not_taken_for_one_on_other_inputs(source, tmp_path):
    kept = model(source, out=tmp_path / "run").fit(day(), labels(ROWS), night())
    assert clone(kept).fit(day(), labels(ROWS), night()).result_ == kept.result_
    with pytest.raises(RunConflict, match="The target has changed since the run"):
        clone(kept).fit(day(), labels(ROWS), night(60))
    with pytest.raises(RunConflict, match="The data has changed since the run"):
        clone(kept).fit(day(), labels(ROWS, (8, 7)), night())


def test_before_fitting_it_says_nothing():
    with pytest.raises(NotFittedError):
        _ = DomainAdaptationClassifier().adaptation_
