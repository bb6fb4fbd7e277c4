"""From a budget in seconds to a plan in passes and epochs: made once, from measured throughput, and followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from warmstart.errors import BudgetError

EPOCHS_BEFORE_VIEWS = 4
MOST_SCRATCH = 20
SCRATCH_SHARE = 0.2
MARGIN = 0.9
SPARE = 0.5
"""What may be left in the end of what is foretold for controls, closed forms, delivery and diagnoses, as a share."""
DELIVERY_SECONDS = 5.0
DIAGNOSIS_SECONDS = 2.0
OTHER = "other source"
EXPLAINING_SHARE = 0.05
"""What occlusion and retention may take, as a share of the budget."""
CONTROL_CURVE, PROBE_CURVE = 0.1, 0.35
"""Learning curves and the check of labels, as shares of what fitting the control and the closed forms takes."""
DECIDING = 1.5
"""What deciding by folds takes, against learning curves: more rows are fitted."""


@dataclass(frozen=True)
class Pace:
    """What this machine needs, in seconds.

    Parameters
    ----------
    spent : from the start of the process until now.
    embed_row : one row through the frozen source.
    train_row : one row, one epoch, per cut name that may be trained from.
    control : fitting and preparing the classical control for all rows.
    closed : fitting all closed-form strategies once.
    """

    spent: float
    embed_row: float
    train_row: Mapping[str, float]
    control: float
    closed: float


@dataclass(frozen=True)
class Sizes:
    """How many rows there are for what.

    Parameters
    ----------
    all, train, fitted : rows in all, for choosing, and for the fit that is delivered.
    repeats : how often the whole procedure runs: 1, or 6 with five outer folds.
    views : changed views of the training rows that may be embedded besides the plain one.
    epochs : the most that a candidate is granted; training gains little from more.
    refits : whether what is chosen is fitted again on all fitted rows, as it was not where it was raced.
    """

    all: int
    train: int
    fitted: int
    repeats: int
    views: Sequence[str]
    epochs: int = 4
    refits: bool = True

    @property
    def trained(self) -> int:
        """Rows that a candidate is trained on: in the race, and once more where it is fitted again."""
        return self.train + (self.fitted if self.refits else 0)


@dataclass(frozen=True)
class Wish:
    """An iterative candidate that may enter, and the fewest epochs that make it worth its time."""

    strategy: str
    setting: Mapping[str, Any]
    fewest_epochs: int


@dataclass(frozen=True)
class Candidate:
    """One iterative candidate: its strategy and setting, the epochs granted, and what they should cost.

    Parameters
    ----------
    again : whether, if it is chosen, time is kept to fit it again on training and validation rows together.
    longer : whether it is trained longer where time turns out to be left: nothing more wanted waits for that.
    """

    strategy: str
    setting: Mapping[str, Any]
    epochs: int
    seconds: float
    again: bool = True
    longer: bool = False


@dataclass(frozen=True)
class LeftOut:
    """An iterative candidate that did not fit, and why.

    Parameters
    ----------
    may_follow : whether it would fit if nothing else were trained, no margin were kept and the other steps were
        quick; it runs where time turns out to be left.
    """

    strategy: str
    setting: Mapping[str, Any]
    fewest_epochs: int
    reason: str
    may_follow: bool


@dataclass(frozen=True)
class OtherSource:
    """Another source, which the gaps between groups are compared with, or why there is none.

    Parameters
    ----------
    reference, name : what opens it, and what it is called; "" where none is compared.
    seconds : what a pass over all rows is predicted to take.
    reason : why none is compared; "" where nothing is to be.
    """

    reference: str = ""
    name: str = ""
    seconds: float = 0.0
    reason: str = ""


NO_OTHER = OtherSource()


@dataclass(frozen=True)
class Plan:
    """What will be run.

    Parameters
    ----------
    steps : name and predicted seconds of every step.
    candidates : iterative candidates in the order they run; closed forms always run.
    left_out : those that did not fit, the most wanted first.
    train_row : seconds that one row costs in one epoch, per cut name.
    epochs : the most that a candidate is granted.
    views : changed views that may be embedded for training.
    scratch_epochs : passes that the scratch control gets; 0 where one exceeds its limit.
    other_source : which one is compared where attributes are audited.
    """

    budget_seconds: float
    steps: tuple[tuple[str, float], ...]
    candidates: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    train_row: Mapping[str, float]
    epochs: int
    views: tuple[str, ...]
    scratch_epochs: int
    scratch_reason: str = ""
    other_source: OtherSource = NO_OTHER

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON values."""
        plain = asdict(self)
        plain["steps"] = [{"name": name, "seconds": round(seconds, 1)} for name, seconds in self.steps]
        return {**plain, **{name: list(plain[name]) for name in ("left_out", "candidates", "views")}}

    @property
    def cuts(self) -> set[str]:
        """The names of the cuts that training may start from."""
        following = (one.setting for one in self.left_out if one.may_follow)
        return {str(setting["cut"]) for setting in (*(one.setting for one in self.candidates), *following)}

    @property
    def reserved(self) -> float:
        """Seconds that what follows the candidates is expected to take."""
        return sum(seconds for name, seconds in self.steps if name in ("scratch", "deliver", "diagnose", OTHER))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """Build a plan from plain JSON values."""
        return cls(
            budget_seconds=data["budget_seconds"],
            steps=tuple((step["name"], step["seconds"]) for step in data["steps"]),
            candidates=tuple(Candidate(**one) for one in data["candidates"]),
            left_out=tuple(LeftOut(**one) for one in data["left_out"]),
            train_row=data["train_row"],
            epochs=data["epochs"],
            views=tuple(data["views"]),
            scratch_epochs=data["scratch_epochs"],
            scratch_reason=data["scratch_reason"],
            other_source=OtherSource(**data.get("other_source", {})),
        )


