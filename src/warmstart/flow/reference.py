"""A labelled reference set, on which the source's own answers are looked at before and after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmstart.core.dataset import Dataset
from warmstart.errors import OptionError
from warmstart.flow.load import load
from warmstart.flow.workbench import Workbench
from warmstart.learning.many_rows import spread

FEWEST, MOST = 4, 512


@dataclass(frozen=True)
class Reference:
    """Rows that the source's own head may know.

    Parameters
    ----------
    dataset : at most MOST rows, spread over the set.
    codes : of which of the head's labels each row is, -1 where the head does not know its label.
    """

    dataset: Dataset
    codes: np.ndarray


def load_reference(bench: Workbench) -> Reference | None:
    """Return the rows that `--reference` names, or None where it names nothing.

    Raises
    ------
    OptionError : it is of another modality than the data, or has too few rows to be compared with each other.
    """
    config, backbone = bench.tools.config, bench.material.backbone
    if config.reference is None:
        return None
    loaded = load(Path(config.reference), decoder=bench.tools.decoder, cache=bench.tools.cache).dataset
    if loaded.modality != bench.material.dataset.modality:
        raise OptionError(
            f"The reference set must hold {bench.material.dataset.modality} inputs, as the data does. "
            f"'{config.reference}' holds {loaded.modality} inputs."
        )
    if len(loaded) < FEWEST:
        raise OptionError(
            f"The reference set must hold at least {FEWEST} rows: who is near whom is compared before and after. "
            f"'{config.reference}' holds {len(loaded)}. Name a larger one with --reference."
        )
    dataset = loaded.take(spread(np.arange(len(loaded)), MOST))
    place = {} if backbone.head is None else {name: code for code, name in enumerate(backbone.head.labels)}
    labels = dataset.labels or (None,) * len(dataset)
    return Reference(dataset, np.array([-1 if name is None else place.get(name, -1) for name in labels]))
