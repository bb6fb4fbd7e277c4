import hashlib
import threading

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.tiny_models import constant_model, image_model
from warmstart.errors import BundleError
from warmstart.runtime.graph import Graph


def model(nodes, *, tensors=(), functions=(), domains=("",)):
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph(nodes, "g", [value], [out], list(tensors))
    sets = [helper.make_opsetid(domain, 1 if domain else 18) for domain in domains]
    return helper.make_model(graph, opset_imports=sets, functions=list(functions), ir_version=10)


def test_gives_named_outputs():
    graph = Graph(constant_model().graph, threads=1)
    assert (graph.inputs, graph.outputs) == (["features"], ["scores", "embedding"])
    found = graph.run({"features": np.zeros((3, 1), np.float32), "unused": np.zeros(1)}, ["scores"])
    assert list(found) == ["scores"]
    np.testing.assert_allclose(found["scores"], [[0.6, 0.4]] * 3, atol=1e-6)


def test_reads_a_file_when_first_asked(tmp_path):
    graph = Graph(tmp_path / "model.onnx", threads=1)
    (tmp_path / "model.onnx").write_bytes(image_model().graph)
    assert graph.inputs == ["pixels"]


def test_loads_once_from_many_threads():
    graph, found = Graph(image_model().graph, threads=1), []
    threads = [threading.Thread(target=lambda: found.append(graph.load())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1


def test_a_missing_input_or_output_is_named():
    graph = Graph(constant_model().graph, threads=1)
    with pytest.raises(BundleError, match=r"does not find features\. There is: pixels"):
        graph.run({"pixels": np.zeros((1, 1), np.float32)})
    with pytest.raises(BundleError, match="does not give pooled"):
        graph.run({"features": np.zeros((1, 1), np.float32)}, ["pooled"])


def test_a_wrong_shape_is_a_sentence_with_the_shape():
    with pytest.raises(BundleError, match=r"could not run on features float32\(1, 7\)"):
        Graph(constant_model().graph, threads=1).run({"features": np.zeros((1, 7), np.float32)})


def test_refuses_operators_of_others():
    node = helper.make_node("FusedGemm", ["x"], ["y"], domain="com.evil")
    with pytest.raises(BundleError, match=r"standard operators only. It uses those of com.evil"):
        Graph(model([node], domains=("", "com.evil")).SerializeToString(), threads=1).load()


def test_refuses_operators_of_others_in_a_branch():
    out = helper.make_tensor_value_info("z", TensorProto.FLOAT, None)
    branch = helper.make_graph([helper.make_node("Odd", ["x"], ["z"], domain="com.evil")], "b", [], [out])
    flag = numpy_helper.from_array(np.array(True), "flag")
    node = helper.make_node("If", ["flag"], ["y"], then_branch=branch, else_branch=branch)
    with pytest.raises(BundleError, match=r"com\.evil"):
        Graph(model([node], tensors=[flag]).SerializeToString(), threads=1).load()


def test_refuses_operators_of_others_in_a_function():
    inner = helper.make_node("Odd", ["a"], ["b"], domain="com.evil")
    function = helper.make_function("", "F", ["a"], ["b"], [inner], [helper.make_opsetid("com.evil", 1)])
    node = helper.make_node("F", ["x"], ["y"])
    with pytest.raises(BundleError, match=r"com\.evil"):
        Graph(model([node], functions=[function]).SerializeToString(), threads=1).load()


@pytest.mark.parametrize("where", ["initializer", "attribute"])
def test_refuses_data_in_other_files(where):
    tensor = numpy_helper.from_array(np.zeros((1, 2), np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    if where == "initializer":
        made = model([helper.make_node("Add", ["x", "w"], ["y"])], tensors=[tensor])
    else:
        constant = helper.make_node("Constant", [], ["w"])
        constant.attribute.append(helper.make_attribute("value", tensor))
        made = model([constant, helper.make_node("Add", ["x", "w"], ["y"])])
    with pytest.raises(BundleError, match=r"must hold all of its data. It reads another file"):
        Graph(made.SerializeToString(), threads=1).load()


@pytest.mark.parametrize("data", [b"", b"\x00" * 50, b"<!DOCTYPE html>", b"\xff" * 100, image_model().graph[:200]])
def test_refuses_what_is_not_onnx(data):
    with pytest.raises(BundleError, match="must be an ONNX model"):
        Graph(data, threads=1).load()


def test_a_graph_that_does_not_load_is_a_sentence():
    node = helper.make_node("NoSuchOperator", ["x"], ["y"])
    with pytest.raises(BundleError, match=r"cannot be loaded: .*NoSuchOperator"):
        Graph(model([node]).SerializeToString(), threads=1).load()


def test_a_file_that_is_not_what_it_was_is_refused_before_it_is_parsed(tmp_path):
    file = tmp_path / "model.onnx"
    content = image_model().graph
    file.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    assert Graph(file, threads=1, sha256=sha256).inputs == ["pixels"]
    changed = Graph(file, threads=1, sha256=sha256)
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BundleError, match="has changed since it was made"):
        changed.load()


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "model.onnx").touch()
    with pytest.raises(BundleError, match="It holds no operators"):
        Graph(tmp_path / "model.onnx", threads=1).load()
