"""The verdict, and how it was measured, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from warmstart.core import wording

CHOSEN = {"validation": "chosen on validation", "cross-validation": "chosen by cross-validation"}
NAMED = {"validation": "both named on validation", "cross-validation": "both named by cross-validation"}
SYMBOLS = {"helps": "▲", "harms": "▼", "no evidence": "○", "updated": "+"}


@dataclass(frozen=True)
class Verdict:
    """The sentence in large, what it rests on, and the few numbers to remember.

    Parameters
    ----------
    kind : "helps", "harms", "no evidence", "updated" or "unknown"; the symbol says the same without colour.
    delivered : what is in the bundle, in a sentence.
    basis : how it was measured, a sentence each.
    keys : (label, number, addition) of the numbers to remember.
    """

    kind: str
    symbol: str
    sentence: str
    delivered: str
    basis: tuple[str, ...]
    keys: tuple[tuple[str, str, str], ...]


def verdict(result: Mapping[str, Any]) -> Verdict:
    """Say the verdict of a result."""
    gain = result.get("transfer_gain") or {}
    kind = str(gain.get("verdict", "")) if gain.get("value") is not None else "unknown"
    if result.get("evaluation") == "updated":
        kind = "updated"
    return Verdict(
        kind=kind.replace(" ", "-"),
        symbol=SYMBOLS.get(kind, "?"),
        sentence=wording.verdict(gain),
        delivered=_delivered(result),
        basis=tuple(_basis(result, gain)),
        keys=tuple(_keys(result, gain)),
    )


def model_name(chosen: Mapping[str, Any]) -> str:
    """Return a model's strategy, cut and source as one phrase.

    >>> model_name({"source": "lite0", "strategy": "partial", "cut": "block_11"})
    'partial at block_11 of lite0'
    """
    source = "" if chosen.get("is_control") else str(chosen.get("source") or "")
    return f"{strategy_name(chosen)} of {source}" if source else strategy_name(chosen)


def strategy_name(chosen: Mapping[str, Any]) -> str:
    """Return a model's strategy and cut, without its source.

    >>> strategy_name({"source": "", "strategy": "classical", "cut": None})
    'classical'
    """
    if chosen.get("name"):
        return str(chosen["name"])
    strategy, cut = str(chosen.get("strategy") or "an unnamed model"), str(chosen.get("cut") or "")
    return f"{strategy} at {cut}" if cut else strategy


def _delivered(result: Mapping[str, Any]) -> str:
    chosen = result.get("chosen") or {}
    measured = (result.get("test") or {}).get(result.get("metric"))
    said = f"{wording.metric_name(str(result.get('metric')))} {wording.percent_interval(measured)}"
    if chosen.get("is_control"):
        why = _why_the_control(chosen)
        return f"The delivered model is the control {model_name(chosen)}{why}: {said} on the test rows."
    return f"The delivered model is {model_name(chosen)}: {said} on the test rows."


def _why_the_control(chosen: Mapping[str, Any]) -> str:
    """Return why transfer is not delivered, where the result is of the run that chose it."""
    lead = chosen.get("lead")
    if lead is not None:
        folds = "by folds over the rows that it was fitted on"
        return f", which transfer does not beat {folds} ({wording.signed(lead)} points)"
    return f", {CHOSEN[chosen['named_by']]}" if chosen.get("named_by") in CHOSEN else ""


def _basis(result: Mapping[str, Any], gain: Mapping[str, Any]) -> list[str]:
    rows = ((result.get("task") or {}).get("rows") or {}).get("test")
    sentences = []
    if gain.get("value") is not None:
        on = f" on the same {rows:,} test rows" if rows else " on the same test rows"
        named = NAMED.get(str((result.get("chosen") or {}).get("named_by")), "both named when it was fitted")
        sentences.append(
            f"Compared are {gain.get('candidate', 'the best candidate')}, the best that transfer gave, and "
            f"{wording.control_of(gain)}, the best without it, {named},{on}."
        )
    sentences.append(_sealing(result))
    if gain.get("detectable") is not None:
        sentences.append(
            f"With this many rows, a true difference of {100 * gain['detectable']:.1f} points is found four times "
            "in five; a smaller one may go unseen."
        )
    sentences.append(wording.labels_saved(result.get("labels_saved"), gain=gain))
    return sentences


def _sealing(result: Mapping[str, Any]) -> str:
    if result.get("evaluation") == "cross-fitted":
        return (
            "Every row was tested once, by a procedure that never saw it: in each of five folds every choice "
            "(cut, strategy, control, temperature) was made again without the fold's rows (cross-fitted)."
        )
    if result.get("evaluation") == "held-out":
        return "The test rows were opened once, after every choice."
    if result.get("evaluation") == "new data":
        if known := wording.known_rows(result):
            return f"The test rows are not all new: {known}. How it does elsewhere, only new rows tell."
        return "The test rows are new data: the bundle was delivered before it met them."
    if result.get("evaluation") == "updated":
        if wording.has_no_old_rows(result):
            return "The test rows are new ones that were held back; no old row could be tested again."
        return (
            "The test rows are those of the bundle that was updated, answered anew from their stored features, and a "
            "part of the new rows that was held back."
        )
    return "How the test rows were held back is not recorded in this run."


def _keys(result: Mapping[str, Any], gain: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    metric = str(result.get("metric"))
    measured = (result.get("test") or {}).get(metric) or {}
    keys = [(wording.heading(metric), wording.percent(measured.get("value")), _ends(measured))]
    if gain.get("value") is not None:
        between = f"{wording.signed(gain['low'])} to {wording.signed(gain['high'])}"
        keys.append(("Gain over the best control", f"{wording.signed(gain['value'])} points", between))
    saved = result.get("labels_saved") or {}
    if (saved.get("value") or 0) > 0:
        keys.append(("Labels saved", f"{saved['value']:,.0f}", _counts(saved)))
    seconds = (result.get("seconds") or {}).get("total")
    memory = result.get("peak_rss_mb")
    if seconds is not None:
        keys.append(("Time, on this computer", wording.duration(seconds), _memory(memory)))
    return keys


def _ends(measured: Mapping[str, Any]) -> str:
    if measured.get("low") is None or measured.get("high") is None:
        return ""
    return f"{100 * measured['low']:.1f} to {100 * measured['high']:.1f} %"


def _counts(saved: Mapping[str, Any]) -> str:
    low, high = saved.get("low"), saved.get("high")
    if low is None or high is None:
        return "" if low is None else f"at least {max(0, low):,.0f}"
    return f"{max(0, low):,.0f} to {high:,.0f}"


def _memory(megabytes: float | None) -> str:
    return "" if megabytes is None else f"{megabytes / 1024:.1f} GiB memory at most"
