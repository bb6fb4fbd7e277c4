"""A staged network as an ONNX graph: exported once, cut by names of outputs, given a head."""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from warmstart.errors import SourceError
from warmstart.runtime.graph import Graph
from warmstart.training.stages import StagedModule

OPSET = 20
HEAD = "head."
OURS = ("scores", "embedding", HEAD)
IR_VERSION = 10
_PREFIX = "network."


def output_names(stages: int) -> list[str]:
    """Return the outputs of an exported network: "pooled_1", "hidden_1", … to the last stage."""
    return [f"{kind}_{number}" for number in range(1, stages + 1) for kind in ("pooled", "hidden")]


class _EveryStage(nn.Module):
    """Gives the pooled and the unpooled output of every stage, in the order of `output_names`."""

    def __init__(self, network: StagedModule) -> None:
        super().__init__()
        self.network = network
        self.eval()

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        network = self.network
        activation = network.enter(dict(zip(network.inputs, inputs, strict=True)))
        reached = network.walk(activation, 0, len(network.stages))
        return tuple(part for after in reached for part in (network.pool(after), after["hidden"]))


def export_stages(module: StagedModule, example: Mapping[str, np.ndarray]) -> bytes:
    """Return the network as a graph that takes prepared inputs and gives every stage's outputs.

    Rows, and the tokens of texts, may be of any number when it runs. Every weight keeps its name, so
    that `with_weights` can replace it.

    Parameters
    ----------
    example : prepared inputs of at least two rows (and, for texts, at least two tokens) to trace.

    Returns
    -------
    A model with inputs named as `module.inputs` and outputs named by `output_names`.
    """
    whole = _EveryStage(_fused(module))
    tensors = tuple(torch.from_numpy(np.ascontiguousarray(example[name])) for name in module.inputs)
    shapes = tuple(dict.fromkeys(range(1 if tensor.ndim > 2 else 2), torch.export.Dim.DYNAMIC) for tensor in tensors)
    with _quiet(), torch.no_grad():
        program: Any = torch.onnx.export(
            whole,
            tensors,
            dynamo=True,
            optimize=False,
            verbose=False,
            external_data=False,
            opset_version=OPSET,
            dynamic_shapes=(shapes,),
            input_names=list(module.inputs),
            output_names=output_names(len(module.stages)),
        )
        _simplify(program.model)
        return _serialised(program.model_proto)


def with_weights(model: bytes, module: StagedModule) -> bytes:
    """Return an exported graph with the weights of a trained copy of the network that it came from.

    Raises
    ------
    SourceError : the graph is of another network.
    """
    import onnx

    proto = onnx.load_from_string(model)
    weights = _fused(module).state_dict()
    slots = {tensor.name.removeprefix(_PREFIX): tensor for tensor in proto.graph.initializer}
    for name, parameter in weights.items():
        if not parameter.is_floating_point():
            continue
        if name not in slots or list(slots[name].dims) != list(parameter.shape):
            raise SourceError(
                f"The exported graph has no weight '{name}' of shape {tuple(parameter.shape)}. Export it."
            )
        slots[name].CopyFrom(onnx.numpy_helper.from_array(parameter.detach().cpu().numpy(), slots[name].name))
    return _serialised(proto)


def slice_outputs(model: bytes, outputs: Sequence[str]) -> bytes:
    """Return the part of the graph that the named outputs need; ONNX Runtime computes outputs nobody reads."""
    import onnx
    from onnx.utils import Extractor

    proto = onnx.load_from_string(model)
    inputs = [item.name for item in proto.graph.input]
    return _serialised(Extractor(proto).extract_model(inputs, list(outputs)))


