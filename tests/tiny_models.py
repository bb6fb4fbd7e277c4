"""Tiny models as plain data, for tests that need a bundle and no training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from warmstart.core.adapted import Deliverable
from warmstart.core.card import Ancestor, Card
from warmstart.core.feature_reference import FeatureReference
from warmstart.core.task import Task
from warmstart.flow.deliver import BundleFacts

WORDS = ("[PAD]", "[UNK]", "good", "bad", "fine", "awful")
TABLE = np.array([[9, 9], [0, 0], [1, 0], [0, 1], [0.5, 0], [0, 2]], dtype=np.float32)


def onnx_bytes(nodes: Any, inputs: Any, classes: int, width: int, weights: Mapping[str, np.ndarray]) -> bytes:
    """Return a model with the outputs "scores" (rows, classes) and "embedding" (rows, width)."""
    from onnx import TensorProto, helper, numpy_helper

    outputs = [
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", classes]),
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", width]),
    ]
    tensors = [numpy_helper.from_array(values, name) for name, values in weights.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return model.SerializeToString()


def image_model() -> Deliverable:
    """Tell red from blue by the mean colour of an image of 8 × 8 pixels."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Cast", ["pixels"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float", "axes"], ["embedding"], keepdims=0),
        helper.make_node("Gemm", ["embedding", "weight"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 8, 8, 3])]
    weight = np.array([[0.02, -0.02], [0, 0], [-0.02, 0.02]], dtype=np.float32)
    graph = onnx_bytes(nodes, inputs, 2, 3, {"weight": weight, "axes": np.array([1, 2], dtype=np.int64)})
    preparation = {"kind": "image", "size": [8, 8], "resize": "squash", "filter": "bilinear"}
    return Deliverable(preparation, graph, tensors={"weight": weight}, config={"architecture": "tiny"})


def text_model() -> Deliverable:
    """Tell good from bad by the words of a text."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["tokens"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["tokens", "wide"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "middle"], ["embedding"], keepdims=0),
        helper.make_node("Softmax", ["embedding"], ["scores"], axis=1),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in ("input_ids", "attention_mask")
    ]
    weights = {"table": TABLE, "last": np.array([2]), "middle": np.array([1])}
    graph = onnx_bytes(nodes, inputs, 2, 2, weights)
    preparation = {"kind": "text", "tokenizer": "tokenizer.json", "max_length": 16, "pad_id": 0}
    return Deliverable(preparation, graph, assets={"tokenizer.json": tokenizer()}, tensors={"table": TABLE})


def near(*words: str) -> FeatureReference:
    """Return what the training rows of the text model look like where each is one of a few words."""
    means = TABLE[[WORDS.index(word) for word in words]]
    centre, one, axes = np.zeros(2, np.float32), np.ones(1, np.float32), np.eye(2, dtype=np.float32)
    return FeatureReference(centre, axes, axes, means, one, np.linspace(0, 0.5, 19, dtype=np.float32))


def constant_model(classes: int = 2) -> Deliverable:
    """Give the first class 60 %, whatever the input."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Identity", ["features"], ["embedding"]),
        helper.make_node("Gemm", ["features", "weight", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 1])]
    bias = np.zeros(classes, dtype=np.float32)
    bias[0] = np.log(0.6 / (0.4 / (classes - 1)))
    weight = np.zeros((1, classes), dtype=np.float32)
    return Deliverable({"kind": "constant"}, onnx_bytes(nodes, inputs, classes, 1, {"weight": weight, "bias": bias}))


def tokenizer() -> bytes:
    """Return a tokenizer.json that splits at spaces."""
    model = {"type": "WordLevel", "vocab": {word: place for place, word in enumerate(WORDS)}, "unk_token": "[UNK]"}
    value = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None,
        "decoder": None,
        "model": model,
    }
    return json.dumps(value).encode("utf-8")


def facts(kind: str = "image", **changes: Any) -> BundleFacts:
    """Return the facts of a bundle of two classes that nothing real was adapted for."""
    classes = ("red", "blue") if kind == "image" else ("good", "bad")
    ancestor = Ancestor("tiny", "folder", "0" * 64, "Apache-2.0", rows=("a" * 64,))
    card = Card("tiny", "folder", "0" * 64, "Apache-2.0", kind, "tiny", 8, 6, "nothing", lineage=(ancestor,))
    values: dict[str, Any] = {
        "task": Task(classes, kind),
        "card": card,
        "strategy": "probe",
        "cut": "last",
        "input_name": "image" if kind == "image" else "text",
        "input_kind": kind,
        "lineage": (ancestor,),
        "versions": {"warmstart": "0.1.0"},
    }
    return BundleFacts(**values | changes)
