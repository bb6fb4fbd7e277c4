import enum
import gc
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import warmstart
from tests.estimators.tiny_images import ROWS, images
from tests.flow import tiny_runs, tiny_updates
from tests.tiny_models import facts, image_model
from warmstart import TransferClassifier
from warmstart.core.task import Task
from warmstart.errors import BundleError, DataError, OptionError, PathError, RunConflict
from warmstart.estimators._label_kind import keep_kind
from warmstart.flow.deliver import deliver
from warmstart.readers._columns import labels_of


def model(source, **changes):
    return TransferClassifier(source, "probe", budget="100s", threads=1, **changes)


@pytest.fixture(scope="module")
def fitted(source):
    return model(source).fit(images(), np.arange(ROWS) % 2 + 7)


def test_parameters_are_kept_as_they_were_given():
    values = {"source": ["one", "two"], "strategy": "partial", "budget": "90s", "threads": 3, "out": "runs/x"}
    one = TransferClassifier(**values)
    assert {name: one.get_params()[name] for name in values} == values
    assert clone(one).get_params() == one.get_params()
    assert one.set_params(budget=30.0, seed=4).get_params()["seed"] == 4


def test_parameters_become_the_configuration_of_the_run():
    made = TransferClassifier(["one", "two"], "partial", cut="top", budget="2m", metric="macro_f1", seed=3, l2_sp=0.1)
    config = made._config(None, Path("runs/x"))
    assert (config.source, config.strategy, config.cut) == (("one", "two"), ("partial",), "top")
    assert (config.budget, config.metric, config.seed, config.threads) == (120.0, "macro_f1", 3, 0)
    assert config.l2_sp == 0.1
    assert TransferClassifier(budget=45)._config(None, Path("x")).budget == 45.0


