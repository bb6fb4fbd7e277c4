"""The pseudo-task that tells when pre-training has learned enough: which two pieces belong to one held-out input.

It needs no labels, and training does not practise it: no loss of ours compares pieces. Texts are cut in the middle, as
in the inverse cloze task (Lee, Chang and Toutanova, ACL 2019); of an image two opposite quarters are taken, which share
no edge, without colour and each of one brightness and contrast, so that neither lines nor light give the answer away
(Doersch, Gupta and Efros, ICCV 2015; Noroozi and Favaro, ECCV 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.representation import Boundary
from warmstart.errors import DataError
from warmstart.learning.retrieval import reciprocal_ranks
from warmstart.runtime.length_batches import length_batches
from warmstart.runtime.prepare import TextPreparation, preparation

if TYPE_CHECKING:
    from warmstart.training.stages import StagedModule

FEWEST = 8
ROWS = 16
FLATTEST = 1.0
"""The least deviation of brightness, of 255, by which a quarter of an image can be told."""

Feeds = dict[str, np.ndarray]


@dataclass(frozen=True)
class Pieces:
    """Two pieces of each of some inputs, prepared: the first ones, then the second ones, in batches.

    Parameters
    ----------
    batches : places among the pieces, and their prepared inputs.
    pairs : how many inputs there are.
    """

    batches: tuple[tuple[np.ndarray, Feeds], ...]
    pairs: int

    def scores(self, module: StagedModule) -> np.ndarray:
        """Return how well a network in evaluation mode finds the other piece of each input (pairs,)."""
        import torch

        found: dict[int, np.ndarray] = {}
        with torch.no_grad():
            for places, feeds in self.batches:
                reached = module.run(module.take_up(feeds, 0), 0, len(module.stages))
                found |= dict(zip(places.tolist(), module.pool(reached).numpy(), strict=True))
        features = np.stack([found[place] for place in range(2 * self.pairs)])
        return reciprocal_ranks(features[: self.pairs], features[self.pairs :])


def pieces_of(backbone: Backbone, cells: Sequence[Any], inputs: Boundary, rows: np.ndarray) -> Pieces:
    """Return two pieces of each row; a text of one word and an image with an even quarter have none.

    Parameters
    ----------
    cells : the inputs themselves.
    inputs : the same, prepared (cut 0).

    Raises
    ------
    DataError : fewer than FEWEST of them have any.
    """
    prepare = preparation(backbone.preparation, backbone.assets)
    if isinstance(prepare, TextPreparation):
        parts = [pair for row in rows.tolist() if (pair := text_pieces(cells[row])) is not None]
        _require(len(parts), len(rows), "texts of two words or more")
        tokens = prepare.encode([pair[side] for side in (0, 1) for pair in parts])
        lengths = np.array([len(ids) for ids in tokens])
        batches = [(batch, prepare.pad([tokens[place] for place in batch])) for batch in length_batches(lengths, ROWS)]
        return Pieces(tuple(batches), len(parts))
    corners = image_pieces(inputs.batch(rows)["pixels"])
    _require(len(corners[0]), len(rows), "images with something in opposite corners")
    pixels = np.concatenate(corners)
    places = np.array_split(np.arange(len(pixels)), -(-len(pixels) // ROWS))
    return Pieces(tuple((batch, {"pixels": pixels[batch]}) for batch in places), len(corners[0]))


def text_pieces(text: str) -> tuple[str, str] | None:
    """Return a text in two, cut between the words nearest to its middle; None where it is one word.

    >>> text_pieces("a film that is not very good")
    ('a film that is', 'not very good')
    """
    words = text.split()
    if len(words) < 2:
        return None
    ends = np.cumsum([len(word) + 1 for word in words])[:-1]
    middle = int(np.argmin(np.abs(ends - len(" ".join(words)) / 2))) + 1
    return " ".join(words[:middle]), " ".join(words[middle:])


def image_pieces(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the upper left and the lower right quarters, grey, of equal mean and deviation, at the whole size.

    Parameters
    ----------
    pixels : uint8 (rows, height, width, 3).

    Returns
    -------
    Two arrays like `pixels`, of the rows that have something in both.
    """
    height, width = pixels.shape[1:3]
    grey = pixels.astype(np.float32).mean(axis=3)
    down, across = np.arange(height) // 2, np.arange(width) // 2
    first = grey[:, down[:, None], across]
    second = grey[:, (height // 2 + down)[:, None], width // 2 + across]
    there = np.all([piece.std(axis=(1, 2)) > FLATTEST for piece in (first, second)], axis=0)
    return _even(first[there]), _even(second[there])


def _even(grey: np.ndarray) -> np.ndarray:
    """Return grey images (rows, height, width) of one mean and deviation, as uint8 with three equal channels."""
    centred = grey - grey.mean(axis=(1, 2), keepdims=True)
    spread = 128 + 56 * centred / centred.std(axis=(1, 2), keepdims=True)
    return np.repeat(np.clip(spread, 0, 255).astype(np.uint8)[..., None], 3, axis=3)


def _require(found: int, rows: int, what: str) -> None:
    if found < FEWEST:
        raise DataError(
            f"Pre-training stops by itself when held-out pieces are no longer matched better; this needs at least "
            f"{FEWEST} held-out {what}. Got {found} of {rows}. Add more inputs like that."
        )
