"""How numbers and verdicts are said to people: the same words in the terminal, the report and the model card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warmstart.errors import OptionError

UNKNOWN = "not measured"
UNITS = {"s": 1, "m": 60, "h": 3600}
METRIC_NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
    "log_loss": "log loss",
    "ece": "calibration error",
}
SHARES = ("accuracy", "balanced_accuracy", "macro_f1", "ece")
"""Metrics between 0 and 1, which are shown in percent."""
OPENINGS = {
    "helps": "Transfer helps",
    "harms": "Transfer harms",
    "no evidence": "No evidence that transfer helps or harms",
}


def metric_name(metric: str) -> str:
    """Return a metric's name as it stands in a sentence.

    >>> metric_name("balanced_accuracy")
    'balanced accuracy'
    """
    return METRIC_NAMES.get(metric, metric.replace("_", " "))


def heading(metric: str) -> str:
    """Return a metric's name as it stands over a column.

    >>> heading("macro_f1")
    'Macro-F1'
    """
    name = metric_name(metric)
    return name[:1].upper() + name[1:]


def percent(share: float | None) -> str:
    """Return a share (0 to 1) in percent.

    >>> percent(0.8841)
    '88.4 %'
    """
    return UNKNOWN if share is None else f"{100 * share:.1f} %"


def percent_interval(measured: Mapping[str, Any] | None) -> str:
    """Return {"value", "low", "high"} in percent.

    >>> percent_interval({"value": 0.884, "low": 0.861, "high": 0.906})
    '88.4 % (86.1–90.6)'
    """
    if not measured or measured.get("value") is None:
        return UNKNOWN
    if measured.get("low") is None or measured.get("high") is None:
        return percent(measured["value"])
    return f"{percent(measured['value'])} ({100 * measured['low']:.1f}–{100 * measured['high']:.1f})"


def measure(metric: str, measured: Mapping[str, Any] | None) -> str:
    """Return a metric with its interval, in percent where it is a share.

    >>> measure("log_loss", {"value": 0.3119, "low": 0.28, "high": 0.35})
    '0.312 (0.280–0.350)'
    """
    if metric in SHARES or not measured or measured.get("value") is None:
        return percent_interval(measured)
    ends = f" ({measured['low']:.3f}–{measured['high']:.3f})" if measured.get("low") is not None else ""
    return f"{measured['value']:.3f}{ends}"


def signed(difference: float) -> str:
    """Return a difference of shares in percentage points, always with its sign.

    >>> signed(-0.021)
    '−2.1'
    """
    text = f"{100 * difference:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def points(gain: Mapping[str, Any]) -> str:
    """Return a gain {"value", "low", "high"} in points with its 95 % interval.

    >>> points({"value": 0.034, "low": 0.012, "high": 0.056})
    '+3.4 points (95 % interval +1.2 to +5.6)'
    """
    return f"{signed(gain['value'])} points (95 % interval {signed(gain['low'])} to {signed(gain['high'])})"


def verdict(gain: Mapping[str, Any] | None) -> str:
    """Return the verdict of a transfer gain as one sentence.

    >>> verdict({"metric": "accuracy", "value": 0.034, "low": 0.012, "high": 0.056, "verdict": "helps"})
    'Transfer helps: +3.4 points of accuracy (95 % interval +1.2 to +5.6).'
    """
    if not gain or gain.get("value") is None:
        return str((gain or {}).get("reason") or "Whether transfer helps was not measured.")
    opening = OPENINGS.get(str(gain.get("verdict")), str(gain.get("verdict")))
    said = points(gain).replace("points", f"points of {metric_name(str(gain.get('metric', 'accuracy')))}", 1)
    return f"{opening}: {said}."


def control_of(gain: Mapping[str, Any]) -> str:
    """Return what a gain is measured against, and where outer folds named several, how many named this one.

    >>> control_of({"control": "hog", "control_by_folds": {"hog": 4, "majority": 1}})
    'hog (in 4 of 5 outer folds)'
    """
    name, folds = str(gain.get("control") or "the best control"), gain.get("control_by_folds") or {}
    return f"{name} (in {folds.get(name, 0)} of {sum(folds.values())} outer folds)" if len(folds) > 1 else name


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> count(1, "row"), count(1200, "row"), count(2, "class", "classes")
    ('1 row', '1,200 rows', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def known_rows(result: Mapping[str, Any]) -> str:
    """Return how many test rows the bundle was fitted or tested on before, where there are some.

    >>> known_rows({"task": {"rows": {"test": 50, "seen_tested": 12, "retested": 1}}})
    '12 of them are rows that the bundle was fitted on, and 1 of them is a row that it was tested on before'
    """
    rows = (result.get("task") or {}).get("rows") or {}
    fitted, tested = (rows.get(name) or 0 for name in ("seen_tested", "retested"))
    said = [f"{_some(fitted)} that the bundle was fitted on"] if fitted else []
    if tested:
        said.append(f"{_some(tested)} that {'it' if said else 'the bundle'} was tested on before")
    return ", and ".join(said)


def has_no_old_rows(result: Mapping[str, Any]) -> bool:
    """Return whether an update was tested on new rows alone, since no old row could be tested again.

    >>> has_no_old_rows({"task": {"rows": {"test": 12, "old": 0}}})
    True
    """
    return ((result.get("task") or {}).get("rows") or {}).get("old") == 0


def _some(number: int) -> str:
    return f"{number:,} of them {'is a row' if number == 1 else 'are rows'}"


def adapted(result: Mapping[str, Any]) -> str:
    """Return what an adaptation delivers as one sentence.

    >>> adapted({"chosen": {"name": "source_only"}, "adaptation": {"target": "tweets.csv", "adapts": False}})
    'Nothing was adapted to tweets.csv: the head that was fitted on the source is delivered as it is.'
    """
    found = result["adaptation"]
    if not found["adapts"]:
        return (
            f"Nothing was adapted to {found['target']}: the head that was fitted on the source is delivered as it is."
        )
    return f"Adapted to {found['target']}: {result['chosen']['name']} is delivered."


def duration(seconds: float | None) -> str:
    """Return seconds as people say them.

    >>> duration(151.4), duration(0.42), duration(3725)
    ('2 min 31 s', '0.4 s', '1 h 02 min')
    """
    if seconds is None:
        return UNKNOWN
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def labels_saved(saved: Mapping[str, Any] | None, *, gain: Mapping[str, Any] | None = None) -> str:
    """Return how many more labels the best control would need to match, in a sentence: none, without a gain above 0.

    >>> labels_saved({"value": 1240, "low": 600, "high": None})
    'To match, the best control would need about 1,240 more labels (at least 600).'
    >>> labels_saved({"value": None, "low": 600, "high": None, "within": 9000})
    'The best control would not match within 9,000 more labels; it would need at least 600.'
    """
    if gain and gain.get("value") is not None and gain["value"] <= 0:
        return "The best control needs no more labels to match: transfer saves none here."
    if not saved or (saved.get("value") is None and saved.get("within") is None):
        reason = str((saved or {}).get("reason") or "")
        return f"How many labels transfer saves was not measured{f': {reason}' if reason else '.'}"
    low, high = (None if saved.get(end) is None else max(0, saved[end]) for end in ("low", "high"))
    if saved.get("value") is None:
        least = "" if low is None else f"; it would need at least {low:,.0f}"
        return f"The best control would not match within {saved['within']:,.0f} more labels{least}."
    if saved["value"] <= 0:
        return "The best control needs no more labels to match: transfer saves none here."
    if low is None:
        ends = "" if high is None else f" (at most {high:,.0f})"
    else:
        ends = f" (at least {low:,.0f})" if high is None else f" ({low:,.0f} to {high:,.0f})"
    return f"To match, the best control would need about {saved['value']:,.0f} more labels{ends}."


def seconds_of(text: str | float, *, option: str = "budget") -> float:
    """Return the seconds that "150", "150s", "2.5m" or "1h" stand for.

    >>> seconds_of("2.5m"), seconds_of(90)
    (150.0, 90.0)

    Raises
    ------
    OptionError : it is none of these, or not above 0.
    """
    said = str(text).strip().lower()
    factor = UNITS.get(said[-1:], 0)
    try:
        seconds = float(said[:-1] if factor else said) * (factor or 1)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise OptionError(f"`{option}` must be a time above 0, such as 90s, 5m or 1h. Got '{text}'. Try 5m.")
    return seconds