def test_groups_are_what_intervals_count(source, fitted):
    grouped = model(source).fit(images(), np.arange(ROWS) % 2, groups=[f"patient {row // 4}" for row in range(ROWS)])
    assert fitted.evidence_.groups is None
    assert np.bincount(np.unique(grouped.evidence_.groups, return_inverse=True)[1]).tolist() == [4] * (ROWS // 4)
    with pytest.raises(DataError, match=f"groups.*{ROWS}"):
        model(source).fit(images(), np.arange(ROWS) % 2, groups=["one"])


def test_a_reference_set_is_a_path_that_is_there(source, tmp_path):
    reference = tiny_runs.photos(tmp_path / "known", 8, seed=3)
    assert TransferClassifier(reference=reference)._config(None, Path("x")).reference == str(reference)
    with pytest.raises(PathError, match=r"knwon does not exist\..* Did you mean 'known'\?"):
        model(source, reference=tmp_path / "knwon").fit(images(4), [0, 1, 0, 1])
    with pytest.raises(
        OptionError, match=r"`reference` must be the path of a folder of class folders.* Got a ndarray\."
    ):
        model(source, reference=images(4)).fit(images(4), [0, 1, 0, 1])


def test_a_reference_set_of_another_modality_is_refused_as_on_the_command_line(source, tmp_path):
    (tmp_path / "known.csv").write_text("text,label\nfine,good\npoor,bad\n")
    with pytest.raises(OptionError, match="The reference set must hold image inputs, as the data does"):
        model(source, reference=tmp_path / "known.csv").fit(images(), np.arange(ROWS) % 2)


def test_it_predicts_labels_and_probabilities(fitted):
    proba = fitted.predict_proba(images(8))
    assert proba.shape == (8, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    answered = fitted.predict(images(8))
    assert answered.tolist() == (np.arange(8) % 2 + 7).tolist()
    assert fitted.score(images(8), np.arange(8) % 2 + 7) == 1.0


def test_an_image_is_the_same_as_an_array_a_file_or_a_pil_image(fitted, tmp_path):
    pixels = images(2)
    for row, one in enumerate(pixels):
        Image.fromarray(one).save(tmp_path / f"{row}.png")
    paths = [tmp_path / f"{row}.png" for row in range(2)]
    expected = fitted.predict_proba(pixels)
    for given in (paths, list(map(str, paths)), [Image.fromarray(one) for one in pixels], list(pixels)):
        np.testing.assert_allclose(fitted.predict_proba(given), expected, atol=1e-6)


def test_a_dark_image_of_floats_is_read_as_those_that_were_fitted(source):
    labels = np.arange(ROWS) % 2
    one = model(source).fit(images().astype(np.float32), labels)
    dark = np.ones((1, 16, 16, 3), np.uint8)
    for again in (one, pickle.loads(pickle.dumps(one))):
        np.testing.assert_array_equal(again.predict_proba(dark.astype(np.float32)), again.predict_proba(dark))


def test_what_was_learned_can_be_read(fitted):
    assert fitted.result_["evaluation"] == "cross-fitted"
    assert len(fitted.evidence_.truth) == ROWS
    assert "negative_transfer" in {finding.code for finding in fitted.findings_}


def test_a_loaded_model_finds_the_same_in_the_evidence_of_its_bundle(fitted, tmp_path):
    loaded = warmstart.load(fitted.save(tmp_path / "model"))
    assert [finding.sentence for finding in loaded.findings_] == [finding.sentence for finding in fitted.findings_]


def test_a_loaded_model_without_evidence_says_why_it_has_no_findings(tmp_path):
    made = tiny_updates.bundle(tmp_path, row_data=False)
    with pytest.raises(BundleError, match=r"carries none of single rows\. Read the result\.json"):
        _ = warmstart.load(made.path).findings_
    with pytest.raises(NotFittedError):
        _ = TransferClassifier().findings_


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        ([3, 10], np.integer),
        ([False, True], np.bool_),
        (["no", "yes"], np.str_),
        ([-1, 1], np.integer),
        ([0.0, 1.0], np.floating),
    ],
)
def test_classes_keep_their_type_and_their_columns(fitted, labels, kind, monkeypatch):
    """The bundle keeps names; the labels that came in come out."""
    from warmstart.flow import experiment

    names = [*labels_of(labels)]
    bundle = type("Bundle", (), {"labels": type("Labels", (), {"classes": names, "weights": np.ones(2)})()})
    made = TransferClassifier()
    monkeypatch.setattr(experiment, "fit", lambda config: type("Outcome", (), {"result": {}}))
    monkeypatch.setattr(
        "warmstart.estimators.transfer_classifier.Bundle",
        type("Opened", (), {"open": staticmethod(lambda path: bundle)}),
    )
    made.fit(images(4), np.array([labels[row % 2] for row in range(4)]))
    assert made.classes_.tolist() == labels
    assert issubclass(made.classes_.dtype.type, kind)
    monkeypatch.setattr(TransferClassifier, "predict_proba", lambda self, X: np.array([[0.9, 0.1], [0.2, 0.8]]))
    assert made.predict([0, 1]).tolist() == labels
    assert made.score([0, 1], np.array(labels)) == 1.0


def test_integer_labels_come_back_as_integers_in_their_order(fitted):
    assert fitted.classes_.tolist() == [7, 8]
    assert fitted.predict(images(2)).dtype.kind == "i"


def test_labels_have_the_order_that_scorers_rely_on(source):
    """A bundle has "5" before "10", and scikit-learn takes the last of the sorted labels for the positive one."""
    labels = np.array(["5", "10"])[np.arange(ROWS) % 2]
    one = model(source).fit(images(), labels)
    assert one.bundle_.labels.classes == ("5", "10")
    assert one.classes_.tolist() == ["10", "5"]
    assert get_scorer("roc_auc")(one, images(seed=3), labels) > 0.9
    assert one.score(images(seed=3), labels) > 0.9


def test_labels_that_cannot_be_compared_stay_as_they_are(tmp_path):
    kinds = enum.Enum("Kind", ["cat", "bat"])
    made = with_labels(tmp_path / "named", ["cat", "bat"])
    made._attach(made.bundle_, {kind.name: kind for kind in kinds})
    assert made.classes_.tolist() == list(kinds)


