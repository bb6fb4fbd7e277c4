"""Continued pre-training on inputs without labels: read, train in rounds, keep the best, judge, write a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warmstart.core.progress import Progress, silent
from warmstart.flow.judged import judge_sources, read_judge
from warmstart.flow.outcome import Outcome, carried_out
from warmstart.flow.peak_memory import peak_rss_mb
from warmstart.flow.pretrain_config import PretrainConfig
from warmstart.flow.pretrain_course import Course, prepare_course
from warmstart.flow.pretrain_plan import PretrainPlan
from warmstart.flow.pretrain_rows import read_inputs
from warmstart.flow.pretrained_result import Done, describe, readme, trained_on
from warmstart.flow.pretrained_source import write_source
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
    with tools.watch.measure("load"):
        judge = None if config.judge is None else read_judge(tools, old.card, config.judge)
        inputs = read_inputs(tools, old.card, frozenset() if judge is None else judge.hashes)
        tools.run.require_same("data", inputs.dataset)
        if judge is not None:
            tools.run.require_same("judging data", judge.dataset)
    with tools.watch.measure("measure"):
        course = prepare_course(tools, config, old, inputs, judge)
    with tools.watch.measure("pretrain"):
        found = _trained(tools, course)
    done = Done(config, old, inputs, course.objective, course.lesson.cut, course.plan, course.untouched, found)
    with tools.watch.measure("deliver"):
        _write(tools, course, done)
    judgement = None
    if judge is not None:
        with tools.watch.measure("judge"):
            judgement = judge_sources(tools, judge, old, open_source(str(tools.run.folder)))
    seconds = {name: round(value, 2) for name, value in tools.watch.seconds.items()}
    seconds["total"] = round(tools.run.elapsed(), 2)
    return {**describe(done, judgement, threads=tools.threads), "seconds": seconds, "peak_rss_mb": peak_rss_mb()}


def _trained(tools: Tools, course: Course) -> Pretrained:
    """Train until the probe stops improving or the plan ends; the deadline may only cut the plan's tail."""
    from warmstart.training.recipe import Recipe
    from warmstart.training.self_supervised import Rounds, SelfSupervised

    objective, lesson, plan = course.objective, course.lesson, course.plan
    rows = course.inputs.trained
    training = SelfSupervised(
        module=lesson.module,
        head=course.head,
        loss=lambda batch: objective.loss(lesson, course.head, batch),
        probe=lambda: course.pieces.scores(lesson.module),
        rows=rows,
        lengths=lesson.inputs.lengths()[rows],
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
    backbone = course.lesson.backbone
    write_source(
        tools.run.bundle,
        course.lesson.module,
        backbone,
        dataset=course.inputs.dataset,
        inputs=course.lesson.inputs,
        method=course.objective.name,
        cut=backbone.cut_name(course.lesson.cut),
        trained_on=trained_on(done),
        readme=readme(done, name=tools.run.folder.resolve().name),
    )
