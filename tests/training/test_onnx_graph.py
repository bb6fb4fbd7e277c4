import importlib.util
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from warmstart.errors import SourceError
from warmstart.runtime.graph import Graph
from warmstart.sources._hf_stages import staged
from warmstart.sources._tiny import NETWORKS
from warmstart.training.onnx_graph import (
    agreement,
    attach_head,
    export_stages,
    linear_graph,
    output_names,
    slice_outputs,
    with_weights,
)

SPEC = importlib.util.spec_from_file_location("tiny_network", Path(__file__).with_name("tiny_network.py"))
tiny_network = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tiny_network)


def images(rows):
    return {"pixels": np.random.default_rng(rows).integers(0, 256, (rows, 12, 12, 3)).astype(np.uint8)}


@pytest.fixture(scope="module")
def network():
    network = tiny_network.TinyNetwork().start_over(0)
    network.stages[0][1].running_mean.fill_(0.3)
    network.stages[0][1].running_var.fill_(2.0)
    return network.train()


@pytest.fixture(scope="module")
def model(network):
    return export_stages(network, images(2))


@pytest.fixture
def head():
    rng = np.random.default_rng(0)
    widths = 8 + 12
    return {
        "mean": rng.normal(size=widths),
        "scale": rng.uniform(0.5, 2, widths),
        "weight": rng.normal(size=(3, widths)),
        "bias": rng.normal(size=3),
        "temperature": 2.0,
    }


def test_agrees_with_torch_in_evaluation_mode_for_any_number_of_rows(network, model):
    graph = Graph(model, threads=1)
    assert max(agreement(network, graph, images(rows)) for rows in (1, 2, 5)) < 1e-5


def test_exporting_leaves_the_module_as_it_was(network, model):
    assert isinstance(network.stages[0][1], torch.nn.BatchNorm2d)
    assert network.stages[0][2].inplace


def test_gives_every_stage_pooled_and_unpooled(model):
    assert Graph(model, threads=1).outputs == output_names(3)


def test_uses_standard_operators_and_holds_its_data(model):
    proto = onnx.load_from_string(model)
    onnx.checker.check_model(proto, full_check=True)
    assert {opset.domain for opset in proto.opset_import} == {""}
    assert proto.opset_import[0].version >= 18


def test_says_nothing_while_it_exports(network, capsys, caplog):
    export_stages(network, images(2))
    assert capsys.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelname != "DEBUG"] == []


def test_trained_weights_replace_those_of_the_graph(network, model):
    trained = tiny_network.TinyNetwork().start_over(1)
    graph = Graph(with_weights(model, trained), threads=1)
    assert agreement(trained, graph, images(3)) < 1e-5
    assert agreement(network, graph, images(3)) > 1e-3


def test_weights_of_another_network_are_refused(model):
    other = tiny_network.TinyNetwork()
    other.stages[0][0] = torch.nn.Conv2d(3, 4, 5, stride=2, padding=2, bias=False)
    with pytest.raises(SourceError, match=r"no weight 'stages.0.0.weight' of shape \(4, 3, 5, 5\)"):
        with_weights(model, other)


def test_a_slice_holds_only_what_its_outputs_need(model):
    part = slice_outputs(model, ["pooled_1"])
    assert Graph(part, threads=1).outputs == ["pooled_1"]
    assert not any("stages.2" in tensor.name for tensor in onnx.load_from_string(part).graph.initializer)


def test_a_head_standardises_softens_and_gives_probabilities(model, head):
    graph = Graph(attach_head(model, ["pooled_1", "pooled_3"], **head, embedding=["pooled_2", "pooled_3"]), threads=1)
    found = graph.run(images(4))
    pooled = Graph(model, threads=1).run(images(4), ["pooled_1", "pooled_2", "pooled_3"])
    features = np.concatenate([pooled["pooled_1"], pooled["pooled_3"]], axis=1)
    logits = ((features - head["mean"]) / head["scale"]) @ head["weight"].T + head["bias"]
    expected = np.exp(logits / 2) / np.exp(logits / 2).sum(1, keepdims=True)
    assert np.allclose(found["scores"], expected, atol=1e-5)
    means = [pooled["pooled_2"][:, :4], pooled["pooled_3"][:, :6]]
    units = [mean / np.linalg.norm(mean, axis=1, keepdims=True) for mean in means]
    assert np.allclose(found["embedding"], np.hstack(units), atol=1e-6)
    assert set(found) == {"scores", "embedding"}


def test_of_stages_that_are_only_embedded_no_maximum_is_taken(model, head):
    alone = {name: value[-12:] if name in ("mean", "scale") else value for name, value in head.items()}
    alone["weight"] = head["weight"][:, -12:]
    made = attach_head(model, ["pooled_3"], **alone, embedding=["pooled_1", "pooled_2", "pooled_3"])
    steps = [node.op_type for node in onnx.load_from_string(made).graph.node]
    assert (steps.count("ReduceMean"), steps.count("ReduceMax")) == (3, 1)


def test_further_heads_are_averaged_with_the_first(model, head):
    other = {name: head[name] + 0.5 for name in ("mean", "scale", "weight", "bias")}
    reads = ["pooled_1", "pooled_3"]

    def scores(heads, others=()):
        graph = attach_head(model, reads, **heads, temperature=2.0, embedding=["pooled_3"], others=others)
        return Graph(graph, threads=1).run(images(4), ["scores"])["scores"]

    first = {name: head[name] for name in other}
    expected = (scores(first) + scores(other)) / 2
    assert np.allclose(scores(first, [other]), expected, atol=1e-6)


def test_a_linear_graph_gives_its_input_back_as_the_embedding(head):
    features = np.random.default_rng(1).normal(size=(2, 20)).astype(np.float32)
    found = Graph(linear_graph(20, **head), threads=1).run({"features": features})
    assert np.allclose(found["scores"].sum(1), 1)
    assert np.array_equal(found["embedding"], features)


def test_a_linear_graph_gives_scores_alone_where_its_input_is_no_embedding(head):
    assert Graph(linear_graph(20, **head, embedded=False), threads=1).outputs == ["scores"]


def test_a_text_networks_graph_takes_any_length():
    network = staged("bert", NETWORKS["bert"], {}).start_over(0)
    ids = np.arange(24).reshape(2, 12) % 12
    mask = np.ones_like(ids)
    mask[1, 7:] = 0
    graph = Graph(export_stages(network, {"input_ids": ids[:, :8], "attention_mask": mask[:, :8]}), threads=1)
    assert agreement(network, graph, {"input_ids": ids, "attention_mask": mask}) < 1e-5
    assert agreement(network, graph, {"input_ids": ids[:1, :3], "attention_mask": mask[:1, :3]}) < 1e-5
