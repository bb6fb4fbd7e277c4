"""Sources for the ranking benchmark: the packaged ones, and what can become of a network on its way to a user.

What a source claims of itself, its prior, is what its base claims: nobody says that a network is damaged.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _ranking_tasks import POLES, Task, pools, task

from warmstart.core.backbone import Backbone
from warmstart.core.card import Card
from warmstart.flow.embed import embed
from warmstart.flow.sources import open_source
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

EPOCHS, BATCH = 2, 16


def sources(modality: str, work: Path, cache: Cache, decoder: Decoder) -> list[Backbone]:
    """Return the sources of a modality: image 10, text 9."""
    other = pools(modality, other=True)
    if modality == "image":
        base = open_source("efficientnet-lite0")
        found = [base, open_source("efficientnet-lite1"), open_source("efficientnet-lite2")]
        short, useful, useless = (9,), task(other["digits"], "label"), task(other["cells"], "defect")
        noise = (0.1, 0.3)
    else:
        base = open_source("all-minilm-l6-v2")
        found, noise, short = [base], (0.3, 0.8), (3, 5)
        useful, useless = task(other["amazon"], "label", POLES), task(other["movies"], "label", POLES)
    found += [made(base, f"noise {share}", noisy(base, share)) for share in noise]
    found += [made(base, "shuffled", shuffled(base)), made(base, "never trained", drawn(base))]
    found += [_cut_short(base, count) for count in short]
    useless = dataclasses.replace(useless, codes=np.random.default_rng(0).permutation(useless.codes))
    for name, wanted in (("adapted", useful), ("adapted to random labels", useless)):
        found.append(made(base, name, adapted(base, wanted, work / f"{modality}-{name}.safetensors", cache, decoder)))
    return found


def _card(base: Backbone, name: str) -> Card:
    sha256 = hashlib.sha256(f"{base.card.sha256} {name}".encode()).hexdigest()
    return dataclasses.replace(base.card, name=f"{base.card.name}, {name}", sha256=sha256)


def made(base: Backbone, name: str, build: Callable[[], Any]) -> Backbone:
    """Return the source under another name, with another network behind its stages."""
    head = None if name.startswith("adapted") else base.head
    return dataclasses.replace(base, card=_card(base, name), build=build, head=head)


def _cut_short(base: Backbone, count: int) -> Backbone:
    """Return the first stages; what they give is what they give in the whole network."""
    card = dataclasses.replace(base.card, name=f"{base.card.name}, first {count}")
    return dataclasses.replace(base, card=card, stages=base.stages[:count], head=None)


def _changed(base: Backbone, change: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Callable[[], Any]:
    """Return what builds the network with every weight matrix changed."""

    def build() -> Any:
        import torch

        module, rng = base.build(), np.random.default_rng(0)
        with torch.no_grad():
            for parameter in module.parameters():
                if parameter.ndim > 1:
                    parameter.copy_(torch.from_numpy(change(parameter.numpy(), rng).astype(np.float32)))
        return module.eval()

    return build


def noisy(base: Backbone, share: float) -> Callable[[], Any]:
    return _changed(base, lambda weight, rng: weight + share * weight.std() * rng.normal(size=weight.shape))


def shuffled(base: Backbone) -> Callable[[], Any]:
    return _changed(base, lambda weight, rng: rng.permutation(weight.ravel()).reshape(weight.shape))


def drawn(base: Backbone) -> Callable[[], Any]:
    return lambda: base.build().start_over(0).eval()


def adapted(base: Backbone, wanted: Task, file: Path, cache: Cache, decoder: Decoder) -> Callable[[], Any]:
    """Train every layer on a task, once, and return what builds the network with those weights."""
    from safetensors.torch import load_file, save_file

    if not file.exists():
        module = _trained(base, wanted, cache, decoder)
        save_file({name: tensor.contiguous() for name, tensor in module.state_dict().items()}, file)

    def build() -> Any:
        module = base.build()
        module.load_state_dict(load_file(file))
        return module.eval()

    return build


def _trained(base: Backbone, wanted: Task, cache: Cache, decoder: Decoder) -> Any:
    """Return the network after EPOCHS of training with a linear head on the last stage's pooled features."""
    import torch

    from warmstart.training.stages import freeze_below

    dataset = wanted.pool.dataset.take(wanted.rows)
    boundary = embed(dataset, base, cuts=(0,), cache=cache, decoder=decoder).boundaries[0]
    torch.manual_seed(0)
    module = base.build()
    freeze_below(module, 0, hold_norms=True)
    module.train()
    head = torch.nn.LazyLinear(int(wanted.codes.max()) + 1)
    rng, last, optimizer = np.random.default_rng(0), len(base.stages), None
    for _ in range(EPOCHS):
        for rows in np.array_split(rng.permutation(len(dataset)), len(dataset) // BATCH):
            pooled = module.pool(module.run(module.take_up(boundary.batch(np.sort(rows)), 0), 0, last))
            loss = torch.nn.functional.cross_entropy(head(pooled), torch.from_numpy(wanted.codes[np.sort(rows)]))
            optimizer = optimizer or torch.optim.AdamW([*module.parameters(), *head.parameters()], lr=module.rate)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return module.eval()
