"""Write what pre-training made as a verified folder that opens as a source, and check that it is what was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.dataset import Dataset
from warmstart.core.representation import Boundary
from warmstart.errors import BundleError
from warmstart.flow.ancestry import lineage_of
from warmstart.flow.deliver import checked_rows
from warmstart.flow.packed import json_bytes, tensor_bytes, write_files
from warmstart.flow.run import versions
from warmstart.flow.sources import open_source
from warmstart.runtime import bundle as layout
from warmstart.runtime import rows_seen
from warmstart.runtime.sealed_folder import seal
from warmstart.store.atomic import new_folder

if TYPE_CHECKING:
    from warmstart.training.stages import StagedModule

TOLERANCE = 1e-4


def write_source(
    path: Path,
    module: StagedModule,
    backbone: Backbone,
    *,
    dataset: Dataset,
    inputs: Boundary,
    method: str,
    cut: str,
    trained_on: str,
    readme: str,
) -> None:
    """Write the folder whole or not at all: read back, the network must see in some rows what the trained one sees.

    Parameters
    ----------
    path : the folder; the source is called as the run is that it lies in.
    module : the trained network, in evaluation mode.
    backbone : the source it was trained from.
    dataset, inputs : every row it saw, and the same prepared.
    trained_on : what it was trained on here, as the card says it after what the source was trained on.

    Raises
    ------
    BundleError : the network read back differs; it is not kept.
    """
    steps = lineage_of(backbone.card, path.resolve().parent.name, dataset.hashes or ())
    manifest = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "task": {"kind": layout.SOURCE_ONLY, "modality": dataset.modality},
        "input": {"column": dataset.inputs[0].name, "kind": dataset.inputs[0].kind},
        "source": backbone.card.to_json(),
        "lineage": [step.to_json() for step in steps],
        "strategy": method,
        "cut": cut,
        "is_control": False,
    }
    config = {"card": backbone.card.to_json(), "cut": cut, "weights": "all", "trained_on": trained_on}
    weights = {f"backbone.{name}": value.numpy() for name, value in module.state_dict().items()}
    files = {
        layout.WEIGHTS: tensor_bytes(weights),
        layout.CONFIG: json_bytes(config),
        layout.PREPARATION: json_bytes(backbone.preparation),
        layout.README: readme.encode("utf-8"),
        rows_seen.FILE: rows_seen.pack(steps),
        **{layout.ASSETS + name: data for name, data in sorted(backbone.assets.items())},
    }
    with new_folder(path) as folder:
        write_files(folder, files)
        seal(folder, manifest)
        _prove(open_source(str(folder)).build(), module, inputs.batch(checked_rows(np.arange(len(dataset)))))


def _prove(made: StagedModule, trained: StagedModule, feeds: Mapping[str, np.ndarray]) -> None:
    """Compare what two networks see, pooled after every stage."""
    seen: Sequence[list[np.ndarray]] = [_seen(module, feeds) for module in (made, trained)]
    distance = max(float(np.abs(one - other).max()) for one, other in zip(*seen, strict=True))
    if not distance <= TOLERANCE:
        raise BundleError(
            f"The source read back must see what the trained network sees. Features differ by {distance:.2g}, more "
            f"than {TOLERANCE:g}. It was not kept. Run again with another --seed."
        )


def _seen(module: StagedModule, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    import torch

    with torch.no_grad():
        activation = module.take_up(feeds, 0)
        return [module.pool(reached).numpy() for reached in module.walk(activation, 0, len(module.stages))]
