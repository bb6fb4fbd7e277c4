"""How fast a source runs on this machine, measured before a plan is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.dataset import Dataset
from warmstart.flow.embed import measure
from warmstart.flow.workbench import Tools
from warmstart.runtime.prepare import preparation
from warmstart.training.allocator import give_back

MEASURED_ROWS = 112
BATCH = 8


@dataclass(frozen=True)
class Speed:
    """Seconds a row on this machine: through the frozen source, and in an epoch of training above each cut name."""

    embed_row: float
    train_row: Mapping[str, float]

    def slower(self, times: float) -> Speed:
        """Return the speed of a source that needs so many times as long."""
        return Speed(times * self.embed_row, {cut: times * seconds for cut, seconds in self.train_row.items()})


def speed_of(tools: Tools, dataset: Dataset, backbone: Backbone, cuts: list[str]) -> Speed:
    """Measure a source on a few of the rows; what was measured once is what a resumed run goes by."""
    key = f"speed {backbone.card.name}"
    if key not in tools.run.record:
        rows = np.linspace(0, len(dataset) - 1, min(MEASURED_ROWS, len(dataset))).astype(int)
        tools.progress("measure", 0, 2)
        embed_row = measure(dataset, backbone, rows, cache=tools.cache, decoder=tools.decoder, threads=tools.threads)
        tools.progress("measure", 1, 2)
        train_row = _training(tools, dataset, backbone, rows[:: max(1, len(rows) // BATCH)], cuts)
        give_back()
        tools.progress("measure", 2, 2)
        tools.run.settle(key, {"embed_row": embed_row, "train_row": train_row})
    measured = tools.run.record[key]
    return Speed(measured["embed_row"], measured["train_row"])


def _training(
    tools: Tools, dataset: Dataset, backbone: Backbone, rows: np.ndarray, cuts: list[str]
) -> dict[str, float]:
    """Return the seconds of training a row, per cut name."""
    from warmstart.training.timing import seconds_per_row

    prepare = preparation(backbone.preparation, backbone.assets)
    feeds = prepare.prepare([dataset.inputs[0].cells[row] for row in rows], tools.decoder).feeds
    seconds = seconds_per_row(backbone, feeds, [backbone.cut(name) for name in cuts])
    return {backbone.cut_name(cut): value for cut, value in seconds.items()}
