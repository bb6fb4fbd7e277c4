import json

import pytest
import torch

from warmstart.errors import BundleError, SourceError
from warmstart.runtime.sealed_folder import seal
from warmstart.sources._tiny import tiny_bundle
from warmstart.sources.earlier_result import EarlierResult


@pytest.fixture
def run(tmp_path):
    tiny_bundle(tmp_path / "films" / "bundle")
    return tmp_path / "films"


def reseal(bundle):
    manifest = json.loads((bundle / "manifest.json").read_text())
    for name in ("schema", "files", "sha256"):
        manifest.pop(name)
    (bundle / "manifest.json").unlink()
    seal(bundle, manifest)


def test_a_run_and_its_bundle_are_the_same_source(run):
    assert EarlierResult.claims(str(run))
    first, second = EarlierResult().open(str(run)).card, EarlierResult().open(str(run / "bundle")).card
    assert first == second
    assert first.name == "films"


def test_the_rows_that_it_saw_come_with_it(run):
    assert EarlierResult().open(str(run)).card.rows_seen() == {"a" * 64}


def test_its_network_has_the_bundles_weights(run):
    from safetensors.torch import load_file

    weights = load_file(run / "bundle" / "weights.safetensors")
    network = EarlierResult().open(str(run)).build()
    assert all(torch.equal(value, weights[f"backbone.{name}"]) for name, value in network.state_dict().items())


def test_its_head_is_known_where_it_reads_the_last_stage_alone(run):
    head = EarlierResult().open(str(run)).head
    assert head.labels == ("bad", "good")
    assert head.weight.shape == (2, 32)
    config = json.loads((run / "bundle/config.json").read_text())
    (run / "bundle/config.json").write_text(json.dumps({**config, "stages": ["layer_1", "layer_2"]}))
    reseal(run / "bundle")
    assert EarlierResult().open(str(run)).head is None


def test_a_flipped_bit_in_the_weights_is_refused(run):
    file = run / "bundle" / "weights.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(BundleError):
        EarlierResult().open(str(run))


def test_a_bundle_that_delivers_a_control_has_no_network(run):
    (run / "bundle/config.json").write_text("{}")
    reseal(run / "bundle")
    with pytest.raises(SourceError, match="must hold an adapted network to go on from"):
        EarlierResult().open(str(run))


def test_an_architecture_outside_the_catalog_is_refused(run):
    config = json.loads((run / "bundle/config.json").read_text())
    config["card"]["architecture"] = "os.system"
    (run / "bundle/config.json").write_text(json.dumps(config))
    reseal(run / "bundle")
    with pytest.raises(
        SourceError, match=r"There is no architecture 'os\.system'\. It must be one of: efficientnet-lite"
    ):
        EarlierResult().open(str(run))


def test_weights_that_do_not_fit_are_refused(run):
    config = json.loads((run / "bundle/config.json").read_text())
    config["card"]["parameters"]["config"]["hidden_size"] = 32
    (run / "bundle/config.json").write_text(json.dumps(config))
    reseal(run / "bundle")
    with pytest.raises(SourceError, match="do not fit its architecture 'bert'"):
        EarlierResult().open(str(run)).build()


def test_a_folder_without_a_bundle_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"must be a bundle, or a run with one\. It has no manifest\.json"):
        EarlierResult().open(str(tmp_path))


def test_earlier_runs_below_the_working_folder_are_listed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_bundle(tmp_path / "runs" / "films" / "bundle")
    (tmp_path / "runs" / "broken" / "bundle").mkdir(parents=True)
    assert [card.name for card in EarlierResult().cards()] == ["films"]
