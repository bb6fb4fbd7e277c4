"""The race: everything that was tried, what became of it, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from warmstart.core import wording
from warmstart.report.verdict import strategy_name


@dataclass(frozen=True)
class Entrant:
    """One trial of the race, ready for the table.

    Parameters
    ----------
    at : seconds since the start when it ended; NaN where it is not known.
    value, se : validation and its standard error (shares); NaN and 0 where it did not get that far.
    """

    name: str
    setting: str
    validation: str
    log_loss: str
    seconds: str
    status: str
    reason: str
    control: bool
    chosen: bool
    at: float
    value: float
    se: float


@dataclass(frozen=True)
class Race:
    """The name of the metric, and a row a trial."""

    metric: str
    entrants: tuple[Entrant, ...]


def race(result: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> Race | None:
    """Return the race, or None where no trial was recorded."""
    if not trials:
        return None
    winner = _winner(result.get("chosen") or {}, trials)
    entrants = tuple(_entrant(trial, chosen=place == winner) for place, trial in enumerate(trials))
    metric = next((str(t["validation"]["metric"]) for t in trials if (t.get("validation") or {}).get("metric")), "")
    name = wording.metric_name(metric or str(result.get("metric")))
    return Race(name, entrants)


def _winner(chosen: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> int:
    """Return the place of the best trial of what was chosen, or -1."""
    best, where = float("-inf"), -1
    for place, trial in enumerate(trials):
        same = all((trial.get(key) or "") == (chosen.get(key) or "") for key in ("name", "source", "strategy", "cut"))
        value = (trial.get("validation") or {}).get("value")
        if same and value is not None and value > best:
            best, where = value, place
    return where


def _entrant(trial: Mapping[str, Any], *, chosen: bool) -> Entrant:
    measured = trial.get("validation") or {}
    value, se = measured.get("value"), measured.get("se") or 0.0
    loss = trial.get("log_loss")
    setting = {key: item for key, item in (trial.get("setting") or {}).items() if key != "cut"}
    return Entrant(
        name=strategy_name(trial),
        setting=" · ".join(filter(None, [str(trial.get("source") or ""), *_pairs(setting)])),
        validation="" if value is None else f"{100 * value:.1f} ± {100 * se:.1f} %",
        log_loss="" if loss is None else f"{loss:.3f}",
        seconds="" if trial.get("seconds") is None else f"{trial['seconds']:,.1f}",
        status=str(trial.get("status") or "finished"),
        reason=str(trial.get("reason") or ""),
        control=bool(trial.get("control")),
        chosen=chosen,
        at=_number(trial.get("at")),
        value=_number(value),
        se=se,
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _pairs(setting: Mapping[str, Any]) -> list[str]:
    return [f"{key.replace('_', ' ')} {_short(item)}" for key, item in setting.items()]


def _short(item: object) -> str:
    return f"{item:.3g}" if isinstance(item, float) else str(item)
