from types import SimpleNamespace

import numpy as np

from tests.flow.tiny_race import Ledger
from warmstart.core.dataset import Column, Dataset
from warmstart.flow import speed
from warmstart.flow.speed import Speed, speed_of

ROWS = 400
SOURCE = SimpleNamespace(card=SimpleNamespace(name="tiny"))


def dataset():
    return Dataset("tiny", (Column("image", "image", [b""] * ROWS),), tuple(map(str, range(ROWS))))


def tools():
    return SimpleNamespace(run=Ledger(), progress=lambda *step: None, cache=None, decoder=None, threads=1)


def test_what_was_measured_once_is_not_measured_again(monkeypatch):
    times = []
    monkeypatch.setattr(speed, "measure", lambda *rows, **options: times.append("pass") or 0.002)
    monkeypatch.setattr(speed, "_training", lambda *rows: times.append("epoch") or {"input": 0.02})
    given = tools()
    first, again = (speed_of(given, dataset(), SOURCE, ["input"]) for _ in range(2))
    assert first == again == Speed(0.002, {"input": 0.02})
    assert times == ["pass", "epoch"]


def test_about_a_hundred_rows_from_all_over_are_measured(monkeypatch):
    looked = []
    monkeypatch.setattr(speed, "measure", lambda dataset, one, rows, **options: looked.append(rows) or 0.002)
    monkeypatch.setattr(speed, "_training", lambda tools, dataset, one, rows, cuts: looked.append(rows) or {"input": 1})
    speed_of(tools(), dataset(), SOURCE, ["input"])
    measured, trained = looked
    assert len(np.unique(measured)) == len(measured) == speed.MEASURED_ROWS
    assert (measured[0], measured[-1]) == (0, ROWS - 1)
    assert 1 <= len(trained) <= 2 * speed.BATCH