def make_plan(
    budget: float,
    pace: Pace,
    sizes: Sizes,
    wishes: Sequence[Wish],
    *,
    forced: bool,
    other: OtherSource = NO_OTHER,
    no_scratch: str = "",
) -> Plan:
    """Return the plan that fits the budget.

    Parameters
    ----------
    wishes : iterative candidates, the most wanted first.
    forced : the user named iterative strategies only, so that one of them must be paid for.
    other : the source that is compared where attributes are audited.
    no_scratch : why the control from scratch is left out, whatever it costs; "" where it may be had.

    Raises
    ------
    BudgetError : the budget does not pay for loading, one pass, controls, the probe and delivery, or for any of
        the strategies that the user named.
    """
    fixed = _fixed(budget, pace, sizes)
    least = sum(fixed.values()) - fixed["diagnose"]
    if other.reference:
        fixed[OTHER] = other.seconds
    if budget < least:
        raise BudgetError(
            "The budget must pay for loading, one pass, controls, the probe and delivery: "
            f"about {_round(least):.0f} s here. Got {budget:.0f} s. Try --budget {_round(1.2 * least):.0f}s."
        )
    left = MARGIN * budget - sum(fixed.values())
    epoch = sizes.train * pace.train_row["input"] * sizes.repeats
    limit = min(SCRATCH_SHARE * budget, left / 3)
    payable = epoch <= limit and not no_scratch
    yields = payable and bool(wishes) and left - epoch < _least(wishes[0], pace, sizes) <= left
    reserved = epoch if payable and not yields else 0.0
    spare = (1 - MARGIN) * budget + SPARE * sum(fixed[name] for name in ("controls", "probe", "deliver", "diagnose"))
    candidates, left_out, views, left = _grant(left - reserved, spare, pace, sizes, wishes)
    if forced and left_out and not candidates:
        last = left_out[-1]
        raise BudgetError(
            f"No named strategy fits the budget: {last.strategy} at {last.setting['cut']} {last.reason}. "
            "Give a larger --budget."
        )
    winner = max((one.seconds for one in candidates), default=0.0)
    scratch = int(min(limit, left + reserved, max(winner, epoch)) / epoch) if reserved else 0
    tail = f"they pay for '{wishes[0].strategy}'" if yields else f"its limit is {max(limit, 0):.0f} s"
    why = "" if scratch else no_scratch or f"one epoch from scratch takes {epoch:.0f} s, and {tail}"
    steps = [*fixed.items(), *((f"{one.strategy} at {one.setting['cut']}", one.seconds) for one in candidates)]
    steps.append(("scratch", scratch * epoch))
    return Plan(
        budget_seconds=budget,
        steps=tuple(steps),
        candidates=tuple(candidates),
        left_out=tuple(left_out),
        train_row=dict(pace.train_row),
        epochs=sizes.epochs,
        views=views,
        scratch_epochs=min(scratch, MOST_SCRATCH),
        scratch_reason=why,
        other_source=other,
    )


