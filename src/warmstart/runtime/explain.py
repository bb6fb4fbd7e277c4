"""What an answer rests on, by occlusion: hide a part of the input, and see by how much the answer falls.

It asks nothing of the model but answers, so it works for every bundle, without gradients and without
torch (Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014; for words,
Li, Monroe and Jurafsky, "Understanding neural networks through representation erasure", 2016).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder

GRID = 5
MOST_SPANS = 24
LEAST_SIDE = 256
CLIP = 1e-6


@dataclass(frozen=True)
class Explanation:
    """By how much hiding each part lowers the log-odds of a class; below zero, the part speaks against it.

    Parameters
    ----------
    weights : of every part; patches of an image row by row.
    spans : where each part of a text begins and ends, in letters; None of an image.
    probability : of the class when nothing is hidden, as `predict` gives it.
    lowest : its smallest probability when one part is hidden.
    """

    weights: tuple[float, ...]
    spans: tuple[tuple[int, int], ...] | None
    probability: float
    lowest: float

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values, rounded."""
        weights = [round(weight, 3) for weight in self.weights]
        said: dict[str, Any] = {"probability": round(self.probability, 4), "lowest": round(self.lowest, 4)}
        if self.spans is None:
            return {**said, "grid": [weights[row : row + GRID] for row in range(0, len(weights), GRID)]}
        return {**said, "spans": [[*span, weight] for span, weight in zip(self.spans, weights, strict=True)]}


def explain(
    bundle: Bundle, cell: Any, code: int, *, decoder: Decoder, threads: int | None = None
) -> Explanation | None:
    """Return what a bundle's probability of a class rests on, or None where the input has no parts to hide.

    It costs a prediction a part: 25 of an image, at most 24 of a text, and one of the whole; of an image a second,
    of the picture that the parts are hidden in, to compare them with.

    Parameters
    ----------
    cell : an image (path, bytes or array) or a text.
    code : the class to explain.
    """
    if bundle.input_kind == "image":
        picture = _picture(bundle, cell, decoder)
        whole, spans = [cell, picture], None
        hidden: list[Any] = [] if picture is None else occluded_images(picture)
    else:
        text, spans = str(cell), word_spans(str(cell))
        whole, hidden = [text], [text[:start] + text[stop:] for start, stop in spans]
    if len(hidden) < 2:
        return None
    found = bundle.predict([*whole, *hidden], decoder=decoder, threads=threads)
    if found.failed:
        return None
    proba, parts = found.proba[: len(whole), code], found.proba[len(whole) :, code]
    weights = tuple(float(weight) for weight in _log_odds(proba[-1:]) - _log_odds(parts))
    return Explanation(weights, spans, float(proba[0]), float(parts.min()))


def occluded_images(image: np.ndarray) -> list[np.ndarray]:
    """Return copies of an image (height, width, 3), each with another patch of a grid in the image's mean colour."""
    colour = image.mean(axis=(0, 1)).round().astype(np.uint8)
    copies = []
    for rows in np.array_split(np.arange(image.shape[0]), GRID):
        for columns in np.array_split(np.arange(image.shape[1]), GRID):
            copy = image.copy()
            copy[np.ix_(rows, columns)] = colour
            copies.append(copy)
    return copies


def word_spans(text: str, most: int = MOST_SPANS) -> tuple[tuple[int, int], ...]:
    """Return where each word begins and ends; of a long text, runs of as many words as make at most `most` spans.

    >>> word_spans("good, but dear")
    ((0, 5), (6, 9), (10, 14))
    >>> word_spans("a b c d e", most=2)
    ((0, 5), (6, 9))
    """
    words = [match.span() for match in re.finditer(r"\S+", text)]
    size = -(-len(words) // most) or 1
    runs = [words[start : start + size] for start in range(0, len(words), size)]
    return tuple((run[0][0], run[-1][1]) for run in runs)


def _picture(bundle: Bundle, cell: Any, decoder: Decoder) -> np.ndarray | None:
    """Return the image, its shorter side no less than twice what the model sees, or None where it cannot be read."""
    seen = [*bundle.preparation.get("size", ()), bundle.preparation.get("side", 0)]
    [decoded] = decoder.map("reduced", [cell], {"shorter": max(LEAST_SIDE, 2 * max(seen))})
    return None if decoded.value is None else np.asarray(decoded.value["pixels"])


def _log_odds(proba: np.ndarray) -> np.ndarray:
    bounded = np.clip(proba.astype(np.float64), CLIP, 1 - CLIP)
    return np.asarray(np.log(bounded / (1 - bounded)))
