"""Networks of the transformers library, of a closed list of architectures, as stages."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from warmstart.errors import SourceError, listed
from warmstart.sources._hf_plan import PARAMETERS
from warmstart.training.stages import Activation, ImageModule, StagedModule, TextModule

NEVER = torch.finfo(torch.float32).min


class _Then(nn.Module):
    """A block followed by what belongs to it: the last layer and the final normalisation."""

    def __init__(self, block: nn.Module, after: nn.Module) -> None:
        super().__init__()
        self.block = block
        self.after = after

    def forward(self, *inputs: Any, **options: Any) -> Tensor:
        return self.after(self.block(*inputs, **options))


class PublishedImages(ImageModule):
    """ViT, ResNet or ConvNeXt.

    Parameters
    ----------
    kind, config : the architecture and its parameters, as in `_hf_plan.PARAMETERS`.
    mean, std : per channel, in units of 0 to 255.
    model : the network with its weights; drawn at random by default.
    """

    def __init__(
        self,
        kind: str,
        config: Mapping[str, Any],
        *,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        model: Any = None,
    ) -> None:
        super().__init__(mean=mean, std=std)
        self.kind = kind
        self.config = dict(config)
        self.stages.extend(_STAGES[kind](model if model is not None else random_model(kind, config)))

    def draw(self) -> None:
        """Initialise as the architecture's authors did."""
        self.load_state_dict(dict(zip(self.state_dict(), _drawn(self).values(), strict=True)))


class PublishedTexts(TextModule):
    """BERT, DistilBERT or ModernBERT.

    Parameters
    ----------
    kind, config : the architecture and its parameters, as in `_hf_plan.PARAMETERS`.
    model : the network with its weights; drawn at random by default.
    """

    def __init__(self, kind: str, config: Mapping[str, Any], *, model: Any = None) -> None:
        super().__init__()
        self.kind = kind
        self.config = dict(config)
        model = model if model is not None else random_model(kind, config)
        self.stages.extend(_STAGES[kind](model))
        self.rotary = model.rotary_emb if kind == "modernbert" else None
        self.window = model.config.sliding_window if kind == "modernbert" else 0

    def context(self, activation: Activation) -> dict[str, Any]:
        """Return the attention masks (and rotary positions) by type of layer."""
        everywhere = super().context(activation)
        if self.rotary is None:
            return {"full": {"attention_mask": everywhere}}
        places = torch.arange(activation["attention_mask"].shape[1], device=everywhere.device)
        far = (places[:, None] - places[None, :]).abs() > self.window
        nearby = torch.where(far[None, None], torch.full_like(everywhere, NEVER), everywhere)
        return {
            kind: {"attention_mask": mask, "position_embeddings": self.rotary(everywhere, places[None], kind)}
            for kind, mask in (("full_attention", everywhere), ("sliding_attention", nearby))
        }

    def step(self, index: int, hidden: Tensor, context: Any) -> Tensor:
        """Return what stage `index` makes of `hidden`: embeddings take no mask, layers do."""
        stage = self.stages[index]
        if index == 0:
            return stage(hidden)
        layer = stage.block if isinstance(stage, _Then) else stage
        return stage(hidden, **context[getattr(layer, "attention_type", "full")])

    def draw(self) -> None:
        """Initialise as the architecture's authors did."""
        self.load_state_dict(dict(zip(self.state_dict(), _drawn(self).values(), strict=True)))


def random_model(kind: str, config: Mapping[str, Any]) -> Any:
    """Return the library's network of that architecture with random weights."""
    config_class, model_class, options = _classes(kind)
    with quiet():
        return model_class(config_class(**config), **options).eval()


