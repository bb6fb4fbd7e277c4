"""What the draws of the planted cases say together: a line a case, and the three bars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from _tables import reached

BEHIND, FALSE_HELPS, FOUND = 0.005, 0.025, 0.8
VERDICTS = ("helps", "no evidence", "harms")


@dataclass(frozen=True)
class Drawn:
    """What came of one draw.

    Parameters
    ----------
    gain, detectable : as the run states them.
    delivered, candidate : what they reach in truth, as all that follows.
    controls : by name.
    """

    case: str
    draw: int
    helpful: bool
    verdict: str
    gain: float
    detectable: float
    delivered: float
    candidate: float
    control: float
    controls: Mapping[str, float]

    @property
    def true_gain(self) -> float:
        """The gain of the candidate over the control that was named."""
        return self.candidate - self.control


@dataclass(frozen=True)
class Summary:
    """A case over its draws; `behind` is what is delivered minus the best control, a value a draw."""

    name: str
    helpful: bool
    true_gain: np.ndarray
    behind: np.ndarray
    detectable: float
    shares: Mapping[str, float]

    def line(self) -> str:
        """Return the row of the table."""
        said = " / ".join(f"{100 * self.shares[verdict]:.0f}" for verdict in VERDICTS)
        planted = "helps" if self.helpful else "no use"
        cells = (
            self.name,
            planted,
            _spread(self.true_gain),
            said,
            _spread(self.behind),
            f"{100 * self.detectable:.1f}",
        )
        return "| " + " | ".join(cells) + " |"


def report(drawn: Sequence[Drawn]) -> str:
    """Return the table and the bars."""
    names = list(dict.fromkeys(one.case for one in drawn))
    found = [summary([one for one in drawn if one.case == name]) for name in names]
    header = (
        "| case | planted | true gain, points | helps / no evidence / harms, % | "
        "delivered − best control, points | detectable, points |"
    )
    return "\n".join([header, "|---|---|---|---|---|---|", *(one.line() for one in found), "", *bars(drawn, found)])


def summary(draws: Sequence[Drawn]) -> Summary:
    """Return one case over its draws; its best control is the one with the best mean truth."""
    best = max(draws[0].controls, key=lambda name: float(np.mean([one.controls[name] for one in draws])))
    return Summary(
        draws[0].case,
        draws[0].helpful,
        np.array([one.true_gain for one in draws]),
        np.array([one.delivered - one.controls[best] for one in draws]),
        float(np.mean([one.detectable for one in draws])),
        {verdict: float(np.mean([one.verdict == verdict for one in draws])) for verdict in VERDICTS},
    )


def bars(drawn: Sequence[Drawn], found: Sequence[Summary]) -> list[str]:
    """Return a sentence a bar."""
    behind = {one.name: float(one.behind.mean()) for one in found}
    worst = min(behind, key=lambda name: behind[name])
    vain = [one.name for one in found if (one.true_gain.mean() > 0) != one.helpful and one.true_gain.any()]
    lines = [
        f"- delivered − best control: {100 * np.mean(list(behind.values())):+.2f} points over the cases; the worst is "
        f"{worst} with {100 * behind[worst]:+.2f} (bar −0.50): {reached(behind[worst] >= -BEHIND)}",
        *claims(drawn),
    ]
    return [*lines, f"- planted in vain, their true gain being of the other sign: {', '.join(vain) or 'none'}"]


def claims(drawn: Sequence[Drawn]) -> list[str]:
    """Return how often `helps` is said where it should not be, and where it should, a sentence each.

    A draw that was planted as useless and gains in truth is no false claim, and is left out.
    """
    useless = [one for one in drawn if not one.helpful]
    harmful = [one.verdict == "helps" for one in useless if one.true_gain <= 0]
    large = [one.verdict == "helps" for one in drawn if one.helpful and one.true_gain > one.detectable]
    what = f"`helps` on harmful draws ({len(useless) - len(harmful)} that gain in truth left out)"
    return [
        _share(what, harmful, f"≤ {100 * FALSE_HELPS:g} %", lambda found: found <= FALSE_HELPS),
        _share("`helps` on helpful draws above the detectable gain", large, "≥ 80 %", lambda found: found >= FOUND),
    ]


def _share(what: str, hits: Sequence[bool], bar: str, holds: Callable[[float], bool]) -> str:
    if not hits:
        return f"- {what}: no such draw"
    share = float(np.mean(hits))
    return f"- {what}: {sum(hits)} of {len(hits)}, {100 * share:.1f} % (bar {bar}): {reached(holds(share))}"


def _spread(values: np.ndarray) -> str:
    """Return the mean and its standard error, in points."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return f"{100 * values.mean():+.1f} ± {100 * error:.1f}"
