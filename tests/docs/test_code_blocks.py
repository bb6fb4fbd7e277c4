"""Every `python` block of the README and of docs/ is executed, every `$` line of a `console` block is run."""

import re
import shlex
from itertools import takewhile
from pathlib import Path

import pytest
import typer

from tests.docs.conftest import TINY_FIT
from warmstart.cli.main import app, run

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REFUSED = typer.BadParameter.__base__
KINDS = {"console", "python", "bash", "text"}


def blocks(page):
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def carry_out(line, capsys):
    program, *arguments = shlex.split(line.removeprefix("$ "))
    assert program == "warmstart"
    more = TINY_FIT if arguments[0] == "fit" else ()
    code = run([*arguments, *more])
    shown = capsys.readouterr()
    assert code == 0, f"{line}\n{shown.out}{shown.err}"
    assert shown.out or "--out" in arguments


def execute(code, workspace):
    photos = sorted(str(file) for file in (workspace / "photos").rglob("*.png"))
    known = {"photos": photos, "labels": [Path(file).parent.name for file in photos]}
    exec(compile(code, "block", "exec"), known)


@pytest.mark.parametrize("page", [page for page in PAGES if {"console", "python"} & {kind for kind, _ in blocks(page)}])
def test_a_page_does_what_it_says_in_its_order(page, workspace, monkeypatch, capsys):
    monkeypatch.chdir(workspace)
    for kind, text in blocks(page):
        if kind == "python":
            execute(text, workspace)
            assert capsys.readouterr().out
        elif kind == "console":
            for line in text.splitlines():
                if line.startswith("$ "):
                    carry_out(line, capsys)


def commands():
    """Yield every command of a bash block, with its page; what a shell does with its output is left out."""
    for page in PAGES:
        for kind, text in blocks(page):
            for line in text.replace("\\\n", " ").splitlines() if kind == "bash" else ():
                if line.startswith("warmstart "):
                    words = shlex.split(line, comments=True)[1:]
                    yield page, list(takewhile(lambda word: word not in {"|", ">", "&&", ";", "&"}, words))


def parse(command, words):
    """Read the words as the command line does, and run nothing."""
    context = command.make_context("warmstart", list(words))
    if not hasattr(command, "commands") or not words or words[0].startswith("-"):
        return
    _, own, rest = command.resolve_command(context, list(words))
    parse(own, rest)


@pytest.mark.parametrize(("page", "line"), list(commands()))
def test_a_command_in_a_bash_block_is_one_that_would_be_taken(page, line):
    parse(typer.main.get_command(app), line)


@pytest.mark.parametrize(
    "line", ["fti photos/", "fit photos/ --budgte 5m", "fit", "fit photos/ --device cuda", "sources shwo x"]
)
def test_a_command_that_would_be_refused_is_found(line):
    with pytest.raises(REFUSED):
        parse(typer.main.get_command(app), line.split())


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"])
def test_every_block_says_what_it_is_and_every_link_leads_somewhere(page):
    assert {kind for kind, _ in blocks(page)} <= KINDS
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert "://" in target or ((ROOT / page).parent / target).exists(), target


def test_the_recipes_name_every_part_folder_and_tests_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = [path.parent.name for path in (ROOT / "src" / "warmstart").glob("*/_base.py")]
    assert all(f"`{folder}/`" in text for folder in folders)
    named = re.findall(r"`(tests/\S+\.py)`", text)
    assert len(named) == len(folders)
    assert all((ROOT / file).exists() for file in named)
