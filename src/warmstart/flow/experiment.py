"""The experiment that `fit` runs, from the data to the verified bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.dataset import UNLABELLED
from warmstart.core.evidence import Evidence, Novelty, Predictions
from warmstart.core.progress import Progress, silent
from warmstart.flow.choose import Choice, choose, refit
from warmstart.flow.config import FitConfig, is_named
from warmstart.flow.curves import Curves, across_folds, learning_curves
from warmstart.flow.decide import with_lead
from warmstart.flow.delivery import deliver_choice, seal_evidence
from warmstart.flow.diagnose import diagnose
from warmstart.flow.evaluate import (
    CANDIDATE,
    CONTROL,
    DELIVERED,
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
from warmstart.flow.race import Race
from warmstart.flow.reference import Reference, load_reference
from warmstart.flow.repeated import measure_repeated
from warmstart.flow.result import describe, finish
from warmstart.flow.retention import measure_forgetting
from warmstart.flow.run import Run
from warmstart.flow.shown import explaining_seconds, shown
from warmstart.flow.split import INNER_FOLDS
from warmstart.flow.trial import Heat, Trial
from warmstart.flow.views import choose_views
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
    race, raced = _select(bench, heat)
    with tools.watch.measure("adapt"):
        choice = _refitted(bench, race, raced)
    with tools.watch.measure("deliver"):
        known = known_features(bench, choice.delivered, heat)
        bundle = deliver_choice(bench, choice, heat, known=known, raced=raced.delivered)
    with tools.watch.measure("evaluate"):
        delivered, unlike = predicted_by_bundle(bench, bundle, tested)
        predictions = {DELIVERED: delivered, **_others(bench, choice, tested, delivered)}
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
        race, choice = _procedure(bench, labelled[outer != fold], f"fold {fold + 1}")
        with tools.watch.measure("evaluate"):
            delivered = answers(bench, choice.delivered, tested)
            abstain_below[outer == fold] = choice.delivered.abstain_below
            against.append(choice.control.trial.name)
            found = {DELIVERED: delivered, **_others(bench, choice, tested, delivered)}
            found |= answers_of_other(bench, choice.candidate, race.heat.fitted, tested)
        with tools.watch.measure("diagnose"):
            curves.append((tested, learning_curves(bench, race, choice, race.heat.fitted, tested)))
            unlike.append((tested, novelty(bench, choice.delivered, race.heat, tested)))
        for name, answered in found.items():
            parts.setdefault(name, []).append((tested, answered))
    tools.progress("outer folds", folds, folds)
    race, choice = _procedure(bench, labelled, "main")
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


def _procedure(bench: Workbench, rows: np.ndarray, scope: str) -> tuple[Race, Choice]:
    """Make every choice on some rows, and fit what was chosen on all of them."""
    seed = bench.tools.config.seed
    train, validation = (rows, rows) if bench.few else bench.rows.part(rows, 0.2, seed=seed + 1)
    tried = {name: bench.views[name] for name in bench.plan.views}
    folds = bench.rows.folds(train, INNER_FOLDS, seed=seed)
    with bench.tools.watch.measure("adapt"):
        views = choose_views(bench.material.representation, tried, bench.material.codes, train, folds)
    race, choice = _select(bench, Heat(scope, train, validation, views))
    with bench.tools.watch.measure("adapt"):
        return race, _refitted(bench, race, choice)


def _refitted(bench: Workbench, race: Race, named: Choice) -> Choice:
    """Return candidate and controls fitted again on training and validation rows together.

    Of the other controls, what is trained in epochs stays as it was raced.
    """
    candidate, control = refit(bench, race, named.candidate), refit(bench, race, named.control)
    others = [one if one.trial.epochs else refit(bench, race, one) for one in named.others]
    return replace(named, candidate=candidate, control=control, others=tuple(others))


def _select(bench: Workbench, heat: Heat) -> tuple[Race, Choice]:
    """Run the race and name the candidate and the control."""
    race = Race(bench, heat)
    before = dict(bench.tools.watch.seconds)
    with bench.tools.watch.measure("adapt"):
        race.run()
        choice = with_lead(bench, race, choose(bench, heat, race.trials))
    controls = race.control_seconds
    seconds = bench.tools.watch.seconds
    seconds["controls"] = before.get("controls", 0.0) + controls
    seconds["adapt"] -= controls
    return race, choice


def _others(bench: Workbench, choice: Choice, rows: np.ndarray, delivered: Predictions) -> dict[str, Predictions]:
    """Return the answers of the candidate and of every control on the test rows."""
    candidate = answers(bench, choice.candidate, rows) if choice.delivers_control else delivered
    control = delivered if choice.delivers_control else answers(bench, choice.control, rows)
    found = {CANDIDATE: candidate, CONTROL: control, choice.control.trial.name: control}
    return found | {one.trial.name: answers(bench, one, rows) for one in choice.others}


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
