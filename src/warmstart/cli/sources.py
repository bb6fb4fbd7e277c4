"""`warmstart sources`: the pre-trained sources there are, and all that is known of one."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli import _completion
from warmstart.cli._options import AsJson

if TYPE_CHECKING:
    from rich.table import Table

    from warmstart.core.backbone import Backbone
    from warmstart.core.card import Card

app = typer.Typer(
    invoke_without_command=True,
    no_args_is_help=False,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback()
def sources(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the pre-trained sources: packaged, and results of earlier runs.

    Examples:

        warmstart sources

        warmstart sources show efficientnet-lite0
    """
    if context.invoked_subcommand is not None:
        return
    from warmstart.flow.sources import cards, how_to_get

    listed = [(card, how_to_get(card)) for card in cards()]
    if as_json:
        typer.echo(json.dumps({"sources": [{**card.to_json(), "get": get or None} for card, get in listed]}))
        return
    _print(_table(listed))
    for line in _ways(listed):
        typer.echo(line)
    typer.echo("Also: a folder with config.json and model.safetensors, a run or bundle, or hf:owner/name[@revision].")


@app.command()
def show(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="A name from `warmstart sources`, a folder, a run, or hf:owner/name.",
            autocompletion=_completion.sources,
        ),
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Show the whole card of a source, with its lineage and its stages, after checking its weights.

    Examples:

        warmstart sources show efficientnet-lite0

        warmstart sources show runs/photos --json
    """
    from warmstart.flow.sources import cards, how_to_get, open_source

    card = next((card for card in cards() if card.name == name), None)
    get = how_to_get(card) if card is not None else ""
    backbone = None if card is not None and get else open_source(name)
    card = backbone.card if backbone is not None else card
    if card is None:
        return
    if as_json or (context.parent is not None and context.parent.params["as_json"]):
        stages = [asdict(stage) for stage in backbone.stages] if backbone is not None else None
        typer.echo(json.dumps({**card.to_json(), "stages": stages, "get": get or None}))
        return
    _print(_details(card, backbone, get))


def _table(listed: list[tuple[Card, str]]) -> Table:
    """Return a line a card."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("Source", "Takes", "Size", "Licence"):
        table.add_column(heading, justify="right" if heading == "Size" else "left", no_wrap=True)
    table.add_column("Trained on", min_width=16)
    table.add_column("Here", no_wrap=True)
    for card, get in listed:
        row = (card.name, _input(card), _millions(card), card.licence, card.trained_on.split(":")[0])
        table.add_row(*(_plain(cell) for cell in (*row, "no" if get else "yes")))
    return table


def _ways(listed: list[tuple[Card, str]]) -> list[str]:
    """Return a line for every way to get what is not here."""
    ways = dict.fromkeys(get for _, get in listed if get)
    return [f"To get {', '.join(card.name for card, get in listed if get == way)}: {way}" for way in ways]


def _details(card: Card, backbone: Backbone | None, get: str) -> Table:
    """Return all that a card says, a line a fact."""
    from rich.table import Table

    from warmstart.core.licence import terms_of

    facts = [
        ("name", card.name),
        ("installed", get or "yes"),
        ("origin", card.origin),
        ("sha256", card.sha256),
        ("licence", card.licence),
        *(("", f"which {term}") for term in terms_of(card.licence) or ()),
        ("architecture", card.architecture),
        ("takes", _input(card)),
        ("parameters", f"{card.parameter_count:,}"),
        ("multiply-adds", f"{card.cost:g} billion an input" if card.cost else "not stated"),
        ("trained on", card.trained_on),
        *(("limit", limit) for limit in card.limits),
        *(("comes from", f"{step.name} ({step.origin}), {_rows(len(step.rows))}") for step in card.lineage),
    ]
    if backbone is not None:
        facts.append(("stages", ", ".join(f"{stage.name} ({stage.width})" for stage in backbone.stages)))
        facts.append(("own head", f"{len(backbone.head.labels)} labels" if backbone.head else "none"))
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for fact, value in facts:
        table.add_row(fact, _plain(value))
    return table


def _millions(card: Card) -> str:
    return f"{card.parameter_count / 1e6:.1f} M"


def _input(card: Card) -> str:
    unit = "px" if card.modality == "image" else "tokens"
    return f"{card.modality} {card.input_size} {unit}"


def _rows(count: int) -> str:
    return f"which saw {count:,} rows here" if count else "which saw no rows here"


def _plain(text: str) -> Any:
    """Return text in which brackets are not markup."""
    from rich.text import Text

    return Text(text)


def _print(table: Table) -> None:
    from rich.console import Console

    Console(highlight=False).print(table)