def attach_head(
    model: bytes,
    pooled_outputs: Sequence[str],
    *,
    mean: np.ndarray,
    scale: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    temperature: float,
    embedding: Sequence[str],
    others: Sequence[Mapping[str, np.ndarray]] = (),
) -> bytes:
    """Return the graph with a linear classifier on pooled outputs, and nothing that it does not need.

    Parameters
    ----------
    pooled_outputs : the outputs it reads, side by side in this order, `width` numbers in all.
    mean, scale : of shape (width,); features are standardised as (features - mean) / scale.
    weight, bias : of shapes (classes, width) and (classes,).
    temperature : logits are divided by it before the softmax.
    embedding : the pooled outputs whose means over positions, each scaled to length one, are given side by side.
    others : mean, scale, weight and bias of further classifiers; the scores are the mean of all their probabilities.

    Returns
    -------
    A model with outputs "scores" (rows, classes) and "embedding".
    """
    import onnx

    model, means = _with_means(model, embedding)
    needed = list(dict.fromkeys([*pooled_outputs, *means]))
    proto = onnx.load_from_string(slice_outputs(model, needed))
    _make_room(proto, needed)
    heads = [{"mean": mean, "scale": scale, "weight": weight, "bias": bias}, *others]
    nodes, tensors = _heads(list(pooled_outputs), heads, temperature=temperature)
    proto.graph.node.extend([*nodes, *_side_by_side(means)])
    proto.graph.initializer.extend(tensors)
    del proto.graph.output[:]
    proto.graph.output.extend([_floats("scores", len(bias)), _floats("embedding", None)])
    return _serialised(proto)


def _with_means(model: bytes, pooled_outputs: Sequence[str]) -> tuple[bytes, list[str]]:
    """Return the graph with the means among pooled outputs as outputs, too, and their names.

    A pooled output is a mean and a maximum, joined. What reads means alone need not pay for the maxima of every stage.
    """
    import onnx

    proto = onnx.load_from_string(model)
    made_by = {name: node for node in proto.graph.node for name in node.output}
    means = [made_by[name].input[0] for name in pooled_outputs]
    proto.graph.output.extend(_floats(name, None) for name in means)
    return bytes(proto.SerializeToString()), means


def _side_by_side(means: Sequence[str]) -> list[Any]:
    """Return the nodes that scale every mean to length one and join them as "embedding"."""
    from onnx.helper import make_node

    units = [f"{HEAD}unit_{number}" for number in range(1, len(means) + 1)]
    scaling = [make_node("LpNormalization", [mean], [unit], axis=1) for mean, unit in zip(means, units, strict=True)]
    return [*scaling, make_node("Concat", units, ["embedding"], axis=1)]


def _make_room(proto: Any, kept: Sequence[str]) -> None:
    """Rename what the network calls by a name that the head is going to use."""

    def free(name: str) -> str:
        return f"network.{name}" if name.startswith(OURS) and name not in kept else name

    for node in proto.graph.node:
        node.input[:] = [free(name) for name in node.input]
        node.output[:] = [free(name) for name in node.output]
    for item in [*proto.graph.initializer, *proto.graph.value_info]:
        item.name = free(item.name)


def linear_graph(
    width: int,
    *,
    mean: np.ndarray,
    scale: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    temperature: float,
    embedded: bool = True,
) -> bytes:
    """Return a linear classifier alone: input "features" (rows, width), where wanted given back as "embedding"."""
    import onnx

    nodes, tensors = _head(["features"], mean=mean, scale=scale, weight=weight, bias=bias, temperature=temperature)
    outputs = [_floats("scores", len(bias))]
    if embedded:
        nodes.append(onnx.helper.make_node("Identity", ["features"], ["embedding"]))
        outputs.append(_floats("embedding", width))
    graph = onnx.helper.make_graph(nodes, "linear", [_floats("features", width)], outputs, tensors)
    opsets = [onnx.helper.make_opsetid("", OPSET)]
    return _serialised(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION))


def agreement(module: StagedModule, graph: Graph, example: Mapping[str, np.ndarray]) -> float:
    """Return how far the graph's pooled features are from torch's, at most, as a share of their size.

    Parameters
    ----------
    example : prepared inputs of a few rows.

    Returns
    -------
    The largest over stages of: largest absolute difference / largest absolute value.
    """
    module = module.eval()
    with torch.no_grad():
        expected = module({name: torch.from_numpy(np.ascontiguousarray(example[name])) for name in module.inputs})
    names = [f"pooled_{number}" for number in range(1, len(expected) + 1)]
    found = graph.run(example, names)
    pairs = zip(expected, (found[name] for name in names), strict=True)
    return max(float(np.abs(a.numpy() - b).max() / max(float(a.abs().max()), 1e-12)) for a, b in pairs)


