"""Continued pre-training: read, train in rounds, keep the best, write a source, judge."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.progress import Progress, silent
from warmstart.flow.embed import prepare_inputs
from warmstart.flow.outcome import Outcome, carried_out
from warmstart.flow.peak_memory import peak_rss_mb
from warmstart.flow.pretrain.config import PretrainConfig
from warmstart.flow.pretrain.course import Course, prepare_course
from warmstart.flow.pretrain.few_examples import FewExamplesResult
from warmstart.flow.pretrain.held_out import hold_out
from warmstart.flow.pretrain.judged import judge_sources, read_judge
from warmstart.flow.pretrain.labelled_sets import read_sets
from warmstart.flow.pretrain.plan import PretrainPlan
from warmstart.flow.pretrain.result import Done, describe, readme, trained_on
from warmstart.flow.pretrain.rows import Inputs, read_inputs
from warmstart.flow.pretrain.source import write_source
from warmstart.flow.run import Run
from warmstart.flow.sources import open_source
from warmstart.flow.workbench import Tools
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

if TYPE_CHECKING:
    from warmstart.training.self_supervised import Pretrained

AVERAGE = 0.98
HEAD_FIRST = 0.1


def pretrain(
    config: PretrainConfig,
    *,
    progress: Progress = silent,
    started: float | None = None,
    cache: Cache | None = None,
) -> Outcome:
    """Pre-train, or read the result of the same pre-training where it is finished.

    Parameters
    ----------
    progress : told the step, how much of it is done, and of how much.
    started : `time.monotonic()` when the process began; the budget counts from there.
    cache : where prepared inputs are kept; the user's cache by default.

    Raises
    ------
    PathError, DataError, OptionError, SourceError, BudgetError, MissingExtra, RunConflict : what the user can mend.
    """
    config.check()

    def steps(run: Run, decoder: Decoder, threads: int) -> dict[str, Any]:
        return _pretrained(Tools(config.fit, run, decoder, cache or Cache(), threads, progress=progress), config)

    return carried_out(config.folder, config.to_json(), steps, started=started, threads=config.fit.threads)


def _pretrained(tools: Tools, config: PretrainConfig) -> dict[str, Any]:
    """Run every step in order, and return the result."""
    old = open_source(config.fit.source[0])
    tools.run.require_same_source(old.card)
    with tools.watch.measure("load"):
        judge = None if config.judge is None else read_judge(tools, old.card, config.judge, config.judging)
        inputs = _read(tools, config, old, frozenset() if judge is None else judge.hashes)
        tools.run.require_same("data", inputs.dataset)
        if judge is not None:
            tools.run.require_same("judging data", judge.dataset)
    with tools.watch.measure("measure"):
        course = prepare_course(tools, config, old, inputs, judge)
    with tools.watch.measure("pretrain"):
        found = _trained(tools, course)
    few = _few_examples(config, course)
    done = Done(config, old, inputs, course.objective, course.lesson.cut, course.plan, course.untouched, found, few)
    with tools.watch.measure("deliver"):
        _write(tools, course, done)
    judgement = None
    if judge is not None:
        with tools.watch.measure("judge"):
            judgement = judge_sources(tools, judge, old, open_source(str(tools.run.folder)))
    seconds = {name: round(value, 2) for name, value in tools.watch.seconds.items()}
    seconds["total"] = round(tools.run.elapsed(), 2)
    return {**describe(done, judgement, threads=tools.threads), "seconds": seconds, "peak_rss_mb": peak_rss_mb()}


def _read(tools: Tools, config: PretrainConfig, old: Backbone, judged: Collection[str]) -> Inputs:
    """Read what is trained on: inputs alone, or labelled sets and what of them is held out."""
    if not config.episodic:
        return read_inputs(tools, old.card, judged)
    sets = read_sets(tools, old.card, (str(config.fit.data), *config.more), judged)
    held_out = hold_out(sets, ways=config.most_ways, members=config.members, seed=config.fit.seed)
    held = np.setdiff1d(np.arange(len(sets.dataset)), held_out.rows)
    return Inputs(sets.dataset, held, sets.copies, sets.judged, sets, held_out)


def _few_examples(config: PretrainConfig, course: Course) -> FewExamplesResult | None:
    """Return what the trained network is worth on the tasks that nothing was chosen by; None where there are none."""
    held_out = course.inputs.held_out
    if course.reported is None or course.before is None or held_out is None:
        return None
    after = course.reported.scores(course.lesson.module)
    return FewExamplesResult(held_out.reported, held_out.by_class, config.examples, course.before, after)


def _trained(tools: Tools, course: Course) -> Pretrained:
    """Train until the probe stops improving or the plan ends; the deadline may only cut the plan's tail."""
    from warmstart.training.recipe import Recipe
    from warmstart.training.self_supervised import Rounds, SelfSupervised

    objective, lesson, plan = course.objective, course.lesson, course.plan
    training = SelfSupervised(
        module=lesson.module,
        head=course.head,
        loss=lambda batch: objective.loss(lesson, course.head, batch),
        probe=lambda: course.probe.scores(lesson.module),
        draw=course.draw,
        recipe=Recipe(
            epochs=1,
            rate=objective.rate,
            head_rate=objective.head_rate,
            decay=lesson.module.decay,
            batch=objective.batch,
            average=AVERAGE,
            head_first=HEAD_FIRST,
        ),
        rounds=Rounds(plan.steps, plan.rounds, plan.patience),
        seed=tools.config.seed,
        checkpoint=tools.run.checkpoint("pretrain"),
        progress=lambda done, total: tools.progress("pretrain", done, total),
        goes_on=lambda done: _in_time(tools, plan, done),
    )
    return training.fit()


def _in_time(tools: Tools, plan: PretrainPlan, done: int) -> bool:
    """Return whether another round ends before the deadline; a resumed run stops where it stopped before."""
    end = tools.run.record.get("cut_short")
    if end is None and done and tools.run.elapsed() + plan.seconds + plan.rest > plan.budget_seconds:
        end = tools.run.settle("cut_short", done)
    return end is None or done < end


def _write(tools: Tools, course: Course, done: Done) -> None:
    """Write the new source."""
    tools.progress("deliver", 0, 0)
    backbone, dataset = course.lesson.backbone, course.inputs.dataset
    write_source(
        tools.run.bundle,
        course.lesson.module,
        backbone,
        dataset=dataset,
        inputs=prepare_inputs(dataset, backbone, cache=tools.cache, decoder=tools.decoder),
        method=course.objective.name,
        cut=backbone.cut_name(course.lesson.cut),
        trained_on=trained_on(done),
        readme=readme(done, name=tools.run.folder.resolve().name),
    )
