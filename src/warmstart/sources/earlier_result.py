"""What an earlier run adapted or pre-trained, as the source of the next task, with the rows that it has seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from warmstart.core.backbone import Backbone, SourceHead, Stage
from warmstart.core.card import Card
from warmstart.errors import SourceError, WarmstartError
from warmstart.runtime.bundle import WEIGHTS, Bundle
from warmstart.sources import _architectures
from warmstart.sources._base import Source
from warmstart.sources._folder import need_transformers

NETWORK, HEAD = "backbone.", "head."


class EarlierResult(Source):
    """The network inside a bundle."""

    name: ClassVar[str] = "earlier_result"
    summary: ClassVar[str] = "A bundle or run folder of an earlier fit or pretrain: its weights, with their lineage."
    extra: ClassVar[str | None] = "train"

    @classmethod
    def claims(cls, reference: str) -> bool:
        """Return whether the reference is a bundle folder, a run folder that holds one, or a run's name in ./runs."""
        return _bundle_folder(reference) is not None

    def cards(self) -> list[Card]:
        """Return the cards of the runs below ./runs that a network came out of; damaged ones are left out."""
        found = []
        for folder in sorted(Path("runs").glob("*/bundle")):
            try:
                bundle = Bundle.open_network(folder)
                found.append(_card(bundle, _settings(bundle)))
            except WarmstartError:
                continue
        return found

    def open(self, reference: str) -> Backbone:
        """Verify the bundle, every file of it, and open its network.

        Raises
        ------
        SourceError : there is no bundle, or it holds a control, which is no network.
        BundleError : the bundle is damaged.
        MissingExtra : torch or transformers is not installed.
        """
        folder = _bundle_folder(reference)
        if folder is None:
            raise SourceError(f"'{reference}' must be a bundle, or a run with one. It has no manifest.json. Check it.")
        bundle = Bundle.open_network(folder)
        config = _settings(bundle)
        card = _card(bundle, config)
        need_transformers(card.name)
        stages = _architectures.stages_of(card.architecture, card.parameters)
        return Backbone(
            card=card,
            stages=stages,
            preparation=bundle.preparation,
            assets=bundle.assets(),
            build=partial(_build, bundle, card),
            head=_head(bundle, config, stages),
        )

    @classmethod
    def example(cls) -> Callable[[Path], str]:
        """Return a function (folder) -> reference that writes a tiny bundle there."""
        from warmstart.sources._tiny import tiny_bundle

        return tiny_bundle


def _bundle_folder(reference: str) -> Path | None:
    """Return the folder of the bundle that is named: itself, the one in a run, or, where no such path is, in ./runs."""
    path = Path(reference)
    folders = (path, path / "bundle") if path.exists() else (Path("runs") / path / "bundle",)
    return next((folder for folder in folders if (folder / "manifest.json").is_file()), None)


def _settings(bundle: Bundle) -> Mapping[str, Any]:
    """Return what the bundle says of its network.

    Raises
    ------
    SourceError : it holds none.
    """
    config = bundle.config
    if not isinstance(config.get("card"), dict) or config.get("weights") != "all":
        raise SourceError(
            f"The bundle '{bundle.path}' must hold an adapted network to go on from. It delivers "
            f"'{bundle.manifest.get('strategy', 'a control')}'. Fit with --strategy to get one."
        )
    return config


def _card(bundle: Bundle, config: Mapping[str, Any]) -> Card:
    """Return the card of what was adapted: the source's own, renamed, with the bundle's hash and lineage."""
    try:
        base = Card.from_json(config["card"])
    except (TypeError, KeyError, AttributeError):
        raise SourceError(
            f"The card in '{bundle.path}/config.json' cannot be read. Fit again to get the bundle."
        ) from None
    path = bundle.path.resolve()
    name = path.parent.name if path.name == "bundle" else path.name
    return dataclasses.replace(
        base,
        name=name,
        origin=f"result:{path}",
        sha256=bundle.folder.seals[WEIGHTS].sha256,
        trained_on=f"{base.trained_on}; then {_what_for(bundle)}",
        lineage=tuple(bundle.lineage) or (base.as_ancestor(),),
    )


def _what_for(bundle: Bundle) -> str:
    """Return what the run did to the network that it began with."""
    if bundle.is_source_only:
        return str(bundle.config.get("trained_on", "pre-trained here"))
    return f"adapted here to: {', '.join(bundle.labels.classes[:8])}"


def _build(bundle: Bundle, card: Card) -> Any:
    """Return the network with the bundle's weights."""
    import torch

    module = _architectures.network_of(card.architecture, card.parameters)
    tensors = {name: torch.from_numpy(value) for name, value in _under(bundle.weights(), NETWORK).items()}
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        raise SourceError(
            f"The weights in '{bundle.path}' do not fit its architecture '{card.architecture}': "
            f"{str(error).splitlines()[-1].strip()} Fit again to get the bundle."
        ) from None
    return module.eval()


def _head(bundle: Bundle, config: Mapping[str, Any], stages: tuple[Stage, ...]) -> SourceHead | None:
    """Return its classifier where it reads the last stage alone: linear in that stage's pooled features."""
    if list(config.get("stages", ())) != [stages[-1].name]:
        return None
    tensors = _under(bundle.weights(), HEAD)
    if set(tensors) != {"weight", "bias", "mean", "scale"}:
        return None
    weight = tensors["weight"] / tensors["scale"]
    bias = tensors["bias"] - weight @ tensors["mean"]
    return SourceHead(bundle.labels.classes, weight.astype(np.float32), bias.astype(np.float32))


def _under(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
