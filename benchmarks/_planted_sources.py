"""Sources for planted transfer: as they come, or made so that what they learned misleads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _gratings import gratings
from _planted_tasks import thumbnails
from _ranking_sources import adapted, drawn, made, noisy, shuffled
from _ranking_tasks import POLES, pools, task
from _small_network import pretrain

from warmstart.core.backbone import Backbone
from warmstart.flow.sources import open_source
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

SEEN = 3000
LITE, MINILM = "efficientnet-lite0", "all-minilm-l6-v2"
Seen = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Workshop:
    """Where sources are made and kept, and with what."""

    work: Path
    cache: Cache
    decoder: Decoder


Made = Callable[[Workshop], Backbone]


def packaged(name: str) -> Made:
    return lambda shop: open_source(name)


def weights_in_disorder(name: str) -> Made:
    """The weights of every layer permuted: their sizes are right, what they say is gone."""
    return lambda shop: made(open_source(name), "shuffled", shuffled(open_source(name)))


def weights_damaged(name: str) -> Made:
    """Noise of three quarters of their size added to the weights of every layer."""
    return lambda shop: made(open_source(name), "noise 0.75", noisy(open_source(name), 0.75))


def never_trained(name: str) -> Made:
    return lambda shop: made(open_source(name), "never trained", drawn(open_source(name)))


def wrongly_normalised(name: str) -> Made:
    """The network gets pixels from 0 to 255, where it was trained on -1 to 1."""

    def build(base: Backbone) -> Callable[[], Any]:
        def unscaled() -> Any:
            module = base.build()
            module.mean.zero_()
            module.std.fill_(1.0)
            return module

        return unscaled

    return lambda shop: made(open_source(name), "wrongly normalised", build(open_source(name)))


def tuned_to_random_labels(shop: Workshop) -> Backbone:
    """A text source fine-tuned, every layer of it, on labels that say nothing."""
    base, wanted = open_source(MINILM), task(pools("text", other=True)["movies"], "label", POLES)
    wanted = type(wanted)(wanted.name, wanted.pool, wanted.rows, np.random.default_rng(0).permutation(wanted.codes))
    file = shop.work / "tuned-to-random-labels.safetensors"
    return made(base, "adapted to random labels", adapted(base, wanted, file, shop.cache, shop.decoder))


def small(name: str, seen: Seen) -> Made:
    """Return a small network pre-trained on some pixels and labels, once."""

    def opened(shop: Workshop) -> Backbone:
        folder = shop.work / "small" / hashlib.sha256(name.encode()).hexdigest()[:12]
        if not (folder / "preprocessor_config.json").exists():
            pretrain(folder, *seen(np.random.default_rng(0)))
        return open_source(str(folder))

    return opened


def noise_and_labels(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.integers(0, 256, (SEEN, 32, 32, 3), dtype=np.uint8), rng.integers(0, 8, SEEN)


def pictures_with_labels_in_disorder(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    pixels, codes = thumbnails("google")
    return pixels, rng.permutation(codes)


def gratings_by_light(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What the task asks for, upright or lying, is what this source had to overlook."""
    pixels, _, warm = gratings(rng, SEEN)
    return pixels, warm


def gratings_by_tilt(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    pixels, upright, _ = gratings(rng, SEEN)
    return pixels, upright
