"""The closed catalog of architectures: a name and typed parameters become a network; nothing is imported by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warmstart.core.backbone import Stage
from warmstart.errors import SourceError, listed
from warmstart.sources import _efficientnet_lite_plan, _hf_plan

LITE = "efficientnet-lite"
ARCHITECTURES = (LITE, *_hf_plan.PARAMETERS)


def stages_of(architecture: str, parameters: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Return the declared stages of an architecture with these parameters, as a card gives them.

    Raises
    ------
    SourceError : the architecture is not in the catalog.
    """
    _check(architecture)
    if architecture == LITE:
        return _efficientnet_lite_plan.stages(**_scaling(parameters))
    return _hf_plan.stages(architecture, _settings(architecture, parameters))


def network_of(architecture: str, parameters: Mapping[str, Any]) -> Any:
    """Return the network with random weights, in evaluation mode.

    Raises
    ------
    SourceError : the architecture is not in the catalog.
    """
    _check(architecture)
    if architecture == LITE:
        from warmstart.sources._efficientnet_lite import EfficientNetLite

        return EfficientNetLite(**_scaling(parameters)).eval()
    from warmstart.sources._hf_stages import staged

    normalise = {name: parameters[name] for name in ("mean", "std") if name in parameters}
    return staged(architecture, _settings(architecture, parameters), normalise)


def _check(architecture: str) -> None:
    if architecture not in ARCHITECTURES:
        raise SourceError(f"There is no architecture '{architecture}'. It must be one of: {listed(ARCHITECTURES, 20)}.")


def _scaling(parameters: Mapping[str, Any]) -> dict[str, float]:
    return {"width": float(parameters["width"]), "depth": float(parameters["depth"])}


def _settings(architecture: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return _hf_plan.parameters({**parameters.get("config", {}), "model_type": architecture})
