import numpy as np
import pytest

from tests.tiny_models import constant_model, facts, image_model, text_model
from warmstart.core.adapted import Deliverable
from warmstart.core.evidence import Evidence, Predictions
from warmstart.core.task import Task
from warmstart.errors import BundleError
from warmstart.flow.deliver import add_evidence, deliver
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.graph import Graph
from warmstart.runtime.sealed_folder import open_sealed

LAYOUT = {
    "manifest.json",
    "graphs/model.onnx",
    "assets/tokenizer.json",
    "preprocess.json",
    "labels.json",
    "weights.safetensors",
    "config.json",
    "reference.json",
    "rows_seen.safetensors",
    "evidence.json",
    "evidence.safetensors",
    "README.md",
    "control/graphs/model.onnx",
    "control/preprocess.json",
    "control/labels.json",
}
GOOD = 1 / (1 + np.exp(-1.0))
CHECK = (["good", "bad", "what"], np.array([[GOOD, 1 - GOOD], [1 - GOOD, GOOD], [0.5, 0.5]]))


def send(path, **changes):
    values = {
        "deliverable": text_model(),
        "control": constant_model(),
        "facts": facts("text"),
        "reference": {},
        "evidence": None,
        "readme": "# Tiny\n",
        "check": CHECK,
    }
    return deliver(path, **values | changes)


def evidence():
    answers = Predictions(np.array([[0.9, 0.1]]), np.array([0]))
    task = Task(("good", "bad"), "text")
    return Evidence(task, "accuracy", "held-out", ("row 7",), np.array([0]), "probe", "probe", "m", {"probe": answers})


