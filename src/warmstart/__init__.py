"""Transfer learning as a budgeted experiment with evidence, on an ordinary CPU."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "DomainAdaptationClassifier",
    "FeatureExtractor",
    "TransferClassifier",
    "TransferClustering",
    "WarmstartError",
    "load",
]

_HOMES = {
    "DomainAdaptationClassifier": "warmstart.estimators.domain_adaptation",
    "FeatureExtractor": "warmstart.estimators.feature_extractor",
    "TransferClassifier": "warmstart.estimators.transfer_classifier",
    "TransferClustering": "warmstart.estimators.transfer_clustering",
    "load": "warmstart.estimators.saved",
    "WarmstartError": "warmstart.errors",
}

if TYPE_CHECKING:
    from warmstart.errors import WarmstartError
    from warmstart.estimators.domain_adaptation import DomainAdaptationClassifier
    from warmstart.estimators.feature_extractor import FeatureExtractor
    from warmstart.estimators.saved import load
    from warmstart.estimators.transfer_classifier import TransferClassifier
    from warmstart.estimators.transfer_clustering import TransferClustering


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import warmstart` costs nothing."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'warmstart' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
