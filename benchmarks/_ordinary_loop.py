"""Fine-tuning the last stage as one would write it in torch: the frozen layers run again in every epoch."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from _networks import efficientnet_lite0, minilm_folder, normalised
from torch import Tensor, nn
from torch.nn import functional

BATCH = 32
HEAD_RATE = 2e-3
WEIGHT_DECAY = 0.01
CLIP = 1.0


class ImageTop:
    """EfficientNet-Lite0 with all but its last convolution frozen, over decoded photos in memory."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels
        self.network = efficientnet_lite0().requires_grad_(False)
        self.trained = [*self.network._conv_head.parameters(), *self.network._bn1.parameters()]

    def __call__(self, rows: np.ndarray) -> Tensor:
        """Return mean and maximum over positions, (rows, 2 × width)."""
        network = self.network
        with torch.no_grad():
            hidden = network._swish(network._bn0(network._conv_stem(normalised(self.pixels[rows]))))
            for block in network._blocks:
                hidden = block(hidden)
        hidden = network._swish(network._bn1(network._conv_head(hidden)))
        return torch.cat([hidden.mean((2, 3)), hidden.amax((2, 3))], dim=1)


class TextTop:
    """MiniLM with all but its last layer frozen, as transformers gives it."""

    def __init__(self, cells: Sequence[str]) -> None:
        from transformers import AutoModel, AutoTokenizer

        self.cells = cells
        self.tokenizer = AutoTokenizer.from_pretrained(minilm_folder(), model_max_length=256)
        self.network = AutoModel.from_pretrained(minilm_folder()).requires_grad_(False).eval()
        self.trained = list(self.network.encoder.layer[-1].train().parameters())

    def __call__(self, rows: np.ndarray) -> Tensor:
        """Return mean and maximum over tokens, (rows, 2 × width)."""
        cells = [self.cells[row] for row in rows]
        tokens = self.tokenizer(cells, padding=True, truncation=True, return_tensors="pt")
        hidden = self.network(**tokens).last_hidden_state
        mask = tokens["attention_mask"][:, :, None].float()
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return torch.cat([mean, (hidden - (1 - mask) * 1e9).amax(1)], dim=1)


class Head(nn.Module):
    """A linear layer on standardised features, that starts from a probe's weights."""

    def __init__(self, start: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        self.mean, self.scale = torch.from_numpy(start["mean"]), torch.from_numpy(start["scale"])
        self.weight = nn.Parameter(torch.from_numpy(start["weight"]))
        self.bias = nn.Parameter(torch.from_numpy(start["bias"]))

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (rows, classes)."""
        return functional.linear((features - self.mean) / self.scale, self.weight, self.bias)


def train(top: Any, head: Head, codes: np.ndarray, rows: np.ndarray, *, epochs: int, rate: float, seed: int) -> float:
    """Train the last stage and the head with AdamW and a cosine schedule, and return the seconds."""
    torch.manual_seed(seed)
    for parameter in top.trained:
        parameter.requires_grad_(True)
    parameters = [*top.trained, *head.parameters()]
    groups = [{"params": top.trained, "lr": rate}, {"params": list(head.parameters()), "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY)
    steps = epochs * -(-len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    labels = torch.from_numpy(codes)
    start = time.perf_counter()
    for _ in range(epochs):
        for places in torch.randperm(len(rows)).split(BATCH):
            batch = rows[places.numpy()]
            optimizer.zero_grad()
            functional.cross_entropy(head(top(batch)), labels[batch]).backward()
            nn.utils.clip_grad_norm_(parameters, CLIP)
            optimizer.step()
            schedule.step()
    return time.perf_counter() - start


@torch.no_grad()
def answers(top: Any, head: Head, rows: np.ndarray) -> np.ndarray:
    """Return the class code that each row is given."""
    if isinstance(top, TextTop):
        top.network.eval()
    return np.concatenate([head(top(part)).argmax(1).numpy() for part in np.array_split(rows, -(-len(rows) // BATCH))])
