import importlib.util

import numpy as np
import pytest

from warmstart.core.evidence import Predictions
from warmstart.errors import NotApplicable
from warmstart.learning.group_table import group_table, require_fairlearn

TRUTH = np.array([0, 0, 1, 1, 0, 1])
CODES = np.array([0, 1, 1, 1, 0, 0])
LABELS = np.array(["x", "x", "x", "y", "y", ""])


def table():
    proba = np.where(np.arange(2) == CODES[:, None], 0.7, 0.3)
    return group_table(LABELS, TRUTH, Predictions(proba, CODES), metric="accuracy", classes=("no", "yes"))


def test_every_group_has_its_metric_and_error_rates_with_their_rows():
    found = table()
    assert set(found) == {"x", "y"}
    assert found["x"]["accuracy"] == pytest.approx(2 / 3)
    assert found["x"]["errors"] == {"no": (0.5, 2), "yes": (0.0, 1)}
    assert found["y"]["errors"] == {"no": (0.0, 1), "yes": (0.0, 1)}


def test_overconfidence_is_what_it_says_minus_what_is_right():
    assert table()["x"]["overconfidence"] == pytest.approx(0.7 - 2 / 3)
    assert table()["y"]["overconfidence"] == pytest.approx(-0.3)


def test_without_fairlearn_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotApplicable, match=r"fairlearn, which is not installed\. Install it with `pip install 'warm"):
        require_fairlearn()
