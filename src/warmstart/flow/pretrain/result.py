"""What pre-training came to, in plain values: result.json, and the new source's README.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.wording import percent, signed
from warmstart.flow.next_commands import AS_IT_COMES, command, show
from warmstart.flow.pretrain.config import PretrainConfig
from warmstart.flow.pretrain.few_examples import FewExamplesResult
from warmstart.flow.pretrain.judged import Judgement
from warmstart.flow.pretrain.plan import PretrainPlan
from warmstart.flow.pretrain.rows import Inputs
from warmstart.flow.run import versions
from warmstart.learning.episodes import Tasks
from warmstart.learning.intervals import Interval, Resampling, around, draw
from warmstart.pretraining._base import Objective
from warmstart.store import strict_json

if TYPE_CHECKING:
    from warmstart.training.self_supervised import Pretrained

SCHEMA = "warmstart.pretrain/1"


@dataclass(frozen=True)
class Done:
    """All that was done before judging.

    Parameters
    ----------
    old : the source that was trained further.
    cut : the stages below it stayed frozen.
    untouched : the probe's score of every held-out pair, or task, with the old source.
    found : what training came to.
    few : what the new source is worth on tasks of a few examples; None where it was trained without labels.
    """

    config: PretrainConfig
    old: Backbone
    inputs: Inputs
    objective: Objective
    cut: int
    plan: PretrainPlan
    untouched: np.ndarray
    found: Pretrained
    few: FewExamplesResult | None = None

    @property
    def name(self) -> str:
        """What the new source is called: as the run is."""
        return self.config.folder.resolve().name

    @property
    def what(self) -> str:
        """The inputs in words."""
        return f"{len(self.inputs.trained):,} {self.inputs.dataset.modality}s of {self.inputs.dataset.name}"


def describe(done: Done, judgement: Judgement | None, *, threads: int) -> dict[str, Any]:
    """Return the result as plain values, without seconds.

    Parameters
    ----------
    judgement : of the new source against the old one; None where no labels were given.
    """
    dataset, inputs = done.inputs.dataset, done.inputs
    judged = None if judgement is None else judgement.to_json(old=done.old.card.name, new=done.name)
    undrawn = 0 if inputs.held_out is None else inputs.held_out.undrawn
    few = None if done.few is None else {**done.few.to_json(source=done.old.card.name), **_classes(done)}
    result = {
        "schema": SCHEMA,
        "name": done.name,
        "data": dataset.name,
        "modality": dataset.modality,
        "source": done.old.card.name,
        "method": {"name": done.objective.name, "summary": done.objective.summary},
        "cut": done.old.cut_name(done.cut),
        "rows": {
            "trained": len(inputs.trained),
            "held": len(inputs.held) - undrawn,
            "undrawn": undrawn,
            "copies": inputs.copies,
            "judged": inputs.judged,
            "skipped": len(dataset.skipped),
        },
        "probe": _probe(done),
        "rounds": done.found.history,
        "stopped": {"best_round": done.found.best, "sentence": how_it_stopped(done)},
        "few_examples": few,
        "judgement": judged,
        "sentence": headline(done, judged, few),
        "next": _next(done, judged or few),
        "skipped": [{"id": row.id, "reason": row.reason} for row in dataset.skipped],
        "seed": done.config.fit.seed,
        "threads": threads,
        "versions": versions(),
    }
    plain: dict[str, Any] = strict_json.plain(result)
    return plain


def headline(done: Done, judged: dict[str, Any] | None, few: dict[str, Any] | None) -> str:
    """Return what came of it in a sentence or two."""
    if judged is None and few is not None:
        return f"{few['sentence']} {few['advice']}"
    if judged is None:
        return (
            f"{done.name} was pre-trained from {done.old.card.name} on {done.what}. Whether it is better was not "
            "judged: no labels were given. Give some with --judge before you rely on it."
        )
    return f"{judged['sentence']} {judged['advice']}"


def how_it_stopped(done: Done) -> str:
    """Return why training ended and which round was kept."""
    rounds, plan = len(done.found.history), done.plan
    kept = f"The weights of round {done.found.best} of {rounds} were kept."
    if done.found.settled:
        what = "the pseudo-task" if done.few is None else "the held-out tasks that choose the round"
        return f"It stopped by itself: {plan.patience} rounds in a row were no better at {what}. {kept}"
    if rounds < plan.rounds:
        return f"The budget ended it after {rounds} of the {plan.rounds} rounds that were planned. {kept}"
    return f"It went through all {plan.rounds} rounds that were planned. {kept}"


def trained_on(done: Done) -> str:
    """Return what the new source's card says of this training."""
    return f"pre-trained here ({done.objective.name}) on {done.what}"


