"""Tiny models with random weights, saved as others save real ones: the examples of the contract tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

VIT: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 16,
    "patch_size": 8,
}
RESNET: dict[str, Any] = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 2], "layer_type": "basic"}
CONVNEXT: dict[str, Any] = {"num_stages": 2, "hidden_sizes": [8, 16], "depths": [1, 2]}
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "very", "not", "a", "film", ".")
BERT: dict[str, Any] = {
    "vocab_size": len(WORDS),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
}
DISTILBERT: dict[str, Any] = {
    "vocab_size": len(WORDS),
    "dim": 16,
    "n_layers": 2,
    "n_heads": 2,
    "hidden_dim": 32,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
}
MODERNBERT: dict[str, Any] = {
    "vocab_size": len(WORDS),
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 32,
    "local_attention": 6,
    "global_attn_every_n_layers": 3,
    "pad_token_id": 0,
}
NETWORKS = {
    "vit": VIT,
    "resnet": RESNET,
    "convnext": CONVNEXT,
    "bert": BERT,
    "distilbert": DISTILBERT,
    "modernbert": MODERNBERT,
}


def tiny_folder(folder: Path, kind: str = "vit") -> str:
    """Save a tiny network of an architecture in Hugging Face layout and return the folder's path."""
    from warmstart.sources import _hf_plan

    _save(kind, folder)
    if kind in _hf_plan.IMAGES:
        side = {"height": 16, "width": 16}
        _json(folder / "preprocessor_config.json", {"size": side, "image_mean": [0.5] * 3, "image_std": [0.5] * 3})
    else:
        (folder / "tokenizer.json").write_text(tiny_tokenizer(), encoding="utf-8")
    return str(folder)


def tiny_tokenizer() -> str:
    """Return a tokenizer.json of a dozen words."""
    from tokenizers import BertWordPieceTokenizer

    return str(BertWordPieceTokenizer({word: place for place, word in enumerate(WORDS)}).to_str())


def tiny_bundle(folder: Path) -> str:
    """Write a bundle that holds an adapted tiny BERT and return its path."""
    import numpy as np
    from safetensors.numpy import save_file

    from warmstart.core.card import Card
    from warmstart.runtime import rows_seen
    from warmstart.runtime.sealed_folder import seal
    from warmstart.sources._architectures import network_of

    base = Card(
        name="tiny-bert",
        origin="made here",
        sha256="0" * 64,
        licence="Apache-2.0",
        modality="text",
        architecture="bert",
        input_size=32,
        parameter_count=1,
        trained_on="nothing",
        parameters={"config": BERT},
    )
    network = network_of("bert", base.parameters).start_over(0)
    tensors = {f"backbone.{name}": tensor.numpy() for name, tensor in network.state_dict().items()}
    head = {"weight": np.ones((2, 32)), "bias": np.zeros(2), "mean": np.zeros(32), "scale": np.ones(32)}
    tensors |= {f"head.{name}": value.astype(np.float32) for name, value in head.items()}
    for name in ("assets", "graphs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "weights.safetensors")
    (folder / "assets/tokenizer.json").write_text(tiny_tokenizer(), encoding="utf-8")
    _json(folder / "preprocess.json", {"kind": "text", "tokenizer": "tokenizer.json", "max_length": 32, "pad_id": 0})
    _json(folder / "labels.json", {"classes": ["bad", "good"], "decision_weights": [1.0, 1.0], "temperature": 1.0})
    _json(folder / "config.json", {"card": base.to_json(), "weights": "all", "stages": ["layer_2"], "cut": 3})
    step = base.as_ancestor(rows=("a" * 64,))
    (folder / rows_seen.FILE).write_bytes(rows_seen.pack([step]))
    seal(
        folder,
        {
            "created": "2026-11-21T00:00:00+00:00",
            "versions": {},
            "task": {"kind": "classification", "modality": "text", "classes": ["bad", "good"]},
            "input": {"column": "text", "kind": "text"},
            "source": base.to_json(),
            "strategy": "full",
            "cut": "input",
            "is_control": False,
            "lineage": [step.to_json()],
        },
    )
    return str(folder)


def tiny_cached_bert(folder: Path) -> str:
    """Lay a tiny BERT into the Hub cache as a download would, and return its reference."""
    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = Path(constants.HF_HUB_CACHE) / "models--warmstart--tiny-bert"
    tiny_folder(repository / "snapshots" / commit, "bert")
    (repository / "refs").mkdir(parents=True, exist_ok=True)
    (repository / "refs" / "main").write_text(commit, encoding="utf-8")
    return "hf:warmstart/tiny-bert"


def _save(kind: str, folder: Path) -> None:
    """Save a network with random weights as the library does."""
    import torch

    from warmstart.sources._hf_stages import quiet, random_model

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(0)
        random_model(kind, NETWORKS[kind]).save_pretrained(folder)


def _json(file: Path, value: Mapping[str, Any]) -> None:
    from warmstart.store import strict_json

    strict_json.save(file, dict(value))
