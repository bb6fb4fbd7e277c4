"""A bundle's graph with a grown head: the old graph as it is, and after it what the new rows have taught; no torch."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.core.feature_reference import FeatureReference
from warmstart.learning.grown_head import GrownHead
from warmstart.learning.metrics import CLIP

MARK = "update_{}."
TINY = 1e-20
"""A row of zeros is not divided by zero."""


def grown_graph(model: bytes, reference: FeatureReference, head: GrownHead) -> bytes:
    """Return the graph whose "scores" are those of all classes; everything else in it stays, also what is in int8.

    Parameters
    ----------
    model : a graph with the outputs "scores" (rows, old classes) and "embedding" (rows, width).
    reference : makes the head's columns of the embedding.
    """
    import onnx

    proto = onnx.load_from_string(model)
    mark = _unused_mark(proto.graph)
    for node in proto.graph.node:
        node.input[:] = [f"{mark}before" if name == "scores" else name for name in node.input]
        node.output[:] = [f"{mark}before" if name == "scores" else name for name in node.output]
    constants = _constants(reference, head)
    proto.graph.node.extend(_nodes(mark, grows=len(head.counts) > head.old))
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array(value, f"{mark}{name}") for name, value in constants.items()
    )
    scores = next(output for output in proto.graph.output if output.name == "scores")
    scores.CopyFrom(onnx.helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, ["rows", len(head.counts)]))
    return bytes(proto.SerializeToString(deterministic=True))


def _unused_mark(graph: Any) -> str:
    """Return what names begin with that no earlier update has given."""
    taken = {name for node in graph.node for name in node.output}
    count = 1
    while f"{MARK.format(count)}before" in taken:
        count += 1
    return MARK.format(count)


def _constants(reference: FeatureReference, head: GrownHead) -> dict[str, np.ndarray]:
    """Return the numbers of the head, as of the embedding itself."""
    after, shift = head.discriminants, head.shift
    floats = {
        "tiny": np.array(TINY),
        "centre": reference.centre,
        "directions": reference.directions @ reference.whitening,
        "weight": after.weight,
        "bias": after.bias,
        "shift_weight": shift.weight,
        "shift_bias": shift.bias,
        "least": np.array(CLIP),
    }
    whole = {"parts": np.array([head.old, len(head.counts) - head.old]), "last": np.array([1])}
    return {name: np.ascontiguousarray(value, np.float32) for name, value in floats.items()} | {
        name: value.astype(np.int64) for name, value in whole.items()
    }


def _nodes(mark: str, *, grows: bool) -> list[Any]:
    """Return the steps of `GrownHead.proba`."""
    from onnx.helper import make_node

    def step(operator: str, reads: str, gives: str, **attributes: Any) -> Any:
        def marked(names: str) -> list[str]:
            return [name if name in ("embedding", "scores") else mark + name for name in names.split()]

        return make_node(operator, marked(reads), marked(gives), **attributes)

    among_old = [
        step("Mul", "embedding embedding", "squares"),
        step("ReduceSum", "squares last", "square", keepdims=1),
        step("Sqrt", "square", "length"),
        step("Max", "length tiny", "divisor"),
        step("Div", "embedding divisor", "scaled"),
        step("Sub", "scaled centre", "centred"),
        step("MatMul", "centred directions", "columns"),
        step("Max", "before least", "clipped"),
        step("Log", "clipped", "logits"),
        step("Gemm", "columns shift_weight shift_bias", "shift", transB=1),
        step("Add", "logits shift", "shifted"),
    ]
    if not grows:
        return [*among_old, step("Softmax", "shifted", "scores", axis=1)]
    return [
        *among_old,
        step("Softmax", "shifted", "among_old", axis=1),
        step("Gemm", "columns weight bias", "discriminants", transB=1),
        step("Softmax", "discriminants", "every", axis=1),
        step("Split", "every parts", "old new", axis=1),
        step("ReduceSum", "old last", "kept", keepdims=1),
        step("Mul", "among_old kept", "shared"),
        step("Concat", "shared new", "scores", axis=1),
    ]
