"""A graph with its matrix products and its tables of embeddings in 8-bit integers.

Every row (token) is scaled by its own largest number while the graph runs, and every weight column by
its own: token-wise dynamic quantisation (Yao et al., ZeroQuant, NeurIPS 2022; Dettmers et al.,
LLM.int8(), NeurIPS 2022). ONNX Runtime's `quantize_dynamic` takes one scale for a whole batch instead,
so that the answer to a text would depend on the texts beside it; here it does not. Weights take 7 of
the 8 bits: sums of two products then fit the 16 bits that processors without VNNI have for them, and
a bundle answers alike on every processor. Operators are the standard ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.errors import NotApplicable

WEIGHT_TOP, ROW_TOP, TABLE_TOP = 64, 127, 127
MIDDLE = 128
TABLE_CELLS = 10_000
"""A smaller table of embeddings saves nothing."""
_CONSTANTS = {
    "int8.last": np.array([-1], np.int64),
    "int8.share": np.float32(1 / ROW_TOP),
    "int8.least": np.float32(1e-20),
    "int8.middle": np.float32(MIDDLE),
    "int8.zero": np.uint8(MIDDLE),
}


def quantized(model: bytes) -> bytes:
    """Return the graph with products by constant weights, and tables that are looked up, in integers.

    Raises
    ------
    NotApplicable : it has no such products. Convolutions are not touched, nor is the linear head.
    """
    import onnx

    proto = onnx.load_from_string(model)
    rewriting = _Rewriting(proto.graph)
    rewriting.run()
    if not rewriting.products:
        raise NotApplicable("it has no matrix products by constant weights; convolutions stay in fp32.")
    rewriting.finish()
    return bytes(proto.SerializeToString(deterministic=True))


class _Rewriting:
    """Walks a graph and puts integer operators in the place of products and look-ups."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._transposed = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Transpose"}
        self._rows: dict[str, tuple[str, str]] = {}
        self.tensors: dict[str, np.ndarray] = {}
        self.nodes: list[Any] = []
        self.products = 0

    def run(self) -> None:
        """Rewrite every node that can be."""
        for node in self._graph.node:
            weight = self._weight(node.input[1]) if node.op_type == "MatMul" else None
            table = self._weight(node.input[0]) if _looks_up_rows(node) else None
            if weight is not None:
                self._product(node, weight)
            elif table is not None and table.size >= TABLE_CELLS:
                self._look_up(node, table)
            else:
                self.nodes.append(node)

    def finish(self) -> None:
        """Put the new nodes and constants into the graph, and leave out what nothing reads any more."""
        from onnx import numpy_helper

        wanted = {name for node in self.nodes for name in node.input} | {item.name for item in self._graph.output}
        nodes = [node for node in self.nodes if wanted.intersection(node.output)]
        read = {name for node in nodes for name in node.input}
        kept = [tensor for name, tensor in self._constants.items() if name in read]
        added = {**_CONSTANTS, **self.tensors}
        del self._graph.node[:], self._graph.initializer[:]
        self._graph.node.extend(nodes)
        self._graph.initializer.extend([*kept, *(numpy_helper.from_array(np.asarray(v), n) for n, v in added.items())])

    def _weight(self, name: str) -> np.ndarray | None:
        """Return a constant float matrix, also one that the graph transposes before it is used."""
        from onnx import TensorProto, numpy_helper

        tensor = self._constants.get(self._transposed.get(name, name))
        if tensor is None or len(tensor.dims) != 2 or tensor.data_type != TensorProto.FLOAT:
            return None
        values = numpy_helper.to_array(tensor)
        return values.T if name in self._transposed else values

    def _product(self, node: Any, weight: np.ndarray) -> None:
        """Multiply integers, and scale the sums by row and by column."""
        integers, scale = self._quantized_rows(node.input[0])
        name, out = node.input[1], node.output[0]
        self._keep(name, weight, WEIGHT_TOP, axis=0)
        self._add("MatMulInteger", [integers, f"{name}.int8", "int8.zero"], f"{out}.sums")
        self._add("Cast", [f"{out}.sums"], f"{out}.floats", to=_type("FLOAT"))
        self._add("Mul", [f"{out}.floats", f"{name}.scale"], f"{out}.columns")
        self._add("Mul", [f"{out}.columns", scale], out)
        self.products += 1

    def _quantized_rows(self, name: str) -> tuple[str, str]:
        """Return the names of a tensor's rows as integers around the middle, and of their scales; made once."""
        if name not in self._rows:
            integers, scale = f"{name}.int8", f"{name}.scale"
            self._add("Abs", [name], f"{name}.size")
            self._add("ReduceMax", [f"{name}.size", "int8.last"], f"{name}.top", keepdims=1)
            self._add("Mul", [f"{name}.top", "int8.share"], f"{name}.step")
            self._add("Max", [f"{name}.step", "int8.least"], scale)
            self._add("Div", [name, scale], f"{name}.steps")
            self._add("Round", [f"{name}.steps"], f"{name}.whole")
            self._add("Add", [f"{name}.whole", "int8.middle"], f"{name}.raised")
            self._add("Cast", [f"{name}.raised"], integers, to=_type("UINT8"))
            self._rows[name] = integers, scale
        return self._rows[name]

    def _look_up(self, node: Any, table: np.ndarray) -> None:
        """Look up integers and the scales of their rows."""
        name, out = node.input[0], node.output[0]
        self._keep(name, table, TABLE_TOP, axis=1)
        self._add("Gather", [f"{name}.int8", node.input[1]], f"{out}.found", axis=0)
        self._add("Gather", [f"{name}.scale", node.input[1]], f"{out}.found_scale", axis=0)
        self._add("Cast", [f"{out}.found"], f"{out}.found_floats", to=_type("FLOAT"))
        self._add("Mul", [f"{out}.found_floats", f"{out}.found_scale"], out)

    def _keep(self, name: str, values: np.ndarray, top: int, *, axis: int) -> None:
        """Keep a matrix as integers up to `top`, with one scale for each of its columns (axis 0) or rows (1)."""
        scale = np.maximum(np.abs(values).max(axis=axis, keepdims=True) / top, np.float32(1e-20)).astype(np.float32)
        self.tensors[f"{name}.int8"] = np.rint(values / scale).astype(np.int8)
        self.tensors[f"{name}.scale"] = scale[0] if axis == 0 else scale

    def _add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))


def _looks_up_rows(node: Any) -> bool:
    """Return whether a node takes rows of its first input."""
    return node.op_type == "Gather" and all(item.i == 0 for item in node.attribute if item.name == "axis")


def _type(name: str) -> int:
    from onnx import TensorProto

    return int(getattr(TensorProto, name))
