"""The experiment that `fit` runs, from the data to the verified bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.dataset import UNLABELLED
from warmstart.core.evidence import Evidence, Novelty, Predictions
from warmstart.core.progress import Progress, silent
from warmstart.flow.choose import Choice
from warmstart.flow.config import FitConfig, is_named
from warmstart.flow.curves import Curves, across_folds, learning_curves
from warmstart.flow.delivery import deliver_choice, seal_evidence
from warmstart.flow.diagnose import diagnose
from warmstart.flow.evaluate import (
    answers,
    gather,
    out_of_fold,
    predicted_by_bundle,
    validated,
)
from warmstart.flow.label_check import as_csv, as_json, check_labels, suspects
from warmstart.flow.novelty import known_features, novelty, put_together
from warmstart.flow.other_source import answers_of_other
from warmstart.flow.outcome import Outcome, carried_out
from warmstart.flow.parted import load_data
from warmstart.flow.precision import require_precision
from warmstart.flow.preparing import prepare
from warmstart.flow.procedure import predicted, procedure, refitted, select
from warmstart.flow.reference import Reference, load_reference
from warmstart.flow.repeated import measure_repeated
from warmstart.flow.result import describe, finish
from warmstart.flow.retention import measure_forgetting
from warmstart.flow.run import Run
from warmstart.flow.shown import explaining_seconds, shown
from warmstart.flow.trial import Heat, Trial
from warmstart.flow.workbench import Leader, Tools, Workbench, nobody
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.store import atomic, strict_json
from warmstart.store.cache import Cache

EXAMPLES_FILE, SUSPECTS_FILE = "examples.json", "suspects.csv"


def fit(
    config: FitConfig,
    *,
    progress: Progress = silent,
    leader: Leader = nobody,
    started: float | None = None,
    cache: Cache | None = None,
) -> Outcome:
    """Run the experiment, or go on with it where it was left.

    Parameters
    ----------
    progress : told the step, how much of it is done, and of how much.
    leader : told the best candidate so far, in words.
    started : `time.monotonic()` when the process began; the budget counts from there.
    cache : where representations are kept; the user's cache by default.

    Raises
    ------
    DataError, OptionError, SourceError, BudgetError, RunConflict : what the user can mend.
    """
    config.check()

    def tools(run: Run, decoder: Decoder, threads: int) -> Tools:
        return Tools(config, run, decoder, cache or Cache(), threads, progress=progress, leader=leader)

    def steps(run: Run, decoder: Decoder, threads: int) -> dict[str, Any]:
        return _experiment(tools(run, decoder, threads))

    def recheck(run: Run, decoder: Decoder, threads: int) -> None:
        load_data(tools(run, decoder, threads))

    settings, again = config.to_json(), None if is_named(config.data) else recheck
    return carried_out(Path(config.out), settings, steps, started=started, threads=config.threads, recheck=again)


def _experiment(tools: Tools) -> dict[str, Any]:
    """Run every step in order, and return the result."""
    bench = prepare(tools)
    require_precision(bench)
    reference = load_reference(bench)
    return _cross_fitted(bench, reference) if bench.crossed else _held_out(bench, reference)


def _held_out(bench: Workbench, reference: Reference | None) -> dict[str, Any]:
    """Choose on validation, deliver, and open the test rows once."""
    tools, split, tested = bench.tools, bench.split, bench.split.rows("test")
    heat = Heat("main", split.rows("train"), split.rows("validation"), tuple(bench.views))
    race, raced = select(bench, heat)
    with tools.watch.measure("adapt"):
        choice = refitted(bench, race, raced)
    with tools.watch.measure("deliver"):
        known = known_features(bench, choice.delivered, heat)
        bundle = deliver_choice(bench, choice, heat, known=known, raced=raced.delivered)
    with tools.watch.measure("evaluate"):
        delivered, unlike = predicted_by_bundle(bench, bundle, tested)
        predictions = predicted(bench, choice, tested, delivered)
        predictions |= answers_of_other(bench, choice.candidate, heat.fitted, tested)
    with tools.watch.measure("diagnose"):
        curve = list(learning_curves(bench, race, choice, heat.fitted, tested).values())
        evidence = gather(
            bench,
            evaluation="held-out",
            rows=tested,
            predictions=predictions,
            curve=curve,
            labels=len(heat.fitted),
            out_of_fold=check_labels(bench, race),
            forgetting=measure_forgetting(bench, race, choice, bundle, tested, reference),
            validation=validated(bench, heat.validation, choice.delivered),
            abstain_below=np.full(len(tested), choice.delivered.abstain_below),
            repeated=measure_repeated(bench, race, heat.fitted, tested),
            borrowed=choice.borrowed,
            novelty=unlike,
        )
    counts = {role: split.count(role) for role in ("train", "validation", "test")}
    against = [choice.control.trial.name]
    return _conclude(bench, bundle, choice, against, race.trials, evidence, tested, counts)


def _cross_fitted(bench: Workbench, reference: Reference | None) -> dict[str, Any]:
    """Test every row once by a procedure that never saw it; then run the procedure on all rows and deliver."""
    tools = bench.tools
    labelled = np.flatnonzero(bench.rows.codes != UNLABELLED)
    outer = bench.rows.outer_folds(seed=tools.config.seed)[labelled]
    parts: dict[str, list[tuple[np.ndarray, Predictions]]] = {}
    curves: list[tuple[np.ndarray, Curves]] = []
    abstain_below = np.zeros(len(labelled))
    unlike: list[tuple[np.ndarray, Novelty]] = []
    against: list[str] = []
    folds = int(outer.max()) + 1
    for fold in range(folds):
        tools.progress("outer folds", fold, folds)
        tested = labelled[outer == fold]
        race, choice = procedure(bench, labelled[outer != fold], f"fold {fold + 1}")
        with tools.watch.measure("evaluate"):
            delivered = answers(bench, choice.delivered, tested)
            abstain_below[outer == fold] = choice.delivered.abstain_below
            against.append(choice.control.trial.name)
            found = predicted(bench, choice, tested, delivered)
            found |= answers_of_other(bench, choice.candidate, race.heat.fitted, tested)
        with tools.watch.measure("diagnose"):
            curves.append((tested, learning_curves(bench, race, choice, race.heat.fitted, tested)))
            unlike.append((tested, novelty(bench, choice.delivered, race.heat, tested)))
        for name, answered in found.items():
            parts.setdefault(name, []).append((tested, answered))
    tools.progress("outer folds", folds, folds)
    race, choice = procedure(bench, labelled, "main")
    with tools.watch.measure("deliver"):
        known = known_features(bench, choice.delivered, race.heat)
        bundle = deliver_choice(bench, choice, race.heat, known=known)
    classes = bench.material.classes
    whole = {name: out_of_fold(found, labelled, classes) for name, found in parts.items() if len(found) == folds}
    curve = across_folds(curves, labelled)
    fitted = max((point.labels for point in curve), default=len(labelled))
    with tools.watch.measure("diagnose"):
        checked = check_labels(bench, race)
        forgetting = measure_forgetting(bench, race, choice, bundle, labelled, reference)
    evidence = gather(
        bench,
        evaluation="cross-fitted",
        rows=labelled,
        predictions=whole,
        curve=curve,
        labels=fitted,
        out_of_fold=checked,
        forgetting=forgetting,
        validation=validated(bench, race.heat.validation, choice.delivered),
        abstain_below=abstain_below,
        borrowed=choice.borrowed,
        novelty=put_together(unlike, labelled),
    )
    chosen_on = np.setdiff1d(race.heat.validation, race.heat.train)
    counts = {"train": len(race.heat.train), "validation": len(chosen_on), "test": len(labelled)}
    return _conclude(bench, bundle, choice, against, race.trials, evidence, labelled, counts)


def _conclude(
    bench: Workbench,
    bundle: Bundle,
    choice: Choice,
    against: Sequence[str],
    trials: list[Trial],
    evidence: Evidence,
    tested: np.ndarray,
    counts: Mapping[str, int],
) -> dict[str, Any]:
    """Diagnose, describe, and seal the evidence into the bundle."""
    tools = bench.tools
    with tools.watch.measure("diagnose"):
        findings = diagnose(evidence)
        counts = {**counts, "skipped": len(bench.facts.skipped)}
        result = describe(bench, choice, against, trials, evidence, findings, rows=counts)
        doubtful = suspects(evidence)
        result["suspects"] = as_json(doubtful)
        atomic.write_text(tools.run.folder / SUSPECTS_FILE, as_csv(doubtful))
        examples = shown(
            bench.material.dataset,
            evidence,
            tested,
            doubtful=doubtful,
            decoder=tools.decoder,
            bundle=bundle,
            seconds=explaining_seconds(tools.config.budget),
            threads=tools.threads,
        )
        strict_json.save(tools.run.folder / EXAMPLES_FILE, examples)
    with tools.watch.measure("deliver"):
        seal_evidence(bench, bundle, choice, evidence, result)
    return finish(result, bench)