def _fixed(budget: float, pace: Pace, sizes: Sizes) -> dict[str, float]:
    """Return the seconds of every step that is taken whatever is trained."""
    again = CONTROL_CURVE * pace.control + PROBE_CURVE * pace.closed
    return {
        "load": pace.spent,
        "embed": pace.embed_row * sizes.all,
        "controls": pace.control,
        "probe": pace.closed * sizes.repeats,
        **({"decide": sizes.repeats * DECIDING * again} if sizes.repeats > 1 else {}),
        "deliver": DELIVERY_SECONDS + pace.embed_row * (sizes.all - sizes.fitted),
        "diagnose": DIAGNOSIS_SECONDS + EXPLAINING_SHARE * budget + sizes.repeats * again,
    }


def _least(wish: Wish, pace: Pace, sizes: Sizes) -> float:
    """Return what the fewest epochs of a candidate take, on the training rows alone where it may be delivered so."""
    rows = sizes.train if sizes.repeats == 1 else sizes.trained
    return wish.fewest_epochs * pace.train_row[wish.setting["cut"]] * sizes.repeats * rows


def _grant(
    left: float, spare: float, pace: Pace, sizes: Sizes, wishes: Sequence[Wish]
) -> tuple[list[Candidate], list[LeftOut], tuple[str, ...], float]:
    """Grant epochs to the wishes in turn; the first pays for views.

    Each is granted the same again on all fitted rows, or, where not even the fewest epochs fit so, what the
    training rows alone take: it is then delivered as it was raced.
    """
    granted: list[Candidate] = []
    left_out: list[LeftOut] = []
    views: tuple[str, ...] = ()
    at_most = left + spare
    for wish in wishes:
        cut = wish.setting["cut"]
        once = pace.train_row[cut] * sizes.repeats * sizes.train
        twice = pace.train_row[cut] * sizes.repeats * sizes.trained
        new_views = () if views or cut == "input" else _views(left, twice, pace, sizes)
        room = left - len(new_views) * _view_seconds(pace, sizes)
        again = sizes.repeats > 1 or room >= wish.fewest_epochs * twice
        epoch = twice if again else once
        epochs = min(int(room / epoch), sizes.epochs)
        if epochs < wish.fewest_epochs:
            needed = wish.fewest_epochs * epoch
            reason = f"needs {needed:.0f} s, and {max(left, 0):.0f} s are left"
            # What is trained on few labels is trained many times in a heat, which no clock at its start foretells.
            may_follow = sizes.refits and needed <= at_most
            left_out.append(LeftOut(wish.strategy, dict(wish.setting), wish.fewest_epochs, reason, may_follow))
            continue
        views = views or new_views
        left = room - epochs * epoch
        longer = sizes.refits and epochs < sizes.epochs and not any(one.may_follow for one in left_out)
        granted.append(Candidate(wish.strategy, dict(wish.setting), epochs, round(epochs * once, 1), again, longer))
    return granted, left_out, views, left


def _views(left: float, epoch: float, pace: Pace, sizes: Sizes) -> tuple[str, ...]:
    """Return as many views as leave room for a few epochs."""
    count = int((left - EPOCHS_BEFORE_VIEWS * epoch) / max(_view_seconds(pace, sizes), 1e-9))
    wanted = [amount for amount in (0, 1, len(sizes.views)) if amount <= min(count, len(sizes.views))]
    return tuple(sizes.views[: max(wanted, default=0)])


def _view_seconds(pace: Pace, sizes: Sizes) -> float:
    """Return what embedding one view of the fitted rows costs, with its part in the test of views."""
    return pace.embed_row * sizes.fitted * 1.25


def _round(seconds: float) -> float:
    return float(5 * -(-seconds // 5))
