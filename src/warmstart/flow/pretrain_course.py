"""What a pre-training works with, and its plan: the network, what is trained beside it, the probe, and the pace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.catalog import part, parts
from warmstart.errors import OptionError, listed
from warmstart.flow.embed import measure, prepare_inputs
from warmstart.flow.judged import Judge
from warmstart.flow.pieces import Pieces, pieces_of
from warmstart.flow.preparing import closed_seconds
from warmstart.flow.pretrain_config import AUTO, PretrainConfig
from warmstart.flow.pretrain_plan import Costs, PretrainPlan, plan_rounds
from warmstart.flow.pretrain_rows import Inputs
from warmstart.flow.workbench import Tools
from warmstart.pretraining._base import Lesson, Objective

if TYPE_CHECKING:
    from torch import nn

MEASURED_ROWS = 112
OPTIMIZING = 1.1
"""A step with the optimizer's share, against its loss and gradients alone."""


@dataclass(frozen=True)
class Course:
    """Everything that training needs.

    Parameters
    ----------
    head : what is trained beside the network.
    untouched : the probe's score of every pair before any training (pairs,).
    """

    inputs: Inputs
    objective: Objective
    lesson: Lesson
    head: nn.Module
    pieces: Pieces
    untouched: np.ndarray
    plan: PretrainPlan


def prepare_course(tools: Tools, config: PretrainConfig, old: Backbone, inputs: Inputs, judge: Judge | None) -> Course:
    """Build the network, look at what it is worth untouched, measure how fast it trains, and plan once."""
    from warmstart.training.self_supervised import hold, steps_an_epoch

    objective = _objective(config.method, old)
    boundary = prepare_inputs(inputs.dataset, old, cache=tools.cache, decoder=tools.decoder, progress=tools.progress)
    pieces = pieces_of(old, inputs.dataset.inputs[0].cells, boundary, inputs.held)
    lesson = Lesson(old, old.build(), boundary, _cut(config.fit.cut, old))
    hold(lesson.module, lesson.cut)
    head = _head(objective, lesson, config.fit.seed)
    tools.progress("measure", 0, 2)
    untouched, probing = _probed(lesson, pieces)
    tools.progress("measure", 1, 2)
    if "plan" not in tools.run.record:
        costs = Costs(
            spent=tools.run.elapsed(),
            step=_step_seconds(objective, lesson, head, inputs),
            probe=probing,
            rest=_rest_seconds(tools, old, judge),
        )
        plan = plan_rounds(config.fit.budget, costs, steps_an_epoch(len(inputs.trained), objective.batch))
        tools.run.settle("plan", plan.to_json())
    tools.progress("measure", 2, 2)
    return Course(inputs, objective, lesson, head, pieces, untouched, PretrainPlan(**tools.run.record["plan"]))


def _objective(name: str, backbone: Backbone) -> Objective:
    """Return the named way of pre-training, or the default of the source's modality.

    Raises
    ------
    OptionError : it does not exist, or is for another modality.
    """
    fitting = [kind for kind in parts("pretraining") if kind.modality == backbone.modality]
    kind = part("pretraining", name) if name != AUTO else next(one for one in fitting if one.by_default)
    if kind not in fitting:
        raise OptionError(
            f"`--method` must be for {backbone.modality} inputs here: {listed(one.name for one in fitting)}. "
            f"'{name}' is for {kind.modality} inputs. Try auto."
        )
    found: Objective = kind()
    return found


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


def _probed(lesson: Lesson, pieces: Pieces) -> tuple[np.ndarray, float]:
    """Return the probe's score of every pair as the network is, and the seconds it takes."""
    lesson.module.eval()
    start = time.perf_counter()
    scores = pieces.scores(lesson.module)
    return scores, time.perf_counter() - start


def _step_seconds(objective: Objective, lesson: Lesson, head: nn.Module, inputs: Inputs) -> float:
    """Return the seconds of a step with the optimizer's share, on rows of about the mean length."""
    from warmstart.training.timing import seconds_of_step

    lengths = lesson.inputs.lengths()[inputs.trained]
    usual = inputs.trained[np.argsort(np.abs(lengths - lengths.mean()), kind="stable")[: objective.batch]]
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
