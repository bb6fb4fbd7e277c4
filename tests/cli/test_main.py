import errno
import importlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from warmstart import __version__
from warmstart.cli import main as line
from warmstart.cli._commands import Commands
from warmstart.errors import DataError

HEAVY = ("numpy", "torch", "sklearn", "polars", "matplotlib", "onnxruntime", "transformers", "rich")


@pytest.fixture
def failing(monkeypatch):
    """Return a function that makes every command raise an error."""

    def arrange(error):
        def get(self, name):
            raise error

        monkeypatch.setattr(Commands, "__getitem__", get)

    return arrange


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], [], ["--version"], ["fit", "--help"], ["sources", "-h"]])
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys\nfrom warmstart.cli.main import run\n"
        f"code = run({arguments!r})\n"
        f"sys.stderr.write(' '.join(sorted(set({HEAVY!r}) & set(sys.modules))))\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = said.stderr.split("\n")[-1].strip() if arguments else ""
    assert heavy == ""


def test_help_lists_every_command_with_what_it_does(capsys):
    assert line.run(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in ("check", "demo", "fit", "predict", "report", "sources"):
        assert f"  {name}" in shown
    assert "what is wrong with the data, before anything is trained" in shown


@pytest.mark.parametrize("name", list(Commands()))
def test_every_command_shows_an_example_or_its_own_commands(name, capsys):
    assert line.run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"warmstart {name}" in shown.split("Options:")[0].split("Usage:")[1]
    assert "Examples:" in shown or "Commands:" in shown


@pytest.mark.parametrize("name", ["fit", "pretrain"])
def test_examples_stay_whole_in_a_narrow_terminal(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    assert line.run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    written = importlib.import_module(f"warmstart.cli.{name}").__dict__[name].__doc__
    examples = [own.strip() for own in written.splitlines() if own.startswith("        ")]
    assert len(examples) == 5
    assert set(examples) <= {own.strip() for own in shown.splitlines()}
    assert "\b" not in shown


def test_the_version_is_told(capsys):
    assert line.run(["--version"]) == 0
    assert capsys.readouterr().out == f"warmstart {__version__}\n"


def test_a_misspelled_command_is_answered_with_the_nearest(capsys):
    assert line.run(["repotr"]) == 2
    assert "No such command 'repotr'. Did you mean 'report'?" in capsys.readouterr().err


def test_an_unknown_option_ends_with_2(capsys):
    assert line.run(["report", "x", "--opne"]) == 2
    assert "--opne" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["fit", "rank", "adapt --to y", "update bundle", "explore", "pretrain --from s"])
@pytest.mark.parametrize("option", ["--seed", "--threads"])
def test_a_negative_seed_or_number_of_threads_ends_with_2(command, option, capsys):
    assert line.run([*command.split(), "photos", option, "-1"]) == 2
    said = capsys.readouterr().err
    assert f"'{option}'" in said
    assert "greater than or equal to 0" in said


@pytest.mark.parametrize(
    "command", ["check", "demo", "rank", "fit", "adapt", "update", "explore", "pretrain", "evaluate"]
)
def test_what_works_for_long_can_be_quiet(command, capsys):
    line.run([command, "--help"])
    assert "-q, --quiet" in capsys.readouterr().out


def test_what_the_user_can_mend_is_one_sentence_and_ends_with_2(failing, capsys):
    failing(DataError("The table has no rows. Give one that has some."))
    assert line.run(["check", "x.csv"]) == 2
    shown = capsys.readouterr()
    assert shown.err == "The table has no rows. Give one that has some.\n"
    assert shown.out == ""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "secret.csv"),
            "Permission denied: 'secret.csv'. Mend its permissions, or name another.",
        ),
        (
            NotADirectoryError(errno.ENOTDIR, "Not a directory", ".out.0a1b2c3d.new", None, "notes.txt/out"),
            "Not a directory: 'notes.txt/out'. Check the path, or name another.",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "No space left on device. Make room there, and run the same command again.",
        ),
        (
            OSError(errno.EMFILE, "Too many open files"),
            "Too many open files. Mend that, and run the same command again.",
        ),
    ],
)
def test_what_the_system_refuses_is_a_sentence_and_ends_with_2(failing, capsys, tmp_path, monkeypatch, error, said):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path))
    failing(error)
    assert line.run(["check", "x"]) == 2
    (log,) = (tmp_path / "logs").glob("*.log")
    assert capsys.readouterr().err == f"{said} The log is {log}.\n"
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_an_error_that_only_looks_like_the_systems_is_a_bug(failing, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path))
    failing(OSError("cannot identify it"))
    assert line.run(["check", "x"]) == 1
    assert "This is a bug of warmstart (OSError: cannot identify it)." in capsys.readouterr().err


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), OSError(errno.ENOSPC, "No space left on device")])
def test_where_no_log_can_be_written_the_traceback_is_told(failing, capsys, monkeypatch, error):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    failing(error)
    assert line.run(["check", "x"]) == (2 if isinstance(error, OSError) else 1)
    said = capsys.readouterr().err
    assert "No log could be written:" in said
    assert f"{type(error).__name__}: " in said.split("Traceback")[1]