def test_it_can_be_cross_validated(source):
    scores = cross_val_score(model(source), images(), np.array(["red", "blue"])[np.arange(ROWS) % 2], cv=2)
    assert len(scores) == 2
    assert scores.min() > 0.7


def test_it_works_at_the_end_of_a_pipeline(source):
    darker = FunctionTransformer(lambda pixels: (pixels * 0.8).astype(np.uint8))
    line = make_pipeline(darker, model(source)).fit(images(), np.arange(ROWS) % 2)
    assert line.score(images(), np.arange(ROWS) % 2) > 0.9


def test_what_is_saved_and_loaded_predicts_the_same(fitted, tmp_path):
    assert fitted.save(tmp_path / "model") == tmp_path / "model"
    loaded = warmstart.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(images(6)), fitted.predict_proba(images(6)))
    assert loaded.predict(images(2)).tolist() == [7, 8]
    assert len(loaded.evidence_.truth) == ROWS


def with_labels(folder, names):
    """Return a model that was fitted on labels of these names."""
    made = deliver(
        folder, deliverable=image_model(), control=None, facts=facts(task=Task(tuple(names), "image")), reference={},
        evidence=None, readme="",
    )  # fmt: skip
    return warmstart.load(made.path)


@pytest.mark.parametrize("labels", [[7, 8], [0.5, 8.0], [False, True], ["no", "yes"], ["7", "8"]])
def test_labels_keep_their_kind_when_they_are_saved_and_loaded(labels, tmp_path):
    made = with_labels(tmp_path / "named", labels_of(labels))
    made._attach(made.bundle_, dict(zip(labels_of(labels), labels, strict=True)))
    loaded = warmstart.load(made.save(tmp_path / "model"))
    assert loaded.classes_.tolist() == labels
    assert loaded.predict_proba(images(2)).tolist() == made.predict_proba(images(2)).tolist()
    assert warmstart.load(loaded.save(tmp_path / "again")).classes_.dtype == made.classes_.dtype


def test_a_file_that_has_changed_is_not_sealed_again(tmp_path):
    made = with_labels(tmp_path / "named", ["7", "8"])
    (made.bundle_.path / "README.md").write_text("changed")
    with pytest.raises(BundleError, match=r"README\.md"):
        keep_kind(made.bundle_.path, made.bundle_.manifest, np.array([7]))


def test_labels_are_words_where_one_is_no_number(tmp_path):
    made = with_labels(tmp_path / "named", ["7", "cat"])
    keep_kind(made.bundle_.path, made.bundle_.manifest, np.array([7]))
    assert warmstart.load(made.bundle_.path).classes_.tolist() == ["7", "cat"]


def test_what_is_pickled_predicts_the_same_where_the_folder_is_gone(fitted, tmp_path):
    kept = warmstart.load(fitted.save(tmp_path / "model"))
    packed = pickle.dumps(kept)
    shutil.rmtree(tmp_path / "model")
    unpacked = pickle.loads(packed)
    np.testing.assert_array_equal(unpacked.predict_proba(images(6)), fitted.predict_proba(images(6)))
    assert unpacked.bundle_.path != kept.bundle_.path


