"""What a pre-training works with, and its plan: the network, what is trained beside it, the probe, and the pace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.catalog import part, parts
from warmstart.core.representation import Boundary
from warmstart.errors import OptionError, listed
from warmstart.flow.embed import embed, measure, prepare_inputs
from warmstart.flow.planning import closed_seconds
from warmstart.flow.pretrain.config import AUTO, PretrainConfig
from warmstart.flow.pretrain.few_examples import FewExamples
from warmstart.flow.pretrain.judged import Judge
from warmstart.flow.pretrain.pieces import pieces_of
from warmstart.flow.pretrain.plan import Costs, PretrainPlan, plan_rounds
from warmstart.flow.pretrain.rows import Inputs
from warmstart.flow.workbench import Tools
from warmstart.learning.episodes import draw_task
from warmstart.pretraining._base import Lesson, Objective

if TYPE_CHECKING:
    from torch import nn

    from warmstart.training.self_supervised import Draw
    from warmstart.training.stages import StagedModule

MEASURED_ROWS = 112
OPTIMIZING = 1.1
"""A step with the optimizer's share, against its loss and gradients alone."""


class Probe(Protocol):
    """What tells what a network is worth on inputs that are held out."""

    def scores(self, module: StagedModule) -> np.ndarray:
        """Return the score of a network in evaluation mode on everything that is compared; higher is better."""
        ...


@dataclass(frozen=True)
class Course:
    """Everything that training needs.

    Parameters
    ----------
    draw : from the number of a step to its rows.
    head : what is trained beside the network.
    probe : decides which round is kept.
    untouched : the probe's scores before any training.
    reported : tasks that are looked at before training and after it; None where no tasks are drawn.
    before : the accuracy on each of them before any training (tasks,).
    """

    inputs: Inputs
    objective: Objective
    lesson: Lesson
    draw: Draw
    head: nn.Module
    probe: Probe
    untouched: np.ndarray
    reported: FewExamples | None
    before: np.ndarray | None
    plan: PretrainPlan


def prepare_course(tools: Tools, config: PretrainConfig, old: Backbone, inputs: Inputs, judge: Judge | None) -> Course:
    """Build the network, look at what it is worth untouched, measure how fast it trains, and plan once."""
    from warmstart.training.self_supervised import hold, steps_an_epoch

    objective = _objective(config, old)
    lesson = Lesson(old, old.build(), _entering(tools, config, old, inputs), _cut(config.fit.cut, old))
    hold(lesson.module, lesson.cut)
    head = _head(objective, lesson, config.fit.seed)
    probe, reported = _probe(lesson, inputs), _reported(lesson, inputs)
    draw = _draw(objective, lesson, inputs, config)
    tools.progress("measure", 0, 2)
    untouched, probing = _probed(lesson, probe)
    before, reporting = (None, 0.0) if reported is None else _probed(lesson, reported)
    tools.progress("measure", 1, 2)
    if "plan" not in tools.run.record:
        usual = _usual(objective, lesson, inputs, draw)
        step = _step_seconds(objective, lesson, head, usual)
        costs = Costs(tools.run.elapsed(), step, probing, reporting + _rest_seconds(tools, old, judge))
        plan = plan_rounds(config.fit.budget, costs, steps_an_epoch(len(inputs.trained), usual.size), objective.steps)
        tools.run.settle("plan", plan.to_json())
    tools.progress("measure", 2, 2)
    plan = PretrainPlan(**tools.run.record["plan"])
    return Course(inputs, objective, lesson, draw, head, probe, untouched, reported, before, plan)


def _objective(config: PretrainConfig, backbone: Backbone) -> Objective:
    """Return the named way of pre-training, or the default of the source's modality, with labels or without.

    Raises
    ------
    OptionError : it does not exist, is for another modality, or reads labels where this reads none.
    """
    name, modality = config.method, backbone.modality
    fitting = [
        kind for kind in parts("pretraining") if modality in kind.modalities and kind.episodic == config.episodic
    ]
    kind = part("pretraining", name) if name != AUTO else next(one for one in fitting if one.by_default)
    if kind not in fitting:
        of_it = f"for {' and '.join(kind.modalities)} inputs {_by_labels(kind.episodic)}"
        raise OptionError(
            f"`--method` must be for {modality} inputs {_by_labels(config.episodic)} here: "
            f"{listed(one.name for one in fitting)}. '{name}' is {of_it}. Try auto."
        )
    found: Objective = kind()
    return found


