"""Two looks at the same rows that scores must tell apart: features that know the classes, and features that do not."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.core.card import Card
from warmstart.scores._base import Look

ROWS, WIDTH, CLASSES = 60, 8, 3


def card(**changes: Any) -> Card:
    """Return the card of a source that nothing is known of but what is given."""
    facts: dict[str, Any] = {
        "name": "tiny",
        "origin": "folder",
        "sha256": "0" * 64,
        "licence": "Apache-2.0",
        "modality": "image",
        "architecture": "tiny",
        "input_size": 8,
        "parameter_count": 1000,
        "trained_on": "nothing",
    }
    return Card(**facts | changes)


def two_looks() -> tuple[Look, Look]:
    """Return a look at features that lie round their class's own centre, and one at noise."""
    rng = np.random.default_rng(0)
    codes = np.arange(ROWS) % CLASSES
    noise = rng.normal(size=(ROWS, WIDTH))
    centres = 3.0 * np.eye(CLASSES, WIDTH)
    return (
        Look(card(), features=(noise + centres[codes]).astype(np.float32), codes=codes),
        Look(card(), features=noise.astype(np.float32), codes=codes),
    )