def test_a_table_that_may_not_be_read_is_a_sentence(tmp_path, capsys, monkeypatch):
    secret = tmp_path / "secret.csv"
    secret.write_text("text,label\nfine,good\nawful,bad\n", encoding="utf-8")
    opened = Path.open

    def closed(path, *arguments, **named):
        if path == secret:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", closed)
    assert line.run(["check", str(secret), "--quiet"]) == 2
    said = f"Permission denied: '{secret}'. Mend its permissions, or name another. The log is "
    assert capsys.readouterr().err.startswith(said)


def test_an_interrupt_ends_with_130_and_a_sentence(failing, capsys):
    failing(KeyboardInterrupt())
    assert line.run(["check", "x"]) == 130
    assert capsys.readouterr().err == "Interrupted; run the same command again.\n"


def test_a_bug_of_ours_ends_with_1_and_says_where_the_log_is(failing, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path))
    failing(ZeroDivisionError("by zero"))
    assert line.run(["check", "some data"]) == 1
    (log,) = (tmp_path / "logs").glob("*.log")
    said = f"This is a bug of warmstart (ZeroDivisionError: by zero). The log is {log}.\n"
    assert capsys.readouterr().err == said
    written = log.read_text(encoding="utf-8")
    assert "Traceback" in written
    assert "check 'some data'" in written


def test_a_cache_that_cannot_be_written_does_not_hide_the_bug(failing, capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "file"))
    failing(ZeroDivisionError("by zero"))
    assert line.run(["check", "x"]) == 1
    log = Path(capsys.readouterr().err.rsplit("The log is ", 1)[1].strip().removesuffix("."))
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")
    log.unlink()


def test_a_sentence_for_the_user_ends_a_real_process_with_2(tmp_path):
    command = [sys.executable, "-m", "warmstart", "report", str(tmp_path / "nothing")]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.count("\n") == 1
    assert "Traceback" not in said.stderr


def test_ctrl_c_ends_a_real_process_with_130(tmp_path):
    code = (
        "import sys, time\nfrom warmstart.cli import main, _commands\n"
        "def slow(self, name):\n    print('up', flush=True)\n    time.sleep(60)\n"
        "_commands.Commands.__getitem__ = slow\nsys.argv = ['warmstart', 'check', 'x']\nmain.main()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"up\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, shown = process.communicate(timeout=20)
    assert process.returncode == 130
    assert shown == b"Interrupted; run the same command again.\n"


def test_json_prints_one_object_and_nothing_else(capsys):
    assert line.run(["sources", "--json"]) == 0
    shown = capsys.readouterr()
    assert isinstance(json.loads(shown.out), dict)
    assert shown.err == ""
