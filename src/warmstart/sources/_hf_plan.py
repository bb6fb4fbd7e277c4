"""What a config.json in Hugging Face layout says of the network, in plain numbers; nothing is imported by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warmstart.core.backbone import Stage
from warmstart.errors import SourceError, listed

_TRANSFORMER = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "initializer_range")
_DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob")
_TOKENS = ("vocab_size", "max_position_embeddings", "pad_token_id")

# The closed catalog: the architectures there are, and the parameters of each that are read.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "vit": (*_TRANSFORMER, *_DROPOUTS, "hidden_act", "layer_norm_eps", "image_size", "patch_size", "num_channels",
            "qkv_bias"),
    "resnet": ("num_channels", "embedding_size", "hidden_sizes", "depths", "layer_type", "hidden_act",
               "downsample_in_first_stage", "downsample_in_bottleneck"),
    "convnext": ("num_channels", "patch_size", "num_stages", "hidden_sizes", "depths", "hidden_act",
                 "initializer_range", "layer_norm_eps", "layer_scale_init_value", "drop_path_rate"),
    "bert": (*_TRANSFORMER, *_DROPOUTS, *_TOKENS, "hidden_act", "layer_norm_eps", "type_vocab_size"),
    "distilbert": (*_TOKENS, "n_layers", "n_heads", "dim", "hidden_dim", "dropout", "attention_dropout", "activation",
                   "initializer_range", "sinusoidal_pos_embds"),
    "modernbert": (*_TRANSFORMER, *_TOKENS, "hidden_activation", "initializer_cutoff_factor", "norm_eps", "norm_bias",
                   "attention_bias", "attention_dropout", "embedding_dropout", "mlp_bias", "mlp_dropout", "layer_types",
                   "rope_parameters", "global_attn_every_n_layers", "local_attention", "global_rope_theta",
                   "local_rope_theta"),
}  # fmt: skip
IMAGES = ("vit", "resnet", "convnext")

# What every architecture of the catalog is built with, whatever config.json says.
_ASSUMED = {"position_embedding_type": "absolute", "is_decoder": False, "add_cross_attention": False}

# What the published configuration classes take where config.json is silent.
_WIDTHS = {"resnet": [256, 512, 1024, 2048], "convnext": [96, 192, 384, 768]}
_DEPTHS = {"resnet": [3, 4, 6, 3], "convnext": [3, 3, 9, 3]}
_LAYERS = {"vit": 12, "bert": 12, "distilbert": 6, "modernbert": 22}


def modality(architecture: str) -> str:
    """Return what an architecture of the catalog takes."""
    return "image" if architecture in IMAGES else "text"


def architecture(config: Mapping[str, Any], place: str) -> str:
    """Return the architecture's name in the catalog.

    Raises
    ------
    SourceError : it is not in the catalog, asks for code of its own to be run, or is no encoder as the catalog has it.
    """
    kind = str(config.get("model_type", ""))
    if kind not in PARAMETERS:
        own = " It brings code of its own, which is never run." if config.get("auto_map") else ""
        raise SourceError(
            f"The model in '{place}' must have one of these architectures: {listed(PARAMETERS)}. "
            f"Its config.json says '{kind or 'nothing'}'.{own} Choose another source; `warmstart sources` lists some."
        )
    unlike = [name for name, usual in _ASSUMED.items() if config.get(name) not in (None, usual)]
    if unlike:
        raise SourceError(
            f"The model in '{place}' must be an encoder with absolute positions. Its config.json says "
            f"{unlike[0]}: {config[unlike[0]]}. Choose another source; `warmstart sources` lists some."
        )
    return kind


def parameters(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the network that config.json gives, and nothing else of it."""
    known = PARAMETERS[str(config["model_type"])]
    return {name: config[name] for name in known if config.get(name) is not None}


def stages(kind: str, config: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Return the declared stages: stem and blocks, or embeddings and layers."""
    if kind in ("resnet", "convnext"):
        widths = config.get("hidden_sizes", _WIDTHS[kind])
        depths = config.get("depths", _DEPTHS[kind])
        blocks = [width for width, depth in zip(widths, depths, strict=True) for _ in range(depth)]
        stem = widths[0] if kind == "convnext" else config.get("embedding_size", 64)
        return (Stage("stem", stem), *(Stage(f"block_{number}", width) for number, width in enumerate(blocks, 1)))
    width = int(config.get("dim" if kind == "distilbert" else "hidden_size", 768))
    layers = int(config.get("n_layers" if kind == "distilbert" else "num_hidden_layers", _LAYERS[kind]))
    return (Stage("embeddings", width), *(Stage(f"layer_{number}", width) for number in range(1, layers + 1)))
