"""A tiny bundle that stores where its classes lie, and new texts for it: what an update is tested on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from tests.tiny_models import constant_model, facts, onnx_bytes, tokenizer
from warmstart.core.adapted import Deliverable
from warmstart.core.card import Ancestor
from warmstart.core.evidence import Evidence, Novelty, Predictions
from warmstart.core.feature_reference import FeatureReference
from warmstart.core.task import Task
from warmstart.flow.deliver import deliver
from warmstart.learning.feature_space import compared_with, feature_space
from warmstart.runtime.bundle import Bundle

OLD = ("good", "bad")
WORDS = ("good", "bad", "fine", "awful")
FITTED, TESTED = 60, 40


def texts(name: str, rows: int, *, seed: int) -> list[str]:
    """Return texts of a class, none of them twice: the word that stands in them most often is the class."""
    rng = np.random.default_rng([seed, *map(ord, name)])
    counts = rng.poisson([9 if word == name else 2 for word in WORDS], size=(rows, len(WORDS)))
    return [
        " ".join([word for word, count in zip(WORDS, row, strict=True) for _ in range(count)] + [f"{name}{seed}x{n}"])
        for n, row in enumerate(counts)
    ]


def counting_model() -> Deliverable:
    """See how often each of four words, and any other, stands in a text; tell good from bad by the first two."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["tokens"]),
        helper.make_node("ReduceSum", ["tokens", "middle"], ["embedding"], keepdims=0),
        helper.make_node("Gemm", ["embedding", "weight"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in ("input_ids", "attention_mask")
    ]
    table = np.concatenate([np.zeros((1, 10)), np.tile(np.eye(5), 2)[[4, 0, 1, 2, 3]]]).astype(np.float32)
    weights = {"table": table, "middle": np.array([1]), "weight": np.eye(10, 2, dtype=np.float32)}
    preparation = {"kind": "text", "tokenizer": "tokenizer.json", "max_length": 64, "pad_id": 0}
    graph = onnx_bytes(nodes, inputs, 2, 10, weights)
    return Deliverable(preparation, graph, {"tokenizer.json": tokenizer()}, {"head.weight": table, "network": table})


def bundle(
    folder: Path, *, cross_fitted: bool = False, row_data: bool = True, reference: bool = True, **changes: Any
) -> Bundle:
    """Return a bundle of "good" and "bad", fitted on texts of seed 0 and tested on those of seed 1."""
    rows, codes = _rows(FITTED, seed=0)
    tested, truth = _rows(TESTED, seed=1)
    ancestor = Ancestor("first", "result:first", "0" * 64, "Apache-2.0", tuple(map(_hash, rows)))
    space = feature_space(_features(rows), codes)
    known = compared_with(space, space.distance(_features(rows)))
    return deliver(
        folder / "first" / "bundle", deliverable=counting_model(), control=constant_model(), readme="# First\n",
        facts=facts("text", lineage=(ancestor,), **changes), evidence=_evidence(tested, truth, known, cross_fitted),
        reference={"rows": FITTED, "classes": {"good": FITTED // 2, "bad": FITTED // 2}},
        feature_reference=known if reference else None, row_data=row_data,
    )  # fmt: skip


def table(folder: Path, name: str = "more.csv", *, seed: int = 2, header: str = "text,label", **rows: int) -> Path:
    """Write a table of so many new texts of each class and return its path."""
    lines = [f"{text},{label}" for label, count in rows.items() for text in texts(label, count, seed=seed)]
    (folder / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return folder / name


def _rows(count: int, *, seed: int) -> tuple[list[str], np.ndarray]:
    return [text for name in OLD for text in texts(name, count // 2, seed=seed)], np.repeat([0, 1], count // 2)


def _features(rows: list[str]) -> np.ndarray:
    counts = np.array([[*(text.split().count(word) for word in WORDS), 1] for text in rows], dtype=np.float32)
    return np.tile(counts, 2)


def _evidence(rows: list[str], truth: np.ndarray, known: FeatureReference, cross_fitted: bool) -> Evidence:
    features = _features(rows)
    proba = softmax(features[:, :2].astype(np.float64), axis=1)
    columns = None if cross_fitted else known.columns(features)
    return Evidence(
        task=Task(OLD, "text"), metric="accuracy", evaluation="cross-fitted" if cross_fitted else "held-out",
        ids=tuple(f"old {row}" for row in range(len(rows))), truth=truth, chosen="delivered", candidate="delivered",
        control="delivered", predictions={"delivered": Predictions(proba, proba.argmax(axis=1))},
        hashes=tuple(map(_hash, rows)), novelty=Novelty(known.p_values(features), "", columns),
    )  # fmt: skip


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
