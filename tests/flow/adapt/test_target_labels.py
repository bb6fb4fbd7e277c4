from dataclasses import replace

import numpy as np
import pytest

from warmstart.core.dataset import Column, Dataset
from warmstart.core.task import Task
from warmstart.errors import DataError
from warmstart.flow.adapt.choice import Adaptation
from warmstart.flow.adapt.target_labels import DELIVERED, Labelled, by_labels, load_labels
from warmstart.flow.adapt.target_rows import load_target
from warmstart.flow.adapt.tried import SOURCE_ONLY
from warmstart.flow.config import FitConfig
from warmstart.flow.run import Run
from warmstart.flow.workbench import Tools
from warmstart.learning.linear import LinearHead
from warmstart.readers._base import ReadOptions
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache

ROWS = 200
TASK = Task(("no", "yes"), "text")
HEAD = LinearHead(*(np.zeros(1) for _ in range(4)))


@pytest.fixture
def labelled():
    codes = np.random.default_rng(0).integers(0, 2, ROWS)
    ids = tuple(f"row {row}" for row in range(ROWS))
    dataset = Dataset("tiny", (Column("text", "text", list(ids)),), ids)
    return Labelled(dataset, codes, np.arange(ROWS) % 5, np.arange(ROWS))


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


def test_copies_are_no_independent_rows(labelled):
    assert chosen(labelled, **{SOURCE_ONLY: 0.6})[1].groups is None
    twice = replace(labelled, together=np.arange(ROWS) // 2)
    np.testing.assert_array_equal(chosen(twice, **{SOURCE_ONLY: 0.6})[1].groups, np.arange(ROWS) // 2)


@pytest.fixture(scope="module")
def decoder():
    with Decoder(workers=1) as one:
        yield one


def texts(rows, *, seed):
    return [" ".join(f"w{word}" for word in words) for words in np.random.default_rng(seed).integers(0, 999, (rows, 6))]


def write(path, header, *columns):
    labels = [("no", "yes")[row % 2] for row in range(len(columns[0]))]
    path.write_text("\n".join([header, *map(",".join, zip(*columns, labels, strict=True)), ""]), encoding="utf-8")
    return str(path)


def read(folder, decoder, target, *, seen=lambda hashes: (), **options):
    """Labels from the target's own table; the source has the columns review, session and label."""
    config = FitConfig("x", options=ReadOptions(**options))
    tools = Tools(config, Run(folder, {}), decoder, Cache(folder / "cache"), 1)
    reviews = texts(30, seed=0)
    source = tools.load(write(folder / "source.csv", "review,session,label", reviews, ["one"] * 30), modality=None)
    found = load_target(tools, source.dataset, target)
    known = seen(found.dataset.hashes)
    return load_labels(tools, source, found, known, named="label", data=target)


def test_inputs_are_read_from_the_column_of_the_source_and_groups_where_there_are_some(tmp_path, decoder):
    longer = [f"a much longer text {text}" for text in texts(60, seed=2)]
    data = write(tmp_path / "target.csv", "summary,review,label", longer, texts(60, seed=1))
    found = read(tmp_path, decoder, data, groups="session")
    assert found.dataset.inputs[0].name == "review"
    assert found.dataset.groups is None
    data = write(tmp_path / "target.csv", "session,review,label", ["one", "two"] * 30, texts(60, seed=1))
    assert read(tmp_path, decoder, data, groups="session").dataset.groups[:2] == ("one", "two")


def test_rows_that_a_source_network_was_trained_on_do_not_judge_it(tmp_path, decoder):
    rows = texts(60, seed=1)
    data = write(tmp_path / "target.csv", "review,label", [*rows, f"{rows[0]} !"])
    found = read(tmp_path, decoder, data, seen=lambda hashes: hashes[:8])
    assert (len(found.codes), found.seen) == (52, 9)
    with pytest.raises(DataError, match=r"Got 40\. On 21 more, or on copies of them, a source network was trained"):
        read(tmp_path, decoder, data, seen=lambda hashes: hashes[:20])


def test_labels_of_rows_that_nearly_stand_in_the_source_do_not_judge(tmp_path, decoder):
    data = write(tmp_path / "target.csv", "review,label", [f"{texts(30, seed=0)[0]}!", *texts(60, seed=1)])
    assert len(read(tmp_path, decoder, data).codes) == 60