def test_saving_over_something_is_refused(fitted, tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(PathError, match=r"exists already\. Choose a folder that does not"):
        fitted.save(tmp_path / "model")


def test_the_temporary_folder_goes_with_the_model_and_not_before(source):
    one = model(source).fit(images(24), np.arange(24) % 2)
    folder = one.bundle_.path
    gc.collect()
    assert folder.exists()
    del one
    gc.collect()
    assert not folder.exists()


def test_a_kept_run_is_loaded_from_its_folder_and_is_not_taken_for_another(source, tmp_path):
    kept = model(source, out=tmp_path / "run").fit(images(24), np.arange(24) % 2)
    again = warmstart.load(tmp_path / "run")
    np.testing.assert_array_equal(again.predict_proba(images(4)), kept.predict_proba(images(4)))
    same = clone(kept).fit(images(24), np.arange(24) % 2)
    assert same.result_ == kept.result_
    with pytest.raises(RunConflict, match="seed=0, and this command says seed=1"):
        clone(kept).set_params(seed=1).fit(images(24), np.arange(24) % 2)


def test_other_data_under_a_finished_run_is_not_answered_with_the_old_result(source, tmp_path):
    kept = model(source, out=tmp_path / "run").fit(images(24), np.arange(24) % 2)
    with pytest.raises(RunConflict, match="The data"):
        clone(kept).fit(255 - images(24), np.arange(24) % 2)
    with pytest.raises(RunConflict, match="The data"):
        clone(kept).fit(images(24), np.arange(24) // 2 % 2)


def test_an_input_that_cannot_be_read_is_named(fitted, tmp_path):
    (tmp_path / "empty.png").touch()
    Image.fromarray(images(1)[0]).save(tmp_path / "fine.png")
    with pytest.raises(DataError, match=r"^Input 1 is empty\. Leave it out, or mend it\.$"):
        fitted.predict([tmp_path / "fine.png", tmp_path / "empty.png"])


def test_wrong_labels_and_options_are_refused_in_sentences(source):
    with pytest.raises(DataError, match=r"`y` must have one value a row. Got 3 values for 4 inputs."):
        model(source).fit(images(4), [0, 1, 0])
    with pytest.raises(DataError, match=r"at least two classes\. Got only '1'"):
        model(source).fit(images(4), [1, 1, 1, 1])
    with pytest.raises(OptionError, match="`budget` must be a time above 0"):
        model(source).set_params(budget="soon").fit(images(4), [0, 1, 0, 1])
    with pytest.raises(OptionError, match=r"`test_size` must be above 0 and at most 0.5. Got 0.9"):
        model(source).set_params(test_size=0.9).fit(images(4), [0, 1, 0, 1])


def test_before_fitting_nothing_is_predicted():
    for wanted in ("predict", "predict_proba"):
        with pytest.raises(NotFittedError):
            getattr(TransferClassifier(), wanted)(images(2))


def test_new_rows_and_a_new_class_make_another_model_and_leave_this_one(tmp_path):
    first = warmstart.load(tiny_updates.bundle(tmp_path).path)
    rows = {name: tiny_updates.texts(name, 30, seed=2) for name in ("good", "fine")}
    X, y = [text for some in rows.values() for text in some], [name for name, some in rows.items() for _ in some]
    grown = first.update(X, y, most_forgotten=0.5)
    assert first.classes_.tolist() == ["bad", "good"]
    assert grown.classes_.tolist() == ["bad", "fine", "good"]
    assert grown.score(X, y) > 0.8
    assert grown.result_["update"]["old_classes"]["after"] is not None
    assert len(grown.evidence_.truth) > len(first.evidence_.truth)


def test_an_update_that_harms_the_old_classes_is_refused_and_nothing_is_kept(tmp_path):
    first = warmstart.load(tiny_updates.bundle(tmp_path).path)
    X = tiny_updates.texts("good", 40, seed=2)
    with pytest.raises(DataError, match=r"it may take 0 at most: nothing was written"):
        first.update(X, ["fine"] * 40, most_forgotten=0.0, out=tmp_path / "second")
    assert not (tmp_path / "second" / "bundle").exists()
    with pytest.raises(DataError, match=r"must not differ from another by case alone\..* 'Good'"):
        first.update(X, ["Good"] * 40)


def test_labels_of_an_updated_model_keep_their_type(tmp_path):
    first = warmstart.load(tiny_updates.bundle(tmp_path).path)
    first.classes_ = np.array([7, 8])
    X = tiny_updates.texts("fine", 30, seed=2)
    assert first.update(X, [9] * 30, force=True).classes_.tolist() == [7, 8, 9]


def test_a_model_that_is_not_fitted_is_not_updated():
    with pytest.raises(NotFittedError):
        TransferClassifier().update(["a"], ["b"])