def content(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_the_bundle_has_every_file_of_the_layout(tmp_path):
    made = send(tmp_path / "bundle", evidence=evidence())
    assert set(content(tmp_path / "bundle")) == LAYOUT
    manifest = made.manifest
    assert manifest["schema"] == "warmstart.bundle/1"
    assert manifest["task"] == {"classes": ["good", "bad"], "modality": "text", "kind": "classification"}
    assert manifest["source"]["licence"] == "Apache-2.0"
    assert (manifest["strategy"], manifest["cut"], manifest["is_control"]) == ("probe", "last", False)
    assert made.evidence().ids == ("row 7",)


def test_what_is_saved_is_hashed_once_more_and_returned_with_the_graph_that_was_proved(tmp_path, monkeypatch):
    opened, loaded = [], []
    verify, load = open_sealed, Graph.load
    monkeypatch.setattr("warmstart.runtime.bundle.open_sealed", lambda path: opened.append(path) or verify(path))
    monkeypatch.setattr(Graph, "load", lambda graph: loaded.append(graph) or load(graph))
    made = send(tmp_path / "bundle", control=None)
    made.predict(["good"])
    assert len(opened) == 1
    assert len(set(map(id, loaded))) == 1
    assert made.path == tmp_path / "bundle"
    assert made.reference == {}


def test_saving_twice_gives_the_same_bytes(tmp_path):
    shuffled = Deliverable(
        text_model().preparation,
        text_model().graph,
        text_model().assets,
        {name: np.full((2, 3), value) for name, value in (("b", 2.0), ("a", 1.0))},
    )
    ordered = Deliverable(shuffled.preparation, shuffled.graph, shuffled.assets, dict(sorted(shuffled.tensors.items())))
    send(tmp_path / "one", deliverable=shuffled, evidence=evidence())
    send(tmp_path / "two", deliverable=ordered, evidence=evidence())
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_bundle_that_answers_differently_is_not_kept(tmp_path):
    send(tmp_path / "bundle")
    before = content(tmp_path / "bundle")
    wrong = (CHECK[0], CHECK[1] + np.array([[2e-4, -2e-4]] * 3))
    with pytest.raises(BundleError, match=r"They differ by 0\.0002, more than 0\.0001\. It was not kept"):
        send(tmp_path / "bundle", check=wrong)
    assert content(tmp_path / "bundle") == before
    assert [file.name for file in tmp_path.iterdir()] == ["bundle"]


def test_a_control_that_answers_differently_is_not_kept(tmp_path):
    with pytest.raises(BundleError, match="It was not kept"):
        send(tmp_path / "bundle", control_check=(["good"], np.array([[0.9, 0.1]])))
    assert not (tmp_path / "bundle").exists()
    send(tmp_path / "bundle", control_check=(["good"], np.array([[0.6, 0.4]])))


def test_a_check_of_other_classes_is_refused(tmp_path):
    with pytest.raises(BundleError, match="They differ by inf"):
        send(tmp_path / "bundle", check=(["good"], np.array([[0.2, 0.3, 0.5]])))


def test_an_input_that_the_bundle_cannot_read_is_named(tmp_path):
    with pytest.raises(BundleError, match="could not read input 1 of those it was checked on: it is empty"):
        send(tmp_path / "bundle", check=(["good", ""], CHECK[1][:2]))


def test_a_graph_that_does_not_load_is_not_kept(tmp_path):
    with pytest.raises(BundleError, match="must be an ONNX model"):
        send(tmp_path / "bundle", deliverable=Deliverable({"kind": "constant"}, b"\x00"), check=None)
    assert not (tmp_path / "bundle").exists()


def test_a_large_control_stays_behind_and_the_manifest_says_why(tmp_path):
    control = constant_model()
    large = Deliverable(control.preparation, control.graph, {"vocabulary.json": b" " * 10_000_001})
    made = send(tmp_path / "bundle", control=large)
    assert made.control() is None
    assert made.manifest["control"] == {
        "kept": False,
        "why": "The best control takes 10.0 MB, and at most 10 MB travel.",
        "name": "",
    }


def test_without_a_control_the_manifest_says_so(tmp_path):
    made = send(tmp_path / "bundle", control=None)
    assert made.control() is None
    assert made.manifest["control"]["why"] == "There is no control beside what is delivered."


def test_each_model_has_its_own_decision_weights(tmp_path):
    made = send(
        tmp_path / "bundle", facts=facts("text", decision_weights=[1, 2], control_weights=[1, 9], temperature=1.5)
    )
    assert made.labels.weights.tolist() == [1, 2]
    assert made.labels.temperature == 1.5
    assert made.control().labels.weights.tolist() == [1, 9]
    assert made.control().predict(["good"]).codes.tolist() == [1]


def test_a_control_can_be_what_is_delivered(tmp_path):
    made = send(
        tmp_path / "bundle",
        deliverable=constant_model(),
        control=None,
        facts=facts("text", card=None, is_control=True, lineage=()),
        check=(["a"], np.array([[0.6, 0.4]])),
    )
    assert made.card is None
    assert made.manifest["is_control"] is True
    assert made.weights() == {}


def test_evidence_can_be_added_to_what_was_delivered(tmp_path):
    made = send(tmp_path / "bundle")
    after = add_evidence(made, evidence(), readme="# Measured\n", check=CHECK)
    assert after.evidence().ids == ("row 7",)
    assert (after.path / "README.md").read_text() == "# Measured\n"
    assert after.manifest["created"] == made.manifest["created"]
    np.testing.assert_array_equal(after.predict(["good"]).proba, made.predict(["good"]).proba)
    assert after.control() is not None


def test_row_data_is_left_out_on_request(tmp_path):
    made = send(tmp_path / "bundle", evidence=evidence(), row_data=False)
    assert made.evidence().ids == ()
    assert b"row 7" not in b"".join(content(made.path).values())


def test_images_are_checked_from_their_files(tmp_path):
    from PIL import Image

    Image.new("RGB", (20, 10), (255, 0, 0)).save(tmp_path / "red.png")
    expected = 1 / (1 + np.exp(-0.04 * 255))
    made = send(
        tmp_path / "bundle",
        deliverable=image_model(),
        control=None,
        facts=facts("image"),
        check=([str(tmp_path / "red.png")], np.array([[expected, 1 - expected]])),
    )
    assert Bundle.open(made.path).input_kind == "image"
