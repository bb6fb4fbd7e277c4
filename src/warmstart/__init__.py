"""Transfer learning as a budgeted experiment with evidence, on an ordinary CPU."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["FeatureExtractor", "TransferClassifier", "WarmstartError", "load"]

_HOMES = {
    "TransferClassifier": "warmstart.estimators",
    "FeatureExtractor": "warmstart.estimators",
    "load": "warmstart.estimators",
    "WarmstartError": "warmstart.errors",
}

if TYPE_CHECKING:
    from warmstart.errors import WarmstartError
    from warmstart.estimators import FeatureExtractor, TransferClassifier, load


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import warmstart` costs nothing."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'warmstart' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
