"""The bundle's README.md: a model card in the format of the Hugging Face Hub, with evidence and lineage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from warmstart.core import wording
from warmstart.core.card import Ancestor, Card
from warmstart.core.finding import SEVERITIES
from warmstart.core.licence import terms_of

HUB_LICENCES = ("apache-2.0", "mit", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-sa-4.0")
HUB_METRICS = {"accuracy": "accuracy", "balanced_accuracy": "balanced_accuracy", "macro_f1": "f1"}
SHOWN = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "ece")


def model_card(result: Mapping[str, Any], card: Card | None, *, name: str) -> str:
    """Return the text of README.md.

    Parameters
    ----------
    result : as in result.json.
    card : of the source that was adapted, or None where a control without a source is delivered.
    name : what the model is called, such as the name of the run.
    """
    sections = [
        f"# {_text(name)}",
        _what_it_does(result, card),
        "## How to use it\n\n" + _how_to_use(result),
        "## Evidence\n\n" + _evidence(result),
        "## Lineage and licences\n\n" + _lineage(card),
        "## Limits\n\n" + _limits(result, card),
        "## Findings\n\n" + _findings(result),
    ]
    return f"---\n{_metadata(result, card, name)}---\n\n" + "\n\n".join(sections) + "\n"


def _metadata(result: Mapping[str, Any], card: Card | None, name: str) -> str:
    """Return the YAML header; every string is quoted as in JSON, which YAML reads alike."""
    modality = str(_task(result).get("modality"))
    pipeline = f"{modality}-classification"
    metrics = [key for key in HUB_METRICS if _measured(result, key)]
    lines = [
        *_licence(card),
        *([f"base_model: {_quoted(_base_model(card))}"] if card else []),
        "library_name: warmstart",
        f"pipeline_tag: {_quoted(pipeline)}",
        f"tags: {_quoted(['warmstart', 'transfer-learning', 'onnx', pipeline])}",
        f"metrics: {_quoted([HUB_METRICS[key] for key in metrics])}",
        "model-index:",
        f"- name: {_quoted(name)}",
        "  results:",
        f"  - task: {{type: {_quoted(pipeline)}}}",
        f"    dataset: {{name: {_quoted(name)}, type: {_quoted('custom')}}}",
        "    metrics:" if metrics else "    metrics: []",
        *(_metric_line(key, _measured(result, key)) for key in metrics),
    ]
    return "\n".join(lines) + "\n"


def _metric_line(key: str, measured: Mapping[str, Any]) -> str:
    said = f"{wording.metric_name(key)} on test rows, {wording.percent_interval(measured)}"
    return f"    - {{type: {_quoted(HUB_METRICS[key])}, value: {measured['value']:.6g}, name: {_quoted(said)}}}"


def _licence(card: Card | None) -> list[str]:
    if card is None:
        return ["license: unknown"]
    known = card.licence.strip().lower().replace(" ", "-")
    return [f"license: {known}"] if known in HUB_LICENCES else ["license: other", f"license_name: {_quoted(known)}"]


def _base_model(card: Card) -> str:
    """Return the Hub's name of the source where it is from there, else what it is called here."""
    return card.origin.removeprefix("hf:").split("@")[0] if card.origin.startswith("hf:") else card.name


def _what_it_does(result: Mapping[str, Any], card: Card | None) -> str:
    task, chosen = _task(result), result.get("chosen") or {}
    classes = ", ".join(f"`{_code(name)}`" for name in task.get("classes") or ())
    cut = f", cut at {_text(chosen['cut'])}" if chosen.get("cut") else ""
    source = f" of {_text(card.name)}" if card and not chosen.get("is_control") else ""
    kind = "a control, made without transfer" if chosen.get("is_control") else "adapted by transfer"
    rows = task.get("rows") or {}
    learnt = (rows.get("train") or 0) + ((rows.get("validation") or 0) if chosen.get("refitted", True) else 0)
    return (
        f"It tells one {_text(task.get('modality'))} from another: {classes}. It is {kind}: "
        f"{_text(chosen.get('strategy'))}{source}{cut}, fitted on {learnt:,} labelled rows."
    )


def _how_to_use(result: Mapping[str, Any]) -> str:
    given = '--text "…"' if _task(result).get("modality") == "text" else "*.jpg"
    return (
        f"```\npip install warmstart\nwarmstart predict PATH_TO_THIS_FOLDER {given}\n```\n\n"
        "Predicting needs neither torch nor transformers. In Python: "
        "`warmstart.load(PATH).predict(inputs)` and `.predict_proba(inputs)`." + _precision(result)
    )


def _precision(result: Mapping[str, Any]) -> str:
    """Return what the graph computes in, where the result says it; all evidence is that of this graph."""
    found = result.get("precision") or {}
    return f"\n\nThe graph computes in {_text(found['used'])}. {_text(found['reason'])}" if found else ""


