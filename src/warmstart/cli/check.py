"""`warmstart check`: what is wrong with the data, before anything is trained."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli import _completion
from warmstart.cli._options import AsJson, Attributes, Classes, Groups, Inputs, Quiet, Target, Task, read_options

if TYPE_CHECKING:
    from warmstart.core.evidence import DataFacts
    from warmstart.core.finding import Finding
    from warmstart.flow.load import Loaded

MARKS = {"harm": "✕ harm", "warning": "! warning", "note": "i note", "passed": "✓ passed"}
NAMED = 10


def check(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A folder of class folders, or a table.")],
    *,
    inputs: Inputs = None,
    target: Target = None,
    classes: Classes = None,
    task: Task = "auto",
    groups: Groups = None,
    attributes: Attributes = None,
    source: Annotated[
        str,
        typer.Option(
            "--source",
            metavar="NAME",
            help="Whose input size, language and past rows the data is compared with. By default auto: the packaged "
            "source with the best record.",
            autocompletion=_completion.sources,
        ),
    ] = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say what is wrong with the data, before anything is trained.

    Unreadable files, exact and near duplicates, conflicting labels, rare classes,
    texts that the source would cut, and whatever beside the content tells the class
    (file format, image size, a column of the table): each is named, with what to do about it.

    Examples:

        warmstart check photos/

        warmstart check reviews.csv --input text --target label --classes positive,negative

        warmstart check photos/ --source runs/birds
    """
    from warmstart.cli.progress import Display
    from warmstart.core.catalog import require_known
    from warmstart.flow.load import load
    from warmstart.flow.shortcuts import shortcuts_before_a_split
    from warmstart.runtime.decode import Decoder
    from warmstart.store import strict_json
    from warmstart.store.cache import Cache

    require_known("modalities", (task,), option="--task")
    modality = None if task == "auto" else task
    options = read_options(inputs, target, of=[data], classes=classes, groups=groups, attributes=attributes)
    with Decoder() as decoder, Display(quiet=as_json or quiet) as display:
        loaded = load(data, options, decoder=decoder, progress=display, modality=modality, cache=Cache())
    facts, compared, unsaid = _with_source(loaded, source)
    facts = replace(facts, shortcuts=shortcuts_before_a_split(loaded))
    findings = _findings(facts)
    if as_json:
        sys.stdout.write(strict_json.dumps(_summary(loaded, facts, findings, compared, unsaid)) + "\n")
    else:
        _print(loaded, facts, findings, unsaid)


def _with_source(loaded: Loaded, wanted: str) -> tuple[DataFacts, str | None, str | None]:
    """Return the facts with what the source cannot see and has seen before, and its name.

    Where none can be taken by itself, the last says why.

    Raises
    ------
    WarmstartError : the source that was named cannot be opened, or is of another modality.
    """
    from warmstart.errors import WarmstartError
    from warmstart.flow.load import for_source
    from warmstart.flow.sources import AUTO, contenders

    try:
        best = contenders((wanted,), loaded.dataset.modality)[0]
        return for_source(loaded, best.open()), best.card.name, None
    except (WarmstartError, ImportError) as error:
        if (wanted,) != AUTO:
            raise
        return loaded.facts, None, f"What a source would miss was not checked. {error}"


