import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import constant_model, facts, image_model, near, text_model
from warmstart.errors import BundleError, PathError
from warmstart.flow.deliver import deliver
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.predictor import Predictor
from warmstart.runtime.sealed_folder import _digest, _text

FILES = (
    "manifest.json",
    "graphs/model.onnx",
    "assets/tokenizer.json",
    "preprocess.json",
    "labels.json",
    "weights.safetensors",
    "config.json",
    "reference.json",
    "rows_seen.safetensors",
    "README.md",
    "control/graphs/model.onnx",
    "control/preprocess.json",
    "control/labels.json",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "bundle"
    deliver(
        path,
        deliverable=text_model(),
        control=constant_model(),
        facts=facts("text", decision_weights=[1.0, 3.0]),
        reference={"rows": 3},
        evidence=None,
        readme="# Tiny\n",
    )
    return path


@pytest.fixture
def bundle(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "bundle"))


def rewrite(bundle, change, *, sign=True):
    """Change the manifest as somebody would who also knows how to sign it."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    change(manifest)
    if sign:
        body = {key: value for key, value in manifest.items() if key != "sha256"}
        manifest = {**body, "sha256": _digest(body)}
    (bundle / "manifest.json").write_text(_text(manifest))


def resign(bundle):
    """Seal the folder again as it is now."""
    from warmstart.runtime.sealed_folder import seal

    manifest = json.loads((bundle / "manifest.json").read_text())
    seal(bundle, {key: manifest[key] for key in manifest if key not in {"schema", "files", "sha256"}})


def test_says_what_it_is(made):
    opened = Bundle.open(made)
    assert opened.labels.classes == opened.task.classes == ("good", "bad")
    assert (opened.input_name, opened.input_kind, opened.card.name) == ("text", "text", "tiny")
    assert [step.name for step in opened.lineage] == [step.name for step in opened.card.lineage]
    assert opened.lineage[0].rows == ("a" * 64,)
    assert opened.reference == {"rows": 3}
    assert opened.preparation["kind"] == "text"
    assert list(opened.weights()) == ["table"]
    assert opened.evidence() is None
    assert sorted(opened.folder.seals) == sorted(FILES[1:])


def test_predicts_and_decides_with_the_weights(made):
    found = Bundle.open(made).predict(["good", "", "bad", "what"])
    assert found.codes.tolist() == [1, -1, 1, 1]
    assert found.failed == {1: "is empty"}
    np.testing.assert_allclose(found.proba[0], [np.e / (np.e + 1), 1 / (np.e + 1)], atol=1e-6)
    assert np.isnan(found.proba[1]).all()
    assert found.columns is None


def test_many_cells_are_answered_a_part_at_a_time_and_as_all_at_once(tmp_path, monkeypatch):
    opened = deliver(
        tmp_path / "known", deliverable=text_model(), control=None, facts=facts("text"), reference={}, evidence=None,
        readme="", feature_reference=near("good", "awful"),
    )  # fmt: skip
    cells, told = ["good", "", "bad awful", "what", "good good", "awful", None], []
    whole = opened.predict(cells, columns=True)
    asked, predict = [], Predictor.predict

    def some(self, cells, **options):
        asked.append(len(cells))
        return predict(self, cells, **options)

    monkeypatch.setattr(Predictor, "predict", some)
    monkeypatch.setattr("warmstart.runtime.bundle.CELLS_AT_ONCE", 3)
    found = opened.predict(cells, columns=True, progress=lambda *step: told.append(step))
    assert asked == [3, 3, 1]
    assert told == [("predict", 3, 7), ("predict", 6, 7), ("predict", 7, 7)]
    assert found.failed == whole.failed == {1: "is empty", 6: "is missing"}
    for name in ("proba", "codes", "p_values", "columns"):
        np.testing.assert_allclose(getattr(found, name), getattr(whole, name), atol=1e-6)
    assert (found.columns.shape, np.isnan(found.columns).any(axis=1).sum()) == ((7, 3), 2)


def test_no_cells_have_no_answers(made):
    found = Bundle.open(made).predict([])
    assert (found.proba.shape, found.codes.shape, found.failed) == ((0, 2), (0,), {})


def test_the_control_predicts_too(made):
    control = Bundle.open(made).control()
    np.testing.assert_allclose(control.predict(["good"]).proba, [[0.6, 0.4]], atol=1e-6)
    assert control.control() is None
    assert control.card is None


@pytest.mark.parametrize("name", FILES)
def test_finds_one_flipped_bit_in_any_file(bundle, name):
    whole = (bundle / name).read_bytes()
    for place in np.linspace(0, len(whole) - 1, 12).astype(int):
        harmed = bytearray(whole)
        harmed[place] ^= 1 << int(place % 8)
        (bundle / name).write_bytes(harmed)
        with pytest.raises(BundleError, match=r"(its hash differs|must be|Keys|Paths in|reads|must name)"):
            Bundle.open(bundle)


def test_finds_every_flipped_bit_of_the_manifest(bundle):
    whole = (bundle / "manifest.json").read_bytes()
    for place in range(0, len(whole), 7):
        harmed = bytearray(whole)
        harmed[place] ^= 1 << (place % 8)
        (bundle / "manifest.json").write_bytes(harmed)
        with pytest.raises(BundleError):
            Bundle.open(bundle)


def test_finds_a_change_made_after_opening(bundle):
    opened = Bundle.open(bundle)
    (bundle / "graphs/model.onnx").write_bytes(b"\x00" * (bundle / "graphs/model.onnx").stat().st_size)
    with pytest.raises(BundleError, match="its hash differs"):
        opened.predict(["good"])


@pytest.mark.parametrize("name", FILES)
def test_names_a_missing_file(bundle, name):
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=name):
        Bundle.open(bundle)


def test_refuses_a_file_that_the_manifest_does_not_name(bundle):
    (bundle / "assets" / "more.json").write_text("{}")
    with pytest.raises(BundleError, match=r"also has assets/more\.json\. Move them out"):
        Bundle.open(bundle)


def test_refuses_a_truncated_file(bundle):
    (bundle / "weights.safetensors").write_bytes(b"short")
    with pytest.raises(BundleError, match=r"'weights\.safetensors' .* It has 5\. Take the bundle again"):
        Bundle.open(bundle)


@pytest.mark.parametrize(
    "path",
    ["../secret", "/etc/passwd", "a/../../b", "", "a//b", "a\\b", "C:x", ".hidden", "manifest.json", "a/\n", "ä"],
)
def test_refuses_a_path_that_is_not_plain_and_inside(bundle, path):
    rewrite(bundle, lambda manifest: manifest["files"].update({path: {"size": 1, "sha256": "0" * 64}}))
    with pytest.raises(BundleError, match="must stay inside the bundle"):
        Bundle.open(bundle)


@pytest.mark.parametrize("what", ["file", "folder", "manifest", "dangling"])
def test_refuses_links(bundle, tmp_path, what):
    target = tmp_path / "elsewhere"
    name = {"file": "README.md", "folder": "assets", "manifest": "manifest.json", "dangling": "new"}[what]
    if what == "dangling":
        target = tmp_path / "nowhere"
    else:
        (bundle / name).rename(target)
    (bundle / name).symlink_to(target)
    with pytest.raises(BundleError, match=r"must not hold links|must have a manifest"):
        Bundle.open(bundle)


def test_refuses_a_pipe_without_waiting_for_it(bundle):
    (bundle / "README.md").unlink()
    os.mkfifo(bundle / "README.md")
    with pytest.raises(BundleError, match=r"must hold plain files. 'README.md'"):
        Bundle.open(bundle)


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ("warmstart.bundle/2", "Update with: pip install --upgrade warmstart"),
        ("warmstart.bundle/10.1", "Update with"),
        ("warmstart.result/1", "must be 'warmstart.bundle/1'"),
        ("warmstart.bundle/x", "must be 'warmstart.bundle/1'"),
        (None, "must be 'warmstart.bundle/1'"),
        (["a"], "must be 'warmstart.bundle/1'"),
    ],
)
def test_refuses_an_unknown_schema(bundle, schema, says):
    rewrite(bundle, lambda manifest: manifest.update(schema=schema))
    with pytest.raises(BundleError, match=says):
        Bundle.open(bundle)


def test_accepts_a_minor_version(bundle):
    rewrite(bundle, lambda manifest: manifest.update(schema="warmstart.bundle/1.4", new={"unknown": 1}))
    assert Bundle.open(bundle).input_kind == "text"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"size": 10**15, "sha256": "0" * 64}, "A bundle must be at most"),
        ({"size": -1, "sha256": "0" * 64}, "must give the size and sha256"),
        ({"size": True, "sha256": "0" * 64}, "must give the size and sha256"),
        ({"size": 1.5, "sha256": "0" * 64}, "must give the size and sha256"),
        ({"size": 1, "sha256": "0" * 63}, "must give the size and sha256"),
        ({"size": 1}, "must give the size and sha256"),
        (None, "must give the size and sha256"),
    ],
)
def test_refuses_an_entry_that_cannot_be(bundle, entry, says):
    rewrite(bundle, lambda manifest: manifest["files"].update({"README.md": entry}))
    with pytest.raises(BundleError, match=says):
        Bundle.open(bundle)


def test_refuses_a_sparse_file_of_absurd_size(bundle):
    with (bundle / "README.md").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(BundleError, match=r"'README\.md' .* must have 7 bytes"):
        Bundle.open(bundle)


@pytest.mark.parametrize("files", [{}, [], None, {f"f{n}": {"size": 0, "sha256": "0" * 64} for n in range(1001)}])
def test_refuses_a_list_of_files_that_cannot_be(bundle, files):
    rewrite(bundle, lambda manifest: manifest.update(files=files))
    with pytest.raises(BundleError, match="must name 1 to 1000 files"):
        Bundle.open(bundle)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"a":' * 1000, "\x00", '{"schema": NaN}'])
def test_refuses_a_manifest_that_is_no_strict_json(bundle, text):
    (bundle / "manifest.json").write_text(text)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        Bundle.open(bundle)


def test_refuses_a_manifest_of_absurd_size(bundle):
    with (bundle / "manifest.json").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(BundleError, match="must be at most 67,108,864 bytes"):
        Bundle.open(bundle)


def test_refuses_deep_json_in_any_part(bundle):
    (bundle / "preprocess.json").write_text("[" * 100_000)
    resign(bundle)
    with pytest.raises(BundleError, match=r"preprocess\.json' must be nested at most 64 levels"):
        Bundle.open(bundle).predict(["good"])


@pytest.mark.parametrize(
    "labels",
    [
        [],
        {},
        {"classes": ["a", "b"], "decision_weights": [1], "temperature": 1},
        {"classes": ["a", "a"], "decision_weights": [1, 1], "temperature": 1},
        {"classes": ["a", 2], "decision_weights": [1, 1], "temperature": 1},
        {"classes": ["a", "b"], "decision_weights": [1, -1], "temperature": 1},
        {"classes": ["a", "b"], "decision_weights": [1, "x"], "temperature": 1},
        {"classes": ["a", "b"], "decision_weights": [1, 1], "temperature": 0},
    ],
)
def test_refuses_labels_that_make_no_sense(bundle, labels):
    (bundle / "labels.json").write_text(json.dumps(labels))
    resign(bundle)
    with pytest.raises(BundleError, match=r"labels\.json"):
        Bundle.open(bundle)


@pytest.mark.parametrize("key", ["task", "input", "source"])
@pytest.mark.parametrize("value", [3, {"odd": 1}, "missing"])
def test_refuses_a_manifest_that_makes_no_sense(bundle, key, value):
    rewrite(bundle, lambda manifest: manifest.pop(key) if value == "missing" else manifest.update({key: value}))
    with pytest.raises(BundleError, match=f"The bundle's {key} makes no sense"):
        Bundle.open(bundle)


def test_refuses_another_kind_of_task(bundle):
    rewrite(bundle, lambda manifest: manifest["task"].update(kind="regression"))
    with pytest.raises(BundleError, match="reads bundles of classification"):
        Bundle.open(bundle)


@pytest.mark.parametrize("config", [{"kind": "os.system"}, {}, {"kind": "text", "tokenizer": "none"}, {"kind": "text"}])
def test_refuses_a_preparation_that_is_not_in_the_catalog(bundle, config):
    (bundle / "preprocess.json").write_text(json.dumps(config))
    resign(bundle)
    with pytest.raises(BundleError):
        Bundle.open(bundle).predict(["good"])


def test_refuses_a_graph_for_other_classes(bundle):
    (bundle / "graphs/model.onnx").write_bytes(constant_model(3).graph)
    (bundle / "preprocess.json").write_text('{"kind": "constant"}')
    resign(bundle)
    with pytest.raises(BundleError, match=r"must give 2 scores an input. Got shape \(1, 3\)"):
        Bundle.open(bundle).predict(["good"])


def test_a_folder_that_is_none_says_where_a_bundle_is(tmp_path, bundle):
    with pytest.raises(PathError, match="There is no bundle folder"):
        Bundle.open(tmp_path / "none")
    with pytest.raises(BundleError, match=f"Did you mean '{bundle}'"):
        Bundle.open(tmp_path)


def test_predicts_images(tmp_path):
    made = deliver(
        tmp_path / "images",
        deliverable=image_model(),
        control=None,
        facts=facts("image"),
        reference={},
        evidence=None,
        readme="",
    )
    red = np.zeros((9, 9, 3), np.uint8)
    red[..., 0] = 200
    found = made.predict([red, str(tmp_path / "none.png")])
    assert found.codes.tolist() == [0, -1]
    assert list(found.failed) == [1]


def test_inputs_unlike_the_training_data_have_small_p_values(tmp_path):
    opened = deliver(
        tmp_path / "bundle", deliverable=text_model(), control=constant_model(), facts=facts("text"), reference={},
        feature_reference=near("good"), evidence=None, readme="",
    )  # fmt: skip
    found = opened.predict(["good", "awful", ""])
    assert found.p_values[:2].tolist() == [1.0, 1 / 20]
    assert np.isnan(found.p_values[2])
    assert opened.no_feature_reference == ""
    assert np.isnan(opened.control().predict(["good"]).p_values).all()


def test_a_bundle_from_before_that_was_measured_still_predicts(made):
    opened = Bundle.open(made)
    assert opened.feature_reference is None
    assert np.isnan(opened.predict(["good"]).p_values).all()
    assert opened.no_feature_reference == "the bundle was made before this was measured."


def test_a_feature_reference_of_another_graph_is_refused(tmp_path):
    opened = deliver(
        tmp_path / "bundle", deliverable=image_model(), control=None, facts=facts("image"), reference={},
        feature_reference=near("good"), evidence=None, readme="",
    )  # fmt: skip
    with pytest.raises(BundleError, match=r"feature reference must be of the graph's 3 features\. It is of 2\."):
        opened.predict([np.zeros((9, 9, 3), np.uint8)])
