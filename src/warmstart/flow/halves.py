"""The pseudo-task that tells when pre-training has learned enough: which two halves of held-out inputs belong together.

It needs no labels, and training does not practise it: no loss of ours compares halves. Texts are cut in the middle, as
in the inverse cloze task (Lee, Chang and Toutanova, ACL 2019); images into left and right, without colour and each of
one brightness and contrast, as context tasks do so that neither gives the answer away (Doersch, Gupta and Efros, ICCV
2015; Noroozi and Favaro, ECCV 2016).
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
from warmstart.runtime.prepare import TextPreparation, preparation
from warmstart.training.batches import length_batches

if TYPE_CHECKING:
    from warmstart.training.stages import StagedModule

FEWEST = 8
ROWS = 16
FLATTEST = 1.0
"""The least deviation of brightness, of 255, that half an image may have to be told by."""

Feeds = dict[str, np.ndarray]


@dataclass(frozen=True)
class Halves:
    """The halves of some inputs, prepared: first halves, then second ones, in batches.

    Parameters
    ----------
    batches : places among the halves, and their prepared inputs.
    pairs : how many inputs there are.
    """

    batches: tuple[tuple[np.ndarray, Feeds], ...]
    pairs: int

    def scores(self, module: StagedModule) -> np.ndarray:
        """Return how well a network in evaluation mode finds the other half of each input (pairs,)."""
        import torch

        found: dict[int, np.ndarray] = {}
        with torch.no_grad():
            for places, feeds in self.batches:
                reached = module.run(module.take_up(feeds, 0), 0, len(module.stages))
                found |= dict(zip(places.tolist(), module.pool(reached).numpy(), strict=True))
        features = np.stack([found[place] for place in range(2 * self.pairs)])
        return reciprocal_ranks(features[: self.pairs], features[self.pairs :])


def halves_of(backbone: Backbone, cells: Sequence[Any], inputs: Boundary, rows: np.ndarray) -> Halves:
    """Return the halves of some rows; a text of one word and an even picture have none.

    Parameters
    ----------
    cells : the inputs themselves.
    inputs : the same, prepared (cut 0).

    Raises
    ------
    DataError : fewer than FEWEST of them can be halved.
    """
    prepare = preparation(backbone.preparation, backbone.assets)
    if isinstance(prepare, TextPreparation):
        parts = [half for row in rows.tolist() if (half := halved_text(cells[row])) is not None]
        _require(len(parts), len(rows), "texts of two words or more")
        tokens = prepare.encode([half[side] for side in (0, 1) for half in parts])
        lengths = np.array([len(ids) for ids in tokens])
        batches = [(batch, prepare.pad([tokens[place] for place in batch])) for batch in length_batches(lengths, ROWS)]
        return Halves(tuple(batches), len(parts))
    sides = halved_images(inputs.batch(rows)["pixels"])
    _require(len(sides[0]), len(rows), "images with something on both sides")
    pixels = np.concatenate(sides)
    places = np.array_split(np.arange(len(pixels)), -(-len(pixels) // ROWS))
    return Halves(tuple((batch, {"pixels": pixels[batch]}) for batch in places), len(sides[0]))


def halved_text(text: str) -> tuple[str, str] | None:
    """Return a text in two, cut between the words nearest to its middle; None where it is one word.

    >>> halved_text("a film that is not very good")
    ('a film that is', 'not very good')
    """
    words = text.split()
    if len(words) < 2:
        return None
    ends = np.cumsum([len(word) + 1 for word in words])[:-1]
    middle = int(np.argmin(np.abs(ends - len(" ".join(words)) / 2))) + 1
    return " ".join(words[:middle]), " ".join(words[middle:])


def halved_images(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the left and the right halves, grey, of equal mean and deviation, stretched to the whole size.

    Parameters
    ----------
    pixels : uint8 (rows, height, width, 3).

    Returns
    -------
    Two arrays like `pixels`, of the rows that have something on both sides.
    """
    width = pixels.shape[2]
    grey = pixels.astype(np.float32).mean(axis=3)
    columns = np.arange(width) // 2
    sides = [grey[:, :, columns], grey[:, :, width - width // 2 + np.minimum(columns, width // 2 - 1)]]
    there = np.all([side.std(axis=(1, 2)) > FLATTEST for side in sides], axis=0)
    left, right = (_even(side[there]) for side in sides)
    return left, right


def _even(grey: np.ndarray) -> np.ndarray:
    """Return grey images (rows, height, width) of one mean and deviation, as uint8 with three equal channels."""
    centred = grey - grey.mean(axis=(1, 2), keepdims=True)
    spread = 128 + 56 * centred / centred.std(axis=(1, 2), keepdims=True)
    return np.repeat(np.clip(spread, 0, 255).astype(np.uint8)[..., None], 3, axis=3)


def _require(found: int, rows: int, what: str) -> None:
    if found < FEWEST:
        raise DataError(
            f"Pre-training stops by itself when held-out halves are no longer matched better; this needs at least "
            f"{FEWEST} held-out {what}. Got {found} of {rows}. Add more inputs like that."
        )