def _by_labels(episodic: bool) -> str:
    return "with labels (--episodic)" if episodic else "without labels"


def _entering(tools: Tools, config: PretrainConfig, old: Backbone, inputs: Inputs) -> Boundary:
    """Return what every step begins with: prepared inputs, or, for tasks, what the frozen stages have made of them."""
    if inputs.sets is None:
        return prepare_inputs(inputs.dataset, old, cache=tools.cache, decoder=tools.decoder, progress=tools.progress)
    cut = _cut(config.fit.cut, old)
    seen = embed(
        inputs.dataset,
        old,
        cuts=(0, cut),
        cache=tools.cache,
        decoder=tools.decoder,
        threads=tools.threads,
        progress=tools.progress,
    )
    return seen.boundaries[cut]


def _probe(lesson: Lesson, inputs: Inputs) -> Probe:
    """Return what decides which round is kept."""
    if inputs.held_out is not None:
        return FewExamples(lesson.inputs, lesson.cut, inputs.held_out.chosen)
    return pieces_of(lesson.backbone, inputs.dataset.inputs[0].cells, lesson.inputs, inputs.held)


def _reported(lesson: Lesson, inputs: Inputs) -> FewExamples | None:
    """Return the tasks on which the result is reported, where any are drawn."""
    if inputs.held_out is None:
        return None
    return FewExamples(lesson.inputs, lesson.cut, inputs.held_out.reported)


def _draw(objective: Objective, lesson: Lesson, inputs: Inputs, config: PretrainConfig) -> Draw:
    """Return what draws the rows of a step: a batch, or a task."""
    from warmstart.training.self_supervised import passes_over

    rows, seed = inputs.trained, config.fit.seed
    if inputs.held_out is None:
        return passes_over(rows, lesson.inputs.lengths()[rows], objective.batch, seed=seed)
    pool, members = inputs.held_out.trained, config.members
    return lambda step: draw_task(pool, ways=config.most_ways, members=members, rng=np.random.default_rng([seed, step]))


def _cut(name: str, backbone: Backbone) -> int:
    """Return the cut above which is trained: half way up, where none is named.

    Raises
    ------
    OptionError : it leaves nothing to train, or the first stage would move.
    """
    stages = len(backbone.stages)
    cut = max(1, stages // 2) if name == AUTO else backbone.cut(name)
    if not 0 < cut < stages:
        raise OptionError(
            f"`--cut` must leave the first stage frozen and the last one to train: one of "
            f"{listed((stage.name for stage in backbone.stages[:-1]), 30)}. Got '{name}'. Try auto."
        )
    return cut


def _head(objective: Objective, lesson: Lesson, seed: int) -> nn.Module:
    """Return what is trained beside the network, drawn from the seed."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return objective.head(lesson)


def _probed(lesson: Lesson, probe: Probe) -> tuple[np.ndarray, float]:
    """Return the probe's scores as the network is, and the seconds it takes."""
    lesson.module.eval()
    start = time.perf_counter()
    scores = probe.scores(lesson.module)
    return scores, time.perf_counter() - start


def _usual(objective: Objective, lesson: Lesson, inputs: Inputs, draw: Draw) -> np.ndarray:
    """Return the rows of a usual step: of about the mean length, or a task."""
    if inputs.sets is not None:
        return draw(0)
    lengths = lesson.inputs.lengths()[inputs.trained]
    return inputs.trained[np.argsort(np.abs(lengths - lengths.mean()), kind="stable")[: objective.batch]]


def _step_seconds(objective: Objective, lesson: Lesson, head: nn.Module, usual: np.ndarray) -> float:
    """Return the seconds of a step with the optimizer's share."""
    from warmstart.training.timing import seconds_of_step

    lesson.module.train()
    head.train()
    return OPTIMIZING * seconds_of_step(lambda: objective.loss(lesson, head, usual))


def _rest_seconds(tools: Tools, old: Backbone, judge: Judge | None) -> float:
    """Return what judging is predicted to take: a pass of each source over the labelled rows, and the probes."""
    if judge is None:
        return 0.0
    rows = np.linspace(0, len(judge.codes) - 1, min(MEASURED_ROWS, len(judge.codes))).astype(int)
    row = measure(judge.dataset, old, rows, cache=tools.cache, decoder=tools.decoder, threads=tools.threads)
    return 2 * len(judge.codes) * row + 2 * closed_seconds(len(judge.codes), len(judge.task.classes))
