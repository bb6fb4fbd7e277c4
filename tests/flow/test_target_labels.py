import numpy as np
import pytest

from warmstart.core.dataset import Column, Dataset
from warmstart.core.task import Task
from warmstart.flow.adapted_choice import Adaptation
from warmstart.flow.config import FitConfig
from warmstart.flow.target_labels import DELIVERED, Labelled, by_labels
from warmstart.flow.tried import SOURCE_ONLY
from warmstart.flow.workbench import Tools
from warmstart.learning.linear import LinearHead

ROWS = 200
TASK = Task(("no", "yes"), "text")
HEAD = LinearHead(*(np.zeros(1) for _ in range(4)))


@pytest.fixture
def labelled():
    codes = np.random.default_rng(0).integers(0, 2, ROWS)
    ids = tuple(f"row {row}" for row in range(ROWS))
    dataset = Dataset("tiny", (Column("text", "text", list(ids)),), ids)
    return Labelled(dataset, codes, np.arange(ROWS) % 5)


def proba(labelled, right, seed):
    """Probabilities of which so large a share is right."""
    wrong = np.random.default_rng(seed).random(ROWS) >= right
    return np.where((labelled.codes ^ wrong)[:, None] == [[0, 1]], 0.9, 0.1)


def chosen(labelled, **shares):
    options = [Adaptation({name: HEAD}, "") for name in shares]
    answers = {name: proba(labelled, share, seed) for seed, (name, share) in enumerate(shares.items())}
    tools = Tools(FitConfig("x"), None, None, None, 1)
    return by_labels(options, answers, labelled, TASK, tools)


def test_takes_what_is_clearly_best(labelled):
    best, evidence = chosen(labelled, **{SOURCE_ONLY: 0.6, "standardise": 0.9})
    assert best.name == "standardise"
    assert "On 200 labelled rows" in best.why
    crossed = evidence.predictions[DELIVERED].codes
    np.testing.assert_array_equal(crossed, evidence.predictions["standardise"].codes)


def test_does_not_adapt_where_nothing_is_better(labelled):
    best, _ = chosen(labelled, **{SOURCE_ONLY: 1.0, "standardise": 1.0})
    assert best.name == SOURCE_ONLY


def test_no_row_is_judged_by_a_choice_that_it_took_part_in(labelled):
    """Of methods that guess, the best on all rows looks better than chance; cross-fitted choosing does not."""
    lift = []
    for seed in range(20):
        shares = {SOURCE_ONLY: 0.5, **{f"guess {number}": 0.5 for number in range(8)}}
        options = [Adaptation({name: HEAD}, "") for name in shares]
        answers = {name: proba(labelled, 0.5, 100 * seed + number) for number, name in enumerate(shares)}
        tools = Tools(FitConfig("x", tolerance=0.0), None, None, None, 1)
        best, evidence = by_labels(options, answers, labelled, TASK, tools)
        right = [(evidence.predictions[name].codes == labelled.codes).mean() for name in (best.name, DELIVERED)]
        lift.append(right)
    looks, crossed = np.mean(lift, axis=0)
    assert looks > 0.53
    assert abs(crossed - 0.5) < 0.025


def test_the_evidence_compares_with_not_adapting(labelled):
    _, evidence = chosen(labelled, **{SOURCE_ONLY: 0.6, "standardise": 0.9})
    assert (evidence.candidate, evidence.control, evidence.evaluation) == (DELIVERED, SOURCE_ONLY, "cross-fitted")
