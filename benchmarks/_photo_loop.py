"""Fine-tuning a network on photos as tutorials of torch write it: DataLoader, cross-entropy, AdamW, all layers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from _networks import efficientnet_lite0, normalised, read_photo
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

BATCH = 32
RATE = 3e-4


class Photos(Dataset[tuple[Tensor, int]]):
    """Photo files and their class codes; in training every other one is mirrored, by chance."""

    def __init__(self, paths: Sequence[str], codes: np.ndarray, *, training: bool) -> None:
        self.paths, self.codes, self.training = paths, codes, training

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> tuple[Tensor, int]:
        photo = normalised(read_photo(self.paths[row])[None])[0]
        return photo.flip(2) if self.training and torch.rand(()) < 0.5 else photo, int(self.codes[row])


@dataclass(frozen=True)
class Trained:
    """A network, the seconds of its training steps, and what share of all steps they were."""

    network: Any
    seconds: float
    share: float


def train(paths: Sequence[str], codes: np.ndarray, *, epochs: int, share: float, seed: int) -> Trained:
    """Train for a share of the steps that the epochs have, at least one."""
    torch.manual_seed(seed)
    network = efficientnet_lite0(classes=int(codes.max()) + 1).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE)
    loader = DataLoader(Photos(paths, codes, training=True), batch_size=BATCH, shuffle=True)
    total = epochs * len(loader)
    last = max(1, round(share * total))
    start = time.perf_counter()
    for photos, labels in itertools.islice(itertools.chain.from_iterable(itertools.repeat(loader)), last):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(photos), labels).backward()
        optimizer.step()
    return Trained(network, time.perf_counter() - start, last / total)


@torch.no_grad()
def answers(network: Any, paths: Sequence[str]) -> np.ndarray:
    """Return the class code that each photo is given."""
    network.eval()
    loader = DataLoader(Photos(paths, np.zeros(len(paths)), training=False), batch_size=BATCH)
    return np.concatenate([network(photos).argmax(1).numpy() for photos, _ in loader])
