import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests.tiny_models import image_model, onnx_bytes
from warmstart.errors import NotApplicable
from warmstart.runtime.graph import Graph
from warmstart.training.quantized import quantized

WORDS, WIDTH = 2000, 64


@pytest.fixture(scope="module")
def model():
    """Look words up, multiply by a weight as it is and by a transposed one, average, and classify."""
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("MatMul", ["words", "plain"], ["wide"]),
        helper.make_node("Relu", ["wide"], ["kept"]),
        helper.make_node("Transpose", ["stored"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["kept", "turned"], ["narrow"]),
        helper.make_node("Transpose", ["narrow"], ["sideways"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["narrow", "sideways"], ["pairs"]),
        helper.make_node("MatMul", ["pairs", "narrow"], ["mixed"]),
        helper.make_node("ReduceMean", ["mixed", "middle"], ["embedding"], keepdims=0),
        helper.make_node("Gemm", ["embedding", "head.weight"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "t"])]
    shapes = {
        "table": (WORDS, WIDTH),
        "plain": (WIDTH, 2 * WIDTH),
        "stored": (WIDTH, 2 * WIDTH),
        "head.weight": (WIDTH, 3),
    }
    weights = {name: (rng.normal(size=shape) / 8).astype(np.float32) for name, shape in shapes.items()}
    return onnx_bytes(nodes, inputs, 3, WIDTH, {**weights, "middle": np.array([1])})


def ids(rows, *, seed=0):
    return np.random.default_rng(seed).integers(0, WORDS, (rows, 5))


def answer(model, words):
    return Graph(model, threads=1).run({"input_ids": words})


def tensors(model):
    return {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load_from_string(model).graph.initializer}


def test_it_answers_almost_as_the_graph_did(model):
    before, after = (answer(one, ids(50)) for one in (model, quantized(model)))
    one, other = before["embedding"], after["embedding"]
    cosines = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert 0.999 < cosines.min() < 1
    np.testing.assert_allclose(after["scores"], before["scores"], atol=0.02)


def test_it_takes_a_quarter_of_the_room(model):
    assert len(quantized(model)) < 0.3 * len(model)


def test_an_answer_does_not_depend_on_the_rows_beside_it(model):
    graph, words = Graph(quantized(model), threads=1), ids(8)
    together = graph.run({"input_ids": words})["embedding"]
    alone = [graph.run({"input_ids": words[row : row + 1]})["embedding"][0] for row in range(8)]
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_weights_leave_room_for_sums_of_two_products_in_16_bits(model):
    found = {name: values for name, values in tensors(quantized(model)).items() if values.dtype == np.int8}
    assert set(found) == {"table.int8", "plain.int8", "turned.int8"}
    for name in ("plain.int8", "turned.int8"):
        assert 2 * 255 * int(np.abs(found[name]).max()) < 2**15


def test_only_standard_operators_are_used_and_no_weight_stays_twice(model):
    made = onnx.load_from_string(quantized(model))
    assert {node.domain for node in made.graph.node} == {""}
    assert not {"table", "plain", "stored"} & set(tensors(quantized(model)))
    onnx.checker.check_model(made)


def test_the_head_and_products_of_two_activations_stay_as_they_were(model):
    made = onnx.load_from_string(quantized(model))
    assert "head.weight" in tensors(quantized(model))
    assert sum(node.op_type == "MatMul" for node in made.graph.node) == 2


def test_rows_of_zeros_stay_zeros(model):
    silent = onnx.load_from_string(model)
    table = next(one for one in silent.graph.initializer if one.name == "table")
    table.CopyFrom(onnx.numpy_helper.from_array(np.zeros((WORDS, WIDTH), np.float32), "table"))
    assert not answer(quantized(silent.SerializeToString()), ids(2))["embedding"].any()


def test_the_same_graph_gives_the_same_bytes(model):
    assert quantized(model) == quantized(model)


def test_a_graph_without_products_by_weights_is_not_touched():
    with pytest.raises(NotApplicable, match="convolutions stay in fp32"):
        quantized(image_model().graph)