def _findings(facts: DataFacts) -> list[Finding]:
    """Return what is wrong with the data, the gravest first."""
    from warmstart.core.finding import SEVERITIES
    from warmstart.diagnoses.data_quality import quality_findings
    from warmstart.diagnoses.leakage import leakage_findings

    found = [*quality_findings(facts), *leakage_findings(facts)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _counts(loaded: Loaded) -> dict[str, int]:
    """Return how many rows every class has."""
    counts = Counter(loaded.dataset.labels or ())
    return {name: counts[name] for name in loaded.task.classes}


def _summary(
    loaded: Loaded, facts: DataFacts, findings: list[Finding], source: str | None, unsaid: str | None
) -> dict[str, Any]:
    """Return all that is said as plain JSON values."""
    counts = _counts(loaded)
    return {
        "schema": "warmstart.check/1",
        "data": loaded.dataset.name,
        "modality": loaded.dataset.modality,
        "rows": {
            "usable": len(loaded.dataset),
            "labelled": sum(counts.values()),
            "unlabelled": len(loaded.dataset) - sum(counts.values()),
            "skipped": len(facts.skipped),
        },
        "classes": counts,
        "sizes": _sizes(loaded),
        "groups": len(set(loaded.dataset.groups)) if loaded.dataset.groups else None,
        "roles": dict(Counter(role or "none" for role in loaded.dataset.roles)) if loaded.dataset.roles else None,
        "duplicates": {"exact": [list(pair) for pair in facts.exact], "near": [list(pair) for pair in facts.near]},
        "skipped": [{"id": row, "reason": reason} for row, reason in facts.skipped],
        "source": source,
        "not_checked": unsaid,
        "findings": [finding.to_json() for finding in findings],
    }


def _sizes(loaded: Loaded) -> dict[str, Any]:
    """Return how large the inputs are: smallest, median and largest."""
    import numpy as np

    if loaded.sizes is not None:
        low, middle, high = np.percentile(loaded.sizes, [0, 50, 100], axis=0, method="nearest").astype(int).tolist()
        return {"unit": "pixels (width, height)", "smallest": low, "median": middle, "largest": high}
    lengths = [len(cell) for cell in loaded.dataset.inputs[0].cells]
    low, middle, high = np.percentile(lengths, [0, 50, 100], method="nearest").astype(int).tolist()
    return {"unit": "letters", "smallest": low, "median": middle, "largest": high}


def _print(loaded: Loaded, facts: DataFacts, findings: list[Finding], unsaid: str | None) -> None:
    """Print what there is, what is wrong with it, and what to do."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(_headline(loaded, facts), style="bold"), soft_wrap=True)
    console.print(_class_table(_counts(loaded)))
    console.print(_finding_table(findings))
    for row, reason in facts.skipped[:NAMED]:
        console.print(Text(f"  left out: {row} {reason}"), soft_wrap=True)
    if len(facts.skipped) > NAMED:
        console.print(Text(f"  and {len(facts.skipped) - NAMED:,} more; --json names them all."))
    if unsaid:
        console.print(Text(unsaid), soft_wrap=True)


def _headline(loaded: Loaded, facts: DataFacts) -> str:
    """Return how much there is of what, in a line or two."""
    dataset, sizes = loaded.dataset, _sizes(loaded)
    labelled = sum(_counts(loaded).values())
    parts = [f"{dataset.name}: {len(dataset):,} {dataset.modality}s, {len(loaded.task.classes)} classes"]
    if labelled < len(dataset):
        parts.append(f"{len(dataset) - labelled:,} without a label")
    if facts.skipped:
        parts.append(f"{len(facts.skipped):,} left out")
    if dataset.groups:
        parts.append(f"{len(set(dataset.groups)):,} groups")
    if dataset.roles:
        roles = Counter(role or "no role" for role in dataset.roles)
        parts.append(", ".join(f"{count:,} {role}" for role, count in roles.items()))
    return (
        "; ".join(parts)
        + f". Sizes: {_size(sizes['smallest'])} to {_size(sizes['largest'])} {_unit(sizes)}, "
        + (f"median {_size(sizes['median'])}.")
    )


def _size(value: Any) -> str:
    return " × ".join(str(side) for side in value) if isinstance(value, list) else f"{value:,}"


def _unit(sizes: dict[str, Any]) -> str:
    return str(sizes["unit"]).partition(" ")[0]


def _class_table(counts: dict[str, int]) -> Any:
    """Return the classes with their rows."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Class")
    table.add_column("Rows", justify="right")
    table.add_column("Share", justify="right")
    total = max(1, sum(counts.values()))
    for name, count in counts.items():
        table.add_row(Text(name), f"{count:,}", f"{count / total:.1%}")
    return table


def _finding_table(findings: list[Finding]) -> Any:
    """Return what is wrong, and what to do about it."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("", "What", "What to do"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(MARKS.get(finding.severity, finding.severity), Text(finding.sentence), Text(finding.remedy))
    return table
