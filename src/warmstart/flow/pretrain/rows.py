"""The inputs to pre-train on: read without labels, each content once, and none that the new source is judged on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmstart.core.card import Card
from warmstart.core.catalog import part
from warmstart.core.dataset import Dataset
from warmstart.errors import DataError
from warmstart.flow.inspected import inspected
from warmstart.flow.load import find_reader, readable
from warmstart.flow.pretrain.held_out import HeldOut
from warmstart.flow.pretrain.labelled_sets import Sets
from warmstart.flow.workbench import Tools
from warmstart.modalities._base import Modality
from warmstart.readers._base import ReadOptions

FEWEST = 100
HELD_SHARE = 0.1
LEAST_HELD, MOST_HELD = 16, 200


@dataclass(frozen=True)
class Inputs:
    """Rows of different content.

    Parameters
    ----------
    dataset : the rows.
    held : row numbers that are never trained on: the probe looks at them (held,).
    copies : how many further rows repeat one of these.
    judged : how many further rows stand in the judging data, and are left to it.
    sets, held_out : where tasks are drawn from labelled rows, those and what each is for.
    """

    dataset: Dataset
    held: np.ndarray
    copies: int
    judged: int
    sets: Sets | None = None
    held_out: HeldOut | None = None

    @property
    def trained(self) -> np.ndarray:
        """Row numbers that are trained on, (rows,)."""
        return np.setdiff1d(np.arange(len(self.dataset)), self.held)


def read_inputs(tools: Tools, card: Card, judged: Collection[str]) -> Inputs:
    """Read the inputs of a pre-training.

    Parameters
    ----------
    card : of the source.
    judged : content hashes of the rows that the new source is judged on.

    Raises
    ------
    PathError, DataError : nothing can be read, the inputs are of another modality than the source, or fewer than
        FEWEST are left.
    """
    path = Path(tools.config.data)
    dataset = find_reader(path).read(path, ReadOptions(inputs=tools.config.options.inputs, unlabelled=True))
    if dataset.modality != card.modality:
        raise DataError(
            f"The inputs must be of the kind that the source takes. '{card.name}' takes {card.modality} inputs, and "
            f"{dataset.name} holds {dataset.modality} inputs. Name another source with --from, or another column with "
            "--input."
        )
    kind: Modality = part("modalities", dataset.modality)()
    found = inspected(kind, dataset.inputs[0].cells, decoder=tools.decoder, progress=tools.progress, cache=tools.cache)
    dataset, found = readable(dataset, found)
    _, first = np.unique(found.hashes, return_index=True)
    apart = ~np.isin(found.hashes, list(judged))
    kept = np.sort(first[apart[first]])
    _require(len(kept), dataset, int(np.sum(~apart)))
    copies = int(np.sum(apart)) - len(kept)
    return Inputs(dataset.take(kept), _held(len(kept), tools.config.seed), copies, int(np.sum(~apart)))


def _held(rows: int, seed: int) -> np.ndarray:
    """Return the rows that are held out for the probe."""
    count = int(np.clip(round(HELD_SHARE * rows), LEAST_HELD, MOST_HELD))
    return np.sort(np.random.default_rng([seed, rows]).permutation(rows)[:count])


def _require(kept: int, dataset: Dataset, judged: int) -> None:
    if kept >= FEWEST:
        return
    said = f"{dataset.name} has {kept:,} in {len(dataset):,} rows"
    if judged:
        said += f", {judged:,} of which stand in the data given to --judge, whose rows are never trained on"
    raise DataError(
        f"Pre-training needs at least {FEWEST} different {dataset.modality}s to learn anything of use. {said}. "
        "Gather more, thousands are better; with few inputs, `warmstart fit` on the source as it is does as well."
    )
