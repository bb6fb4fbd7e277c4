"""From cells to scores: prepare, run the graph, put the answers back in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.progress import Progress
from warmstart.runtime.graph import Graph
from warmstart.runtime.length_batches import length_batches

if TYPE_CHECKING:
    from warmstart.runtime.decode import Decoder
    from warmstart.runtime.prepare import Preparation, Prepared

MASK = "attention_mask"
TEXTS_AT_ONCE = 256
IMAGES_AT_ONCE = 16
"""Larger batches are no faster on a CPU, and unpooled activations of early stages are large."""


@dataclass(frozen=True)
class Prediction:
    """The answers for the cells that could be read, in the order of the cells.

    Parameters
    ----------
    scores : calibrated class probabilities (kept, classes), float32.
    embedding : what the upper stages saw (kept, width), float32; of width 0 where the graph does not give it.
    kept : the numbers of the cells that were read, ascending.
    failed : the reason for every other cell, by its number.
    """

    scores: np.ndarray
    embedding: np.ndarray
    kept: np.ndarray
    failed: Mapping[int, str]


class Predictor:
    """A preparation and the graph it feeds.

    Parameters
    ----------
    preparation : turns cells into the graph's inputs.
    graph : gives "scores", and "embedding" unless that would be no place to measure distances in.
    by_length : take cells (texts) of like length together, in batches of a token budget.
    """

    def __init__(self, preparation: Preparation, graph: Graph, *, by_length: bool = False) -> None:
        self._preparation = preparation
        self._graph = graph
        self._by_length = by_length

    def load(self) -> None:
        """Load the graph now; a BundleError where it cannot be."""
        self._graph.load()

    def predict(
        self,
        cells: Sequence[Any],
        *,
        decoder: Decoder,
        batch_size: int = IMAGES_AT_ONCE,
        progress: Progress | None = None,
    ) -> Prediction:
        """Return scores and embeddings; the graph loads while the first cells are decoded.

        Parameters
        ----------
        cells : image paths, bytes or arrays; or texts.
        decoder : reads images in processes that can be killed.
        batch_size : how many images go through the graph together; texts go by tokens.
        progress : told the step, how many cells are done, and of how many.

        Raises
        ------
        BundleError : the graph cannot be loaded or does not fit the preparation.
        """
        order = self._order(cells)
        rows: list[np.ndarray] = []
        found: list[dict[str, np.ndarray]] = []
        failed: dict[int, str] = {}
        with ThreadPoolExecutor(1) as pool:
            loaded = pool.submit(self._graph.load)
            for batch, prepared in self._batches([cells[place] for place in order], decoder, batch_size):
                loaded.result()
                failed |= {int(order[batch[place]]): reason for place, reason in prepared.failed.items()}
                for part, feeds in self._parts(prepared):
                    rows.append(order[batch[prepared.kept[part]]])
                    found.append(self._graph.run(feeds, self._wanted()))
                if progress is not None:
                    progress("predict", int(batch[-1]) + 1, len(cells))
        return _in_order(rows, found, failed)

    def _wanted(self) -> list[str]:
        """Return the outputs that are kept; tens of thousands of terms a text are no embedding, and not given."""
        return [name for name in ("scores", "embedding") if name in self._graph.outputs]

    def _order(self, cells: Sequence[Any]) -> np.ndarray:
        if not self._by_length:
            return np.arange(len(cells))
        return np.argsort([len(cell) if isinstance(cell, str) else 0 for cell in cells], kind="stable")

    def _batches(self, cells: list[Any], decoder: Decoder, batch_size: int) -> Iterator[tuple[np.ndarray, Prepared]]:
        from warmstart.runtime.prepare import prepared_batches

        size = max(batch_size, TEXTS_AT_ONCE) if self._by_length else batch_size
        return prepared_batches(self._preparation, cells, decoder, size)

    def _parts(self, prepared: Prepared) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Cut a prepared batch of texts into parts of like length; give other batches whole."""
        count = len(prepared.kept)
        if count == 0:
            return
        if MASK not in prepared.feeds:
            yield np.arange(count), dict(prepared.feeds)
            return
        lengths = prepared.feeds[MASK].sum(axis=1).astype(np.int64)
        for part in length_batches(lengths):
            longest = max(int(lengths[part].max()), 1)
            yield part, {name: np.ascontiguousarray(values[part, :longest]) for name, values in prepared.feeds.items()}


def _in_order(rows: list[np.ndarray], found: list[dict[str, np.ndarray]], failed: dict[int, str]) -> Prediction:
    """Put the answers of the batches back into the order of the cells."""
    if not rows:
        none = np.zeros((0, 0), dtype=np.float32)
        return Prediction(none, none, np.zeros(0, dtype=np.int64), failed)
    kept = np.concatenate(rows)
    order = np.argsort(kept, kind="stable")

    def whole(name: str) -> np.ndarray:
        parts = [answers[name] for answers in found if name in answers]
        return np.concatenate(parts)[order] if parts else np.zeros((len(kept), 0), dtype=np.float32)

    return Prediction(whole("scores"), whole("embedding"), kept[order], dict(sorted(failed.items())))
