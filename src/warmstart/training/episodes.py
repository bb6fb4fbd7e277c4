"""A small task and a network: what it sees in the rows, and how near each query is to each class's mean."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from warmstart.core.representation import Boundary
from warmstart.learning.episodes import QUERIES
from warmstart.runtime.length_batches import length_batches
from warmstart.training.stages import StagedModule

TOGETHER = 16
"""Rows that go through the network at a time, of like length, so that little is padding."""


def embedded(module: StagedModule, boundary: Boundary, rows: np.ndarray, cut: int) -> Tensor:
    """Return the last stage's means over positions (rows, width) from cached activations at a cut."""
    last = len(module.stages)
    parts = list(length_batches(boundary.lengths()[rows], TOGETHER))
    pooled = [module.pool(module.run(module.take_up(boundary.batch(rows[part]), cut), cut, last)) for part in parts]
    found = torch.cat(pooled)[torch.from_numpy(np.argsort(np.concatenate(parts)))]
    return found[:, : found.shape[1] // 2]


def nearness(task: Tensor) -> Tensor:
    """Return the cosines of every query with the mean of every class's examples (…, classes, QUERIES, classes).

    The mean of all examples is taken off first, so that what all inputs share tells nothing apart.

    Parameters
    ----------
    task : embeddings (…, classes, members, width); the last QUERIES of each class are the queries.
    """
    examples = task[..., :-QUERIES, :].mean(dim=-2)
    middle = examples.mean(dim=-2, keepdim=True)
    means = F.normalize(examples - middle, dim=-1)
    queries = F.normalize(task[..., -QUERIES:, :] - middle[..., None, :], dim=-1)
    return queries @ means.transpose(-1, -2)[..., None, :, :]


def shares_right(tasks: Tensor) -> Tensor:
    """Return the share of the queries of every task (tasks,) that are nearest to their own class."""
    own = torch.arange(tasks.shape[1])[:, None]
    return (nearness(tasks).argmax(dim=-1) == own).double().mean(dim=(1, 2))