def _heads(reads: list[str], heads: Sequence[Mapping[str, Any]], *, temperature: float) -> tuple[list[Any], list[Any]]:
    """Return the nodes and constants of one head, or of several and the mean of what they give."""
    from onnx import helper

    if len(heads) == 1:
        return _head(reads, **heads[0], temperature=temperature)
    nodes: list[Any] = []
    tensors: list[Any] = []
    given = []
    for number, head in enumerate(heads, start=1):
        given.append(f"{HEAD}{number}.scores")
        made = _head(reads, **head, temperature=temperature, prefix=f"{HEAD}{number}.", scores=given[-1])
        nodes, tensors = nodes + made[0], tensors + made[1]
    return [*nodes, helper.make_node("Mean", given, ["scores"])], tensors


def _head(
    reads: list[str],
    *,
    mean: np.ndarray,
    scale: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    temperature: float,
    prefix: str = HEAD,
    scores: str = "scores",
) -> tuple[list[Any], list[Any]]:
    """Return the nodes and constants of standardise → linear → soften → softmax, giving the output `scores`."""
    from onnx import helper, numpy_helper

    values = {"mean": mean, "scale": scale, "weight": weight, "bias": bias, "temperature": np.array(temperature)}
    tensors = [numpy_helper.from_array(np.asarray(v, dtype=np.float32), prefix + k) for k, v in values.items()]
    steps: list[tuple[str, list[str], str, dict[str, Any]]] = [
        ("Sub", ["features", "mean"], "centred", {}),
        ("Div", ["centred", "scale"], "standard", {}),
        ("Gemm", ["standard", "weight", "bias"], "logits", {"transB": 1}),
        ("Div", ["logits", "temperature"], "softened", {}),
    ]
    nodes = [
        helper.make_node("Concat", reads, [f"{prefix}features"], axis=1),
        *(
            helper.make_node(kind, [prefix + name for name in inputs], [prefix + output], **how)
            for kind, inputs, output, how in steps
        ),
        helper.make_node("Softmax", [f"{prefix}softened"], [scores], axis=1),
    ]
    return nodes, tensors


def _floats(name: str, width: int | None) -> Any:
    """Return the declaration of a float32 matrix of any number of rows."""
    import onnx

    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["rows", width])


def _fused(module: StagedModule) -> StagedModule:
    """Return a copy in evaluation mode with every BatchNorm inside the convolution before it."""
    network: Any = copy.deepcopy(module).eval()
    for part in list(network.modules()):
        _fuse_children(part)
        if hasattr(part, "inplace"):
            part.inplace = False
    return network


def _fuse_children(part: nn.Module) -> None:
    """Join neighbours (convolution, BatchNorm) among a module's children."""
    names = list(part._modules)
    for name, following in itertools.pairwise(names):
        first, second = part._modules[name], part._modules[following]
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            joined = nn.utils.fusion.fuse_conv_bn_eval(first, second)
            part._modules[name], part._modules[following] = joined, nn.Identity()


def _simplify(model: Any) -> None:
    """Compute constants once, except what a weight goes into, so that weights keep their names."""
    from onnx_ir.passes.common import RemoveUnusedNodesPass
    from onnxscript.optimizer import fold_constants

    def may_fold(node: Any) -> bool | None:
        weighs = any(value is not None and value.is_initializer() for value in node.inputs)
        return False if weighs else None

    fold_constants(model, should_fold=may_fold)
    RemoveUnusedNodesPass()(model)


def _serialised(proto: Any) -> bytes:
    """Return the model's bytes without what describes the machine it was made on."""
    for node in proto.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    del proto.metadata_props[:]
    del proto.graph.metadata_props[:]
    del proto.graph.value_info[:]
    return bytes(proto.SerializeToString(deterministic=True))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's chatter about its own insides from the user."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