def _evidence(result: Mapping[str, Any]) -> str:
    if "adaptation" in result:
        return _estimated(result)
    gain = result.get("transfer_gain") or {}
    rows = (_task(result).get("rows") or {}).get("test")
    on = f" on {rows:,} test rows" if rows else ""
    lines = [f"**{wording.verdict(gain)}**", ""]
    if gain.get("value") is not None:
        lines += [
            f"Compared are {_text(gain.get('candidate'))} and the best control, {_text(wording.control_of(gain))}{on}.",
            "",
        ]
    lines += [_sealing(result), wording.labels_saved(result.get("labels_saved"), gain=gain), ""]
    table = [(wording.heading(key), wording.measure(key, _measured(result, key))) for key in SHOWN]
    table += [
        (f"{wording.heading(metric)} of the control {_text(control.get('name'))}", wording.measure(metric, measured))
        for control in result.get("controls") or ()
        for metric, measured in control.items()
        if metric == result.get("metric", "accuracy")
    ]
    return "\n".join(lines) + "\n" + _table(("Measured on test rows", "Value (95 % interval)"), table)


def _estimated(result: Mapping[str, Any]) -> str:
    """Return what is known of a model that was adapted to inputs without labels."""
    found, metric = result["adaptation"], str(result["metric"])
    said = [wording.adapted(result), found["estimate"]["sentence"], found["distance"]["sentence"], *found["basis"]]
    lines = "\n\n".join(_text(sentence) for sentence in said)
    if not _measured(result, metric):
        return lines
    rows = [(wording.heading(key), wording.measure(key, _measured(result, key))) for key in SHOWN]
    return f"{lines}\n\n" + _table(("Measured on labelled target rows", "Value (95 % interval)"), rows)


def _sealing(result: Mapping[str, Any]) -> str:
    if result.get("evaluation") == "cross-fitted":
        return "Every row was tested once, by a procedure that made all choices without it (cross-fitted)."
    if result.get("evaluation") == "updated":
        if wording.has_no_old_rows(result):
            return "The test rows are new ones that were held back; no old row could be tested again."
        return "The test rows are those of the bundle that was updated, and a part of the new rows that was held back."
    return "The test rows were opened once, after every choice."


def _lineage(card: Card | None) -> str:
    if card is None:
        return "It was made from no pre-trained source."
    steps = [card.as_ancestor(), *card.lineage]
    rows = [
        (_text(s.name), _text(s.licence), f"`{_code(s.origin)}`", f"`{_code(s.sha256)}`", f"{len(s.rows):,}")
        for s in steps
    ]
    said = [f"{_text(licence)} {' and '.join(terms)}." for licence, terms in _restricting(steps).items()]
    table = _table(("Model", "Licence", "Origin", "sha256 of the weights", "Rows it saw here"), rows)
    return "\n\n".join([table, *said])


def _restricting(steps: Sequence[Ancestor]) -> dict[str, tuple[str, ...]]:
    """Return what the licences forbid or ask, of those that do."""
    terms = {step.licence: terms_of(step.licence) for step in steps}
    return {licence: found for licence, found in terms.items() if found}


def _limits(result: Mapping[str, Any], card: Card | None) -> str:
    limits = [f"The source was trained on {_text(card.trained_on)}."] if card else []
    limits += [_text(limit) for limit in (card.limits if card else ())]
    limits.append("It answers one of its classes for whatever it is given, also for what is none of them.")
    limits.append("The evidence holds for rows like the test rows; measure again on other data.")
    return "\n".join(f"- {limit}" for limit in limits)


def _findings(result: Mapping[str, Any]) -> str:
    found = result.get("findings") or ()
    if not found:
        return "None are recorded."
    rank = {severity: place for place, severity in enumerate(SEVERITIES)}
    ordered = sorted(found, key=lambda finding: rank.get(finding.get("severity"), len(rank)))
    return "\n".join(_finding(finding) for finding in ordered)


def _finding(finding: Mapping[str, Any]) -> str:
    remedy = f" {_text(finding['remedy'])}" if finding.get("remedy") else ""
    said = f"**{_text(finding.get('severity'))}** (`{_code(finding.get('code'))}`)"
    return f"- {said}: {_text(finding.get('sentence'))}{remedy}"


def _task(result: Mapping[str, Any]) -> Mapping[str, Any]:
    return result.get("task") or {}


def _measured(result: Mapping[str, Any], metric: str) -> Mapping[str, Any]:
    measured = (result.get("test") or {}).get(metric) or {}
    return measured if measured.get("value") is not None else {}


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _quoted(value: Any) -> str:
    """Return a value as JSON, which is also YAML."""
    return json.dumps(value, ensure_ascii=True)


def _text(value: Any) -> str:
    """Return a value as one line of Markdown in which nothing is markup."""
    line = " ".join(str(value).split())
    for mark, plain in (
        ("\\", "\\\\"),
        ("&", "&amp;"),
        ("<", "&lt;"),
        ("|", "\\|"),
        ("`", "\\`"),
        ("*", "\\*"),
        ("[", "\\["),
    ):
        line = line.replace(mark, plain)
    return line


def _code(value: Any) -> str:
    """Return a value as it may stand between backticks, in a table too."""
    return " ".join(str(value).split()).replace("`", "'").replace("|", "\\|")
