"""The commands there are: a file of this folder whose first line says "`warmstart NAME`: what it does."."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import typer

FOLDER = Path(__file__).resolve().parent
FIRST_LINE = re.compile(r'"""`warmstart (?P<name>[a-z-]+)`: (?P<summary>.+?)\.?"""$')
EXAMPLE = re.compile(r"(?<=\n\n)(?= {4}\S)")
"""Where an example begins: an indented paragraph. After a line with a backspace alone, click breaks no lines."""


class Commands(Mapping[str, Any]):
    """Every command by name; its file is imported when it is asked for.

    Help is plain text, which answers in half the time that drawn boxes take.
    """

    @cached_property
    def summaries(self) -> dict[str, str]:
        """What each command does, in order of name, read from the first lines alone."""
        found = {}
        for file in sorted(FOLDER.glob("[!_]*.py")):
            with file.open(encoding="utf-8") as stream:
                said = FIRST_LINE.match(stream.readline().rstrip())
            if said:
                found[said["name"]] = said["summary"]
        return found

    def __getitem__(self, name: str) -> Any:
        if name not in self.summaries:
            raise KeyError(name)
        module = importlib.import_module(f"warmstart.cli.{name}")
        app: typer.Typer = getattr(module, "app", None) or _app(getattr(module, name))
        app.rich_markup_mode = None
        return _with_whole_examples(typer.main.get_command(app))

    def __iter__(self) -> Iterator[str]:
        return iter(self.summaries)

    def __len__(self) -> int:
        return len(self.summaries)


def _with_whole_examples(command: Any) -> Any:
    """Return a command whose help leaves every example on one line: broken within a path, it cannot be copied."""
    for one in (command, *getattr(command, "commands", {}).values()):
        one.help = EXAMPLE.sub("\b\n", one.help or "")
    return command


def _app(function: Any) -> typer.Typer:
    """Return an application of one command."""
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return app
