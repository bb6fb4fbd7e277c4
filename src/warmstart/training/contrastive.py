"""Draw rows of one class together and those of different classes apart, from cached boundary activations."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from warmstart.core.material import Material
from warmstart.runtime.length_batches import length_batches
from warmstart.training.absorbed import absorb_norms
from warmstart.training.batches import shuffled_batches
from warmstart.training.memory_layout import lay_out
from warmstart.training.stages import StagedModule, freeze_below, weights_above
from warmstart.training.transferred import Transferred

RATE = 2e-4
BATCH = 64
"""Rows a step: every pair among them is compared, and each goes through the network once."""
TOGETHER = 4
"""Rows that go through the network at a time, of like length, so that little is padding."""
CLIP = 1.0


def draw_together(material: Material, request: Any) -> Transferred:
    """Train the stages above the setting's cut, so that cosines of embeddings are 1 within classes and 0 between.

    The loss is that of SetFit (Tunstall et al., 2022), the embedding the last stage's mean over positions. SetFit
    sends both texts of every pair through the whole network. Here a row goes through what lies above the cut once a
    step, for all of its pairs.

    Parameters
    ----------
    request : the assignment. Training takes seconds, and so keeps no state: what was stopped begins anew.

    Returns
    -------
    The changed network under the head that it started with, which does not fit it any more.
    """
    cut = material.backbone.cut(request.setting["cut"])
    module: StagedModule = material.backbone.build()
    lay_out(module)
    freeze_below(module, cut, hold_norms=True)
    absorb_norms(module.stages[cut:])
    optimizer = torch.optim.AdamW([one for one in module.parameters() if one.requires_grad], lr=RATE)
    epochs = request.epochs if request.stop_after is None else min(request.stop_after, request.epochs)
    history = []
    module.train()
    for epoch in range(epochs):
        for group in optimizer.param_groups:
            group["lr"] = RATE * 0.5 * (1 + np.cos(np.pi * epoch / request.epochs))
        history.append(_epoch(material, request, module, optimizer, cut, epoch))
        if request.watch is not None:
            request.watch(epoch + 1, history[-1]["seconds"])
    weights, start = weights_above(module.state_dict(), cut), request.start
    tuned = Transferred(material.backbone, start.head, start.stages, cut, weights, history_=history)
    tuned.take(module)
    return tuned


def _epoch(
    material: Material, request: Any, module: StagedModule, optimizer: torch.optim.Optimizer, cut: int, epoch: int
) -> dict[str, float]:
    """Pass over the rows once."""
    start = time.perf_counter()
    torch.manual_seed(request.seed * 10_007 + epoch)
    rows, losses = request.rows, []
    lengths = material.representation.boundaries[cut].lengths()[rows]
    for places in shuffled_batches(lengths, BATCH, seed=request.seed, epoch=epoch):
        optimizer.zero_grad()
        embeddings, order = _embeddings(material, module, rows[places], cut)
        loss = pair_loss(embeddings, torch.from_numpy(material.codes[rows[places]][order]))
        loss.backward()
        nn.utils.clip_grad_norm_(module.top(cut), CLIP)
        optimizer.step()
        losses.append(float(loss.detach()))
    return {"epoch": epoch + 1, "loss": float(np.mean(losses)), "seconds": time.perf_counter() - start}


def _embeddings(material: Material, module: StagedModule, rows: np.ndarray, cut: int) -> tuple[Tensor, np.ndarray]:
    """Return the last stage's means over positions (rows, width), and the places of the rows in their order."""
    boundary, last = material.representation.boundaries[cut], len(module.stages)
    parts = list(length_batches(boundary.lengths()[rows], TOGETHER))
    pooled = [module.pool(module.run(module.take_up(boundary.batch(rows[part]), cut), cut, last)) for part in parts]
    found = torch.cat(pooled)
    return found[:, : found.shape[1] // 2], np.concatenate(parts)


def pair_loss(embeddings: Tensor, codes: Tensor) -> Tensor:
    """Return the mean squared distance of cosines from 1 within classes and from 0 between, both counting alike.

    Parameters
    ----------
    embeddings : (rows, width).
    codes : class codes (rows,); where no two rows are of one class, or all are, the other pairs count alone.
    """
    unit = F.normalize(embeddings, dim=1)
    same = codes[:, None] == codes[None, :]
    within = same & ~torch.eye(len(codes), dtype=torch.bool)
    apart = (unit @ unit.T - same.float()).square()
    return torch.stack([(apart * pairs).sum() / pairs.sum().clamp(min=1) for pairs in (within, ~same)]).mean()
