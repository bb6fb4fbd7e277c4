"""What `warmstart rank` finds out: every source at every cut, what it would cost, and what it cannot see."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.dataset import Dataset
from warmstart.core.note import Note
from warmstart.core.progress import Progress, silent
from warmstart.core.task import Task
from warmstart.flow.config import FitConfig
from warmstart.flow.load import Loaded, for_source
from warmstart.flow.look import LOOK_ROWS, Scored, cuts_to_rank
from warmstart.flow.parted import part_rows
from warmstart.flow.peak_memory import peak_rss_mb
from warmstart.flow.planning import EPOCHS, closed_seconds
from warmstart.flow.rank import Sample, look, look_seconds
from warmstart.flow.ranking import Place, Ranking, ranked_by_look, ranked_by_prior
from warmstart.flow.run import Run
from warmstart.flow.sources import Contender
from warmstart.flow.speed import Speed, speed_of
from warmstart.flow.workbench import Tools
from warmstart.runtime.cores import available_threads
from warmstart.runtime.decode import Decoder
from warmstart.runtime.prepare import preparation
from warmstart.scores._combination import has_weights
from warmstart.store.cache import Cache

SHIFT_ROWS = 32


@dataclass(frozen=True)
class Cost:
    """What a source at a cut would take here.

    Parameters
    ----------
    probe : seconds for one pass over all rows and the closed-form strategies.
    training : seconds for training what lies above the cut, for as many epochs as `fit` grants at most.
    memory_mb : the most memory that this process held once it had run and trained the source on a few rows.
    """

    probe: float
    training: float
    memory_mb: float


@dataclass(frozen=True)
class Remark:
    """Something to know of a source and these inputs, before anything is trained."""

    source: str
    note: Note


@dataclass(frozen=True)
class Survey:
    """The sources and cuts from best to worst, with the costs of those that were looked at, by source and cut.

    Parameters
    ----------
    references : what opens every source, by its name in the ranking.
    train_rows, looked_rows : training rows there are, and those that were looked at.
    left_out : name and reason of every source that was not looked at.
    """

    dataset: Dataset
    task: Task
    references: Mapping[str, str]
    train_rows: int
    looked_rows: int
    ranking: Ranking
    costs: Mapping[tuple[str, str], Cost]
    remarks: tuple[Remark, ...]
    left_out: tuple[tuple[str, str], ...]

    def cost(self, place: Place) -> Cost | None:
        """Return what a place would cost, where it was looked at."""
        return self.costs.get((place.source, place.cut))


def survey(
    config: FitConfig, *, progress: Progress = silent, started: float | None = None, cache: Cache | None = None
) -> Survey:
    """Rank the sources for some data; nothing is kept but what the cache keeps.

    The rows are split as `fit` splits them, and only training rows are looked at.

    Raises
    ------
    DataError, OptionError, SourceError, MissingExtra : what the user can mend.
    """
    from warmstart.training.threads import limited

    threads = config.check().threads or available_threads()
    with limited(threads), TemporaryDirectory() as folder, Decoder(workers=threads) as decoder:
        run = Run(Path(folder), {}, time.monotonic() if started is None else started)
        return _survey(Tools(config, run, decoder, cache or Cache(), threads, progress=progress))


def _survey(tools: Tools) -> Survey:
    parted = part_rows(tools)
    loaded, entrants, sample = parted.loaded, parted.entrants, parted.sample
    dataset = loaded.dataset
    scored: list[Scored] = []
    costs: dict[tuple[str, str], Cost] = {}
    remarks: list[Remark] = []
    left_out: list[tuple[str, str]] = []
    measured: tuple[Contender, Speed] | None = None
    for one in sorted(entrants, key=lambda entrant: entrant.card.cost):
        reason = _too_dear(tools, one, measured, len(sample.rows))
        if reason:
            left_out.append((one.card.name, reason))
            continue
        found, speed = look(tools, dataset, one, sample), _speed(tools, dataset, one)
        measured = measured or (one, speed)
        scored += found
        costs |= _costs(found, speed, loaded, len(sample.rows))
        remarks += _remarks(tools, loaded, one, sample)
    ranking = ranked_by_prior([one.card for one in entrants])
    if has_weights(dataset.modality):
        ranking = ranked_by_look(scored, ranking, train_rows=len(sample.rows))
    looked = min(LOOK_ROWS, len(sample.rows))
    return Survey(
        dataset=dataset,
        task=loaded.task,
        references={one.card.name: one.reference for one in entrants},
        train_rows=len(sample.rows),
        looked_rows=looked,
        ranking=ranking,
        costs=costs,
        remarks=tuple(remarks),
        left_out=tuple(left_out),
    )


def _too_dear(tools: Tools, one: Contender, measured: tuple[Contender, Speed] | None, rows: int) -> str:
    """Return why a source is not looked at: the look would not end within the budget."""
    if measured is None:
        return ""
    first, speed = measured
    seconds = look_seconds(one, first.card, speed, min(LOOK_ROWS, rows))
    left = tools.config.budget - tools.run.elapsed()
    return f"a look would take about {seconds:.0f} s, and {max(left, 0):.0f} s are left" if seconds > left else ""


def _speed(tools: Tools, dataset: Dataset, one: Contender) -> Speed:
    backbone = one.open()
    return speed_of(
        tools, dataset, backbone, ["input", *(backbone.cut_name(cut) for cut in cuts_to_rank(backbone)[:-1])]
    )


def _costs(found: Sequence[Scored], speed: Speed, loaded: Loaded, train: int) -> dict[tuple[str, str], Cost]:
    """Return what each cut would cost; above the last there is nothing to train."""
    probe = speed.embed_row * len(loaded.dataset) + closed_seconds(train, len(loaded.task.classes))
    epochs, memory = EPOCHS.get(loaded.dataset.modality, 4), peak_rss_mb()
    return {
        (one.source, one.cut): Cost(probe, epochs * train * speed.train_row.get(one.cut, 0.0), memory) for one in found
    }


def _remarks(tools: Tools, loaded: Loaded, one: Contender, sample: Sample) -> list[Remark]:
    """Return what is to be known of a source and these inputs."""
    backbone = one.open()
    facts = for_source(loaded, backbone)
    found = [Remark(one.card.name, note) for note in facts.notes[len(loaded.facts.notes) :]]
    if facts.overlap:
        count = len(facts.overlap)
        sentence = f"It was trained on {count:,} of these rows before; they may train only."
        found.append(Remark(one.card.name, Note("overlap", sentence, {"rows": count})))
    return [*found, *_distance(tools, loaded, backbone, sample)]


def _distance(tools: Tools, loaded: Loaded, backbone: Backbone, sample: Sample) -> list[Remark]:
    """Return how far the inputs lie from what the source was trained on, where it remembers that."""
    from warmstart.training.shift import norm_shift

    rows = sample.rows[np.linspace(0, len(sample.rows) - 1, min(SHIFT_ROWS, len(sample.rows))).astype(int)]
    prepare = preparation(backbone.preparation, backbone.assets)
    cells = [loaded.dataset.inputs[0].cells[row] for row in rows]
    shift = norm_shift(backbone, prepare.prepare(cells, tools.decoder).feeds)
    if shift is None:
        return []
    sentence = (
        f"Its features of these inputs lie {shift:.2f} standard deviations from those of what it was trained on "
        "(0 is alike; median over its layers)."
    )
    numbers = {"standard_deviations": shift, "rows": len(rows)}
    return [Remark(backbone.card.name, Note("distance", sentence, numbers))]
