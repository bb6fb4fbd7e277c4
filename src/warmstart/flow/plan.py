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
DELIVERY_SECONDS = 15.0


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
    """

    all: int
    train: int
    fitted: int
    repeats: int
    views: Sequence[str]
    epochs: int = 4


@dataclass(frozen=True)
class Wish:
    """An iterative candidate that may enter, and the fewest epochs that make it worth its time."""

    strategy: str
    setting: Mapping[str, Any]
    fewest_epochs: int


@dataclass(frozen=True)
class Candidate:
    """One iterative candidate: its strategy and setting, the epochs granted, and what they should cost."""

    strategy: str
    setting: Mapping[str, Any]
    epochs: int
    seconds: float


@dataclass(frozen=True)
class Plan:
    """What will be run.

    Parameters
    ----------
    steps : name and predicted seconds of every step.
    candidates : iterative candidates in the order they run; closed forms always run.
    left_out : strategy, cut and the reason of those that did not fit.
    views : changed views that may be embedded for training.
    scratch_epochs : passes that the scratch control gets; 0 where one exceeds its limit.
    """

    budget_seconds: float
    steps: tuple[tuple[str, float], ...]
    candidates: tuple[Candidate, ...]
    left_out: tuple[tuple[str, str, str], ...]
    views: tuple[str, ...]
    scratch_epochs: int
    scratch_reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON values."""
        plain = asdict(self)
        plain["steps"] = [{"name": name, "seconds": round(seconds, 1)} for name, seconds in self.steps]
        plain["left_out"] = [
            {"strategy": strategy, "cut": cut, "reason": reason} for strategy, cut, reason in self.left_out
        ]
        plain["candidates"] = [dict(one) for one in plain["candidates"]]
        plain["views"] = list(self.views)
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """Build a plan from plain JSON values."""
        return cls(
            budget_seconds=data["budget_seconds"],
            steps=tuple((step["name"], step["seconds"]) for step in data["steps"]),
            candidates=tuple(Candidate(**one) for one in data["candidates"]),
            left_out=tuple((one["strategy"], one["cut"], one["reason"]) for one in data["left_out"]),
            views=tuple(data["views"]),
            scratch_epochs=data["scratch_epochs"],
            scratch_reason=data["scratch_reason"],
        )


def make_plan(budget: float, pace: Pace, sizes: Sizes, wishes: Sequence[Wish], *, forced: bool) -> Plan:
    """Return the plan that fits the budget.

    Parameters
    ----------
    wishes : iterative candidates, the most wanted first.
    forced : the user named iterative strategies only, so that one of them must be paid for.

    Raises
    ------
    BudgetError : the budget does not pay for loading, one pass, the probe and delivery, or for any of
        the strategies that the user named.
    """
    fixed = {
        "load": pace.spent,
        "embed": pace.embed_row * sizes.all,
        "controls": pace.control,
        "probe": pace.closed * sizes.repeats,
        "deliver": DELIVERY_SECONDS,
    }
    least = sum(fixed.values()) - fixed["controls"]
    if budget < least:
        raise BudgetError(
            f"The budget must pay for loading, one pass, the probe and delivery: about {_round(least):.0f} s here. "
            f"Got {budget:.0f} s. Try --budget {_round(1.2 * least):.0f}s."
        )
    left = MARGIN * budget - sum(fixed.values())
    epoch = sizes.train * pace.train_row["input"] * sizes.repeats
    limit = min(SCRATCH_SHARE * budget, left / 3)
    reserved = epoch if epoch <= limit else 0.0
    candidates, left_out, views, left = _grant(left - reserved, pace, sizes, wishes)
    if forced and left_out and not candidates:
        strategy, cut, reason = left_out[-1]
        raise BudgetError(f"No named strategy fits the budget: {strategy} at {cut} {reason}. Give a larger --budget.")
    winner = max((one.seconds for one in candidates), default=0.0)
    scratch = int(min(limit, left + reserved, max(winner, epoch)) / epoch) if reserved else 0
    why = "" if scratch else f"one epoch from scratch takes {epoch:.0f} s, and its limit is {max(limit, 0):.0f} s"
    steps = [*fixed.items(), *((f"{one.strategy} at {one.setting['cut']}", one.seconds) for one in candidates)]
    steps.append(("scratch", scratch * epoch))
    return Plan(budget, tuple(steps), tuple(candidates), tuple(left_out), views, min(scratch, MOST_SCRATCH), why)


def _grant(
    left: float, pace: Pace, sizes: Sizes, wishes: Sequence[Wish]
) -> tuple[list[Candidate], list[tuple[str, str, str]], tuple[str, ...], float]:
    """Grant epochs to the wishes in turn; the dearest candidate's refit, and views, are paid first."""
    granted: list[Candidate] = []
    left_out: list[tuple[str, str, str]] = []
    views: tuple[str, ...] = ()
    refit = 0.0
    for strategy, setting, fewest in ((wish.strategy, wish.setting, wish.fewest_epochs) for wish in wishes):
        row = pace.train_row[setting["cut"]] * sizes.repeats
        new_views = () if views or setting["cut"] == "input" else _views(left, row, pace, sizes)
        room = left - len(new_views) * _view_seconds(pace, sizes)
        epochs = _epochs(room, refit, row, sizes)
        if epochs < fewest:
            least = fewest * row * (sizes.train + sizes.fitted)
            reason = f"needs {least:.0f} s, and {max(left + refit, 0):.0f} s are left"
            left_out.append((strategy, setting["cut"], reason))
            continue
        views = views or new_views
        again = max(refit, epochs * row * sizes.fitted)
        seconds = epochs * row * sizes.train
        left = room - seconds - (again - refit)
        refit = again
        granted.append(Candidate(strategy, dict(setting), epochs, round(seconds, 1)))
    return granted, left_out, views, left


def _epochs(room: float, refit: float, row: float, sizes: Sizes) -> int:
    """Return how many epochs the room pays for; fitting again on all fitted rows may use what is set aside for it."""
    trained = room / (row * sizes.train)
    trained_twice = (room + refit) / (row * (sizes.train + sizes.fitted))
    return min(int(trained), int(trained_twice), sizes.epochs)


def _views(left: float, row: float, pace: Pace, sizes: Sizes) -> tuple[str, ...]:
    """Return as many views as leave room for a few epochs."""
    epochs = EPOCHS_BEFORE_VIEWS * row * (sizes.train + sizes.fitted)
    count = int((left - epochs) / max(_view_seconds(pace, sizes), 1e-9))
    wanted = [amount for amount in (0, 1, len(sizes.views)) if amount <= min(count, len(sizes.views))]
    return tuple(sizes.views[: max(wanted, default=0)])


def _view_seconds(pace: Pace, sizes: Sizes) -> float:
    """Return what embedding one view of the fitted rows costs, with its part in the test of views."""
    return pace.embed_row * sizes.fitted * 1.25


def _round(seconds: float) -> float:
    return float(5 * -(-seconds // 5))