def published_model(kind: str, config: Mapping[str, Any], folder: Path) -> Any:
    """Return the library's network with the weights of a folder; code of the folder is never run.

    Raises
    ------
    SourceError : a weight that the architecture needs is missing or of another shape.
    """
    config_class, model_class, options = _classes(kind)
    try:
        with quiet():
            model, report = model_class.from_pretrained(
                folder,
                config=config_class(**config),
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
                dtype=torch.float32,
                **options,
            )
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise SourceError(f"The weights in '{folder}' cannot be loaded: {str(error).splitlines()[0]}") from None
    missing = [name for name in report["missing_keys"] if "pooler" not in name]
    if missing:
        raise SourceError(
            f"The weights in '{folder}' must be those of a '{kind}'. Missing: {listed(sorted(missing), 3)}. "
            "Get the folder again, or choose another source."
        )
    return model.eval()


def _drawn(module: PublishedImages | PublishedTexts) -> dict[str, Tensor]:
    """Return random weights for a module, in its order."""
    fresh = nn.ModuleList(_STAGES[module.kind](random_model(module.kind, module.config)))
    return fresh.state_dict()


def _classes(kind: str) -> tuple[Any, Any, dict[str, Any]]:
    """Return the library's configuration class, network class and options of an architecture."""
    if kind not in PARAMETERS:
        raise SourceError(f"There is no architecture '{kind}'. It must be one of: {listed(PARAMETERS)}.")
    if kind == "vit":
        from transformers import ViTConfig, ViTModel

        return ViTConfig, ViTModel, {"add_pooling_layer": False}
    if kind == "resnet":
        from transformers import ResNetConfig, ResNetModel

        return ResNetConfig, ResNetModel, {}
    if kind == "convnext":
        from transformers import ConvNextConfig, ConvNextModel

        return ConvNextConfig, ConvNextModel, {}
    if kind == "bert":
        from transformers import BertConfig, BertModel

        return BertConfig, BertModel, {"add_pooling_layer": False}
    if kind == "distilbert":
        from transformers import DistilBertConfig, DistilBertModel

        return DistilBertConfig, DistilBertModel, {}
    from transformers import ModernBertConfig, ModernBertModel

    return ModernBertConfig, ModernBertModel, {}


def _vit_stages(model: Any) -> list[nn.Module]:
    return [model.embeddings, *model.layers[:-1], _Then(model.layers[-1], model.layernorm)]


def _resnet_stages(model: Any) -> list[nn.Module]:
    return [model.embedder, *(block for stage in model.encoder.stages for block in stage.layers)]


def _convnext_stages(model: Any) -> list[nn.Module]:
    blocks: list[nn.Module] = []
    for stage in model.encoder.stages:
        first, *rest = stage.layers
        blocks += [nn.Sequential(*stage.downsampling_layer, first), *rest]
    return [model.embeddings, *blocks]


def _bert_stages(model: Any) -> list[nn.Module]:
    return [model.embeddings, *model.encoder.layer]


def _distilbert_stages(model: Any) -> list[nn.Module]:
    return [model.embeddings, *model.transformer.layer]


def _modernbert_stages(model: Any) -> list[nn.Module]:
    return [model.embeddings, *model.layers[:-1], _Then(model.layers[-1], model.final_norm)]


_STAGES = {
    "vit": _vit_stages,
    "resnet": _resnet_stages,
    "convnext": _convnext_stages,
    "bert": _bert_stages,
    "distilbert": _distilbert_stages,
    "modernbert": _modernbert_stages,
}


def staged(kind: str, config: Mapping[str, Any], normalise: Mapping[str, Any], model: Any = None) -> StagedModule:
    """Return the network as stages.

    Parameters
    ----------
    normalise : "mean" and "std" per channel in units of 0 to 255, for images.
    """
    if "mean" in normalise:
        mean, std = tuple(normalise["mean"]), tuple(normalise["std"])
        return PublishedImages(kind, config, mean=mean, std=std, model=model).eval()
    return PublishedTexts(kind, config, model=model).eval()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the library from reporting weights that are not wanted, and from drawing a progress bar."""
    import warnings

    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()
