"""Images: photos, scans, drawings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.card import Card
from warmstart.core.note import Note
from warmstart.core.progress import Progress
from warmstart.learning.near_images import near_images
from warmstart.learning.shortcuts import indicators
from warmstart.modalities._base import Clue, Inspection, Modality, Preview
from warmstart.runtime.decode import Decoder

SHAPES = {"signature": (32, 32), "colours": (8, 8, 3)}
WORDS = {"format": "<U8", "mode": "<U8", "camera": "<U48"}
PLAIN = 2.0
STEP = 32
MUCH_SMALLER = 0.5
MOST = 0.5
DARK = 64


class Image(Modality):
    """Images, decoded in processes that can be killed."""

    name: ClassVar[str] = "image"
    summary: ClassVar[str] = "photos, scans and drawings"
    decoding: ClassVar[bool] = True

    def inspect(self, cells: Sequence[Any], decoder: Decoder, progress: Progress | None = None) -> Inspection:
        """Decode every image once."""
        hashes = [""] * len(cells)
        reasons: dict[int, str] = {}
        arrays = {name: np.zeros((len(cells), *shape), np.uint8) for name, shape in SHAPES.items()}
        arrays["size"] = np.zeros((len(cells), 2), np.int64)
        arrays["coarseness"] = np.zeros(len(cells), np.float32)
        arrays |= {name: np.zeros(len(cells), kind) for name, kind in WORDS.items()}
        for row, decoded in enumerate(decoder.map("inspect", cells)):
            value = decoded.value
            if value is None:
                reasons[row] = str(decoded.reason)
            else:
                hashes[row] = value["hash"]
                arrays["size"][row] = value["width"], value["height"]
                for name in (*SHAPES, *WORDS, "coarseness"):
                    arrays[name][row] = value[name]
            if progress is not None and ((row + 1) % STEP == 0 or row + 1 == len(cells)):
                progress("reading images", row + 1, len(cells))
        return Inspection(tuple(hashes), arrays, reasons)

    def near_duplicates(self, cells: Sequence[Any], inspection: Inspection) -> np.ndarray | None:
        """Compare small pictures of the images."""
        arrays = inspection.arrays
        return near_images(arrays["signature"], arrays["colours"], arrays["size"].min(axis=1))

    def clues(self, cells: Sequence[Any], inspection: Inspection) -> list[Clue]:
        """Return how the images are encoded, their size, the level of a plain border, and the camera."""
        arrays = inspection.arrays
        encoded = [indicators(arrays["format"].tolist()), indicators(arrays["mode"].tolist())]
        return [
            Clue("the file format", np.column_stack([*encoded, arrays["coarseness"]]), seen=True),
            Clue("the image size", arrays["size"].astype(np.float64), seen=True),
            Clue("the level of a plain border", _border(arrays["signature"])[:, None], seen=True),
            Clue("the camera named in the file", indicators(arrays["camera"].tolist()), seen=False),
        ]

    def previews(self, cells: Sequence[Any], decoder: Decoder, *, side: int = 160) -> list[Preview]:
        """Return thumbnails."""
        return [
            Preview(reason=decoded.reason) if decoded.value is None else Preview(png=decoded.value["png"])
            for decoded in decoder.map("thumbnail", cells, {"side": side})
        ]

    def source_notes(
        self, cells: Sequence[Any], backbone: Backbone, *, inspection: Inspection | None = None
    ) -> list[Note]:
        """Say whether most images are much smaller than what the source looks at, and 16-bit ones nearly black."""
        if inspection is None or not len(inspection.hashes):
            return []
        arrays = inspection.arrays
        return [*_size_notes(arrays["size"], backbone.card), *_dark_notes(arrays)]

    @classmethod
    def example(cls) -> Any:
        """Return four pictures of random blots, and the first of them resized."""
        from PIL import Image as Pillow

        rng = np.random.default_rng(0)
        blots = [Pillow.fromarray(rng.integers(0, 255, (6, 6, 3), np.uint8)).resize((96, 96), 3) for _ in range(4)]
        return [np.asarray(blot) for blot in blots], np.asarray(blots[0].resize((72, 72), 3))


def _border(signatures: np.ndarray) -> np.ndarray:
    """Return the grey level of every image's outermost pixels (rows,), NaN where they are not all alike."""
    ring = np.ones(SHAPES["signature"], dtype=bool)
    ring[1:-1, 1:-1] = False
    levels = signatures[:, ring].astype(np.float64)
    return np.asarray(np.where(np.ptp(levels, axis=1) <= PLAIN, levels.mean(axis=1), np.nan))


def _size_notes(sizes: np.ndarray, source: Card) -> list[Note]:
    """Return a note if most images are much smaller than what the source looks at."""
    share = float((sizes.max(axis=1) < MUCH_SMALLER * source.input_size).mean())
    if share < MOST:
        return []
    sentence = (
        f"{share:.0%} of the images are less than half as large as the {source.input_size} pixels "
        f"that {source.name} looks at."
    )
    remedy = "Larger originals would show the source more; enlarging adds nothing."
    return [Note("small_images", sentence, {"share": share, "input_size": source.input_size}, remedy)]


def _dark_notes(arrays: Mapping[str, np.ndarray]) -> list[Note]:
    """Return a note if no 16-bit image uses a quarter of its range, as where 12 bits were written into 16."""
    deep = np.char.startswith(arrays["mode"], "I")
    brightest = int(arrays["signature"][deep].max(initial=0))
    if not deep.any() or brightest >= DARK:
        return []
    share = float(deep.mean())
    sentence = (
        f"{share:.0%} of the images are of 16 bits and use {max(brightest / 255, 0.01):.0%} of that range at most: "
        "the source sees them dark and coarse."
    )
    remedy = "Scale their values to the whole range of 16 bits before: those of 12 bits times 16."
    return [Note("dark_images", sentence, {"share": share, "brightest": brightest}, remedy)]
