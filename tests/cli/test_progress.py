import io
import sys

import pytest

from warmstart.cli import progress
from warmstart.cli.progress import Display


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """Return a list whose only number is the time in seconds."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_is_silent_when_quiet(capsys, clock):
    with Display(quiet=True) as display:
        clock[0] = 60
        display("embed", 1, 10)
    assert capsys.readouterr() == ("", "")


def test_is_silent_for_what_is_done_within_ten_seconds(capsys, clock):
    with Display() as display:
        for done in range(9):
            clock[0] = done
            display("embed", done, 9)
    assert capsys.readouterr().err == ""


def test_writes_a_plain_line_every_ten_seconds_at_most(capsys, clock):
    with Display() as display:
        for second in range(31):
            clock[0] = second
            display("embed", second, 100)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "embed: 10 of 100, about 90 s left",
        "embed: 20 of 100, about 80 s left",
        "embed: 30 of 100, about 70 s left",
    ]


def test_names_the_leader_in_the_plain_line(capsys, clock):
    with Display() as display:
        display.leader("partial at block_11 88.2 ± 0.9 %")
        clock[0] = 12
        display("race", 1, 0)
    assert capsys.readouterr().err == "race, leader: partial at block_11 88.2 ± 0.9 %\n"


def test_writes_nothing_to_stdout(capsys, clock):
    with Display() as display:
        clock[0] = 12
        display("race", 1, 2)
    assert capsys.readouterr().out == ""


def test_shows_every_step_and_the_leader_in_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Display() as display:
        display("load [bold]", 3, 3)
        display("embed", 1, 2)
        display.leader("probe 86.0 ± 1.0 %")
    shown = terminal.getvalue()
    assert "load [bold]" in shown
    assert "embed" in shown
    assert "leader: probe 86.0 ± 1.0 %" in shown


def test_a_step_whose_total_becomes_known_later_is_shown(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Display() as display:
        display("rank", 0, 0)
        display("rank", 5, 10)
    assert "50%" in terminal.getvalue()


def test_ends_the_live_view_when_the_work_fails(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    display = Display(live=True)
    with pytest.raises(KeyboardInterrupt), display:
        raise KeyboardInterrupt
    assert display._view is None
