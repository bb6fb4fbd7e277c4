"""Pooled features of all stages of EfficientNet-Lite0: our pass against torch, on the same photos of solar cells.

python benchmarks/image_features.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from _benchmark import Benchmark
from _data import photos
from _networks import Stages, efficientnet_lite0, normalised, read_photo
from _ours import IMAGES, dataset_of, prepared, representation, timed_pass
from _rounds import SET, Reading, Side, Work, both
from _tables import Bar, Comparison

BATCH = 32
PATHS, PIXELS, FEATURES = "photos.json", "pixels.npy", "features.npy"
ALIKE = 1e-2
WARM = 16


def prepare(work: Work) -> None:
    """Export the trunk, keep the decoded photos, and the last stage's features that every side must give."""
    paths, _ = photos(work.rows, work.folder)
    (work.folder / PATHS).write_text(json.dumps(paths))
    backbone = prepared(work.folder, IMAGES)
    found = representation(dataset_of(paths, "image"), backbone, cuts=(0,))
    np.save(work.folder / PIXELS, found.boundaries[0].batch(np.arange(work.rows))["pixels"])
    np.save(work.folder / FEATURES, found.pooled[backbone.stages[-1].name])


def ours_decoded(work: Work) -> Reading:
    """The pass of `fit` over photos whose pixels an earlier pass kept."""
    return _ours(work, "cut_0")


def ours_files(work: Work) -> Reading:
    """The pass of `fit` from the files."""
    return _ours(work)


def torch_decoded(work: Work) -> Reading:
    """The loop over pixels in memory."""
    pixels = np.load(work.folder / PIXELS)
    return _torch(work, lambda rows: pixels[rows])


def torch_files(work: Work) -> Reading:
    """The loop that opens each photo, as a DataLoader without workers, its default, does."""
    paths = _paths(work)
    return _torch(work, lambda rows: np.stack([read_photo(paths[row]) for row in rows]))


def _ours(work: Work, *kept: str) -> Reading:
    found = timed_pass(work.folder, IMAGES, dataset_of(_paths(work), "image"), *kept, warm=WARM)
    _same(work, found.last)
    return {"seconds": found.seconds}


def _torch(work: Work, read: Callable[[np.ndarray], np.ndarray]) -> Reading:
    stages = Stages(efficientnet_lite0())
    stages(normalised(read(np.arange(WARM))))
    start = time.perf_counter()
    found = [stages(normalised(read(rows))) for rows in _batches(work.rows)]
    features = [np.concatenate(stage) for stage in zip(*found, strict=True)]
    seconds = time.perf_counter() - start
    _same(work, features[-1])
    return {"seconds": seconds}


def _batches(rows: int) -> Iterator[np.ndarray]:
    return (np.arange(start, min(start + BATCH, rows)) for start in range(0, rows, BATCH))


def _paths(work: Work) -> list[str]:
    return json.loads((work.folder / PATHS).read_text())


def _same(work: Work, features: np.ndarray) -> None:
    """Refuse a side that did other work: its features must be those of `prepare`."""
    wanted = np.load(work.folder / FEATURES)
    apart = np.abs(features - wanted).max() / np.abs(wanted).max()
    if apart > ALIKE:
        raise RuntimeError(f"The features of the last stage must agree to {ALIKE:g}. They differ by {apart:.2g}.")


DECODED, FILES = "warmstart", "warmstart, from files"
TORCH, TORCH_FILES = "torch", "torch, from files"
BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary="Pooled features of all 18 stages of EfficientNet-Lite0 (photos of solar cells, 224 × 224): the pass that "
    "`fit` makes, against the eager loop one would write in torch, batch 32; after a "
    "warm-up, the trunk exported before.",
    prepare=prepare,
    sides=(
        Side(DECODED, ours_decoded),
        *both(TORCH, torch_decoded),
        Side(FILES, ours_files),
        *both(TORCH_FILES, torch_files),
    ),
    comparisons=(
        Comparison("decoded photos", TORCH, DECODED, Bar("≥", 7)),
        Comparison("decoded photos", TORCH + SET, DECODED, Bar("≥", 1.5)),
        Comparison("photo files", TORCH_FILES, FILES),
        Comparison("photo files", TORCH_FILES + SET, FILES),
    ),
    rows=640,
    repeats=3,
)

if __name__ == "__main__":
    BENCHMARK.main()