def readme(done: Done, *, name: str) -> str:
    """Return the text of the folder's README.md."""
    card = done.old.card
    limits = "\n".join(f"- {limit}" for limit in card.limits)
    return (
        f"# {name}\n\nA source: a network without a head, to fit with. {card.name} ({card.licence}), trained further "
        f"on {done.what}, {'without labels' if done.few is None else 'with labels'}: {done.objective.summary}. "
        f"The stages up to {done.old.cut_name(done.cut)} are those of {card.name}.\n\n"
        f"{how_it_stopped(done)} {_probe(done)['sentence']}\n\n"
        f"```bash\nwarmstart fit DATA --source {name}\n```\n\n"
        f"Limits of {card.name}:\n\n{limits or '- none are stated'}\n"
    )


def _classes(done: Done) -> dict[str, Any]:
    """Return which classes of which sets were trained on, and which were not."""
    inputs = done.inputs
    if inputs.sets is None or inputs.held_out is None:
        return {}
    sets, held_out = inputs.sets, inputs.held_out
    parts = [np.unique(tasks.rows) for tasks in (held_out.chosen, held_out.reported)]
    names = ("trained", "chosen_by", "reported_on")
    rows = dict(zip(names, (held_out.rows, *parts), strict=True))
    return {
        "sets": [sets.names[one] for one in np.unique(sets.sets[held_out.rows])],
        "classes": {name: sets.names_of(some) for name, some in rows.items()},
        "rows": {name: len(some) for name, some in rows.items()},
    }


def _probe(done: Done) -> dict[str, Any]:
    """Return what decided which round is kept, before and after, with a sentence."""
    return _pieces(done) if done.inputs.held_out is None else _chosen_by(done, done.inputs.held_out.chosen)


def _chosen_by(done: Done, tasks: Tasks) -> dict[str, Any]:
    """Return the accuracy on the held-out tasks that choose the round."""
    before, after = done.untouched, done.found.scores
    both = {"untouched": before, "best": after, "difference": after - before}
    values = {name: tasks.mean(one) for name, one in both.items()}
    return {
        "what": "Accuracy by a few examples",
        "about": (
            f"After every round, {len(before)} {tasks.ways}-way tasks on held-out rows; chance is "
            f"{percent(1 / tasks.ways)}."
        ),
        "pairs": len(before),
        "chance": 1 / tasks.ways,
        **{name: one.to_json() for name, one in values.items()},
        "sentence": (
            f"On the tasks that choose the round: {percent(values['untouched'].value)} before, "
            f"{percent(values['best'].value)} in the best round, {signed(values['difference'].value)} points; "
            "the round was chosen by it, which flatters."
        ),
    }


def _pieces(done: Done) -> dict[str, Any]:
    """Return how well held-out pieces were matched before and after, with a sentence."""
    before, after = done.untouched, done.found.scores
    values = {"untouched": _mean(before), "best": _mean(after), "difference": _mean(after - before)}
    gain = values["difference"]
    said = "rose" if gain.low > 0 else "fell" if gain.high < 0 else "did not move beyond chance"
    chance = float(np.mean(1 / np.arange(1, len(before) + 1)))
    return {
        "what": "Pieces matched",
        "about": (
            f"After every round, two pieces of each of {len(before)} held-out inputs look for each other; chance is "
            f"{chance:.3f}."
        ),
        "pairs": len(before),
        "chance": chance,
        **{name: one.to_json() for name, one in values.items()},
        "sentence": (
            f"The mean reciprocal rank at which held-out pieces find each other {said}: "
            f"{values['untouched'].value:.3f} before, {values['best'].value:.3f} in the best round, a difference of "
            f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f}; the round was chosen by it, which flatters)."
        ).replace("-0.", "−0."),
    }


def _mean(scores: np.ndarray) -> Interval:
    rows = Resampling(np.zeros(len(scores), dtype=np.int64))
    return around(float(scores.mean()), draw(lambda places: float(scores[places].mean()), rows))


def _next(done: Done, judged: dict[str, Any] | None) -> list[str]:
    """Return three commands that make sense now; how to read the judging data is known."""
    asked, data, read = done.config.fit, "DATA", AS_IT_COMES
    if done.config.judge is not None:
        data, read = done.config.judge, done.config.judging
    old, new = asked.source[0], str(done.config.folder)
    chosen = new if judged is None or judged["verdict"] == "better" else old
    return [
        show(done.config.folder),
        command("rank", data, "--source", old, "--source", new, options=read, seed=asked.seed),
        command("fit", data, "--source", chosen, "--out", f"{new}-fitted", options=read, seed=asked.seed),
    ]
