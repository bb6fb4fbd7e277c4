import numpy as np

from warmstart.core.representation import FeatureTable
from warmstart.core.task import Task
from warmstart.flow.explore.matched import as_json, match
from warmstart.flow.explore.unlabelled import Labelled
from warmstart.learning.grouping import group

ROWS = np.arange(240)
TOPICS = ROWS % 4


def told(apart, seed):
    """Features in which four topics lie so far apart."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(7).normal(size=(4, 12)) * apart
    return FeatureTable(((centres[TOPICS] + rng.normal(size=(len(ROWS), 12))).astype(np.float32),), ROWS)


def held(source, raw, given=4):
    labels = Labelled("topic", Task(("a", "b", "c", "d"), "text"), TOPICS)
    grouping = group(source, ROWS, clusters=given, seed=0)
    return match(labels, grouping, raw, ROWS, name="source", given=given, seed=0)


def test_a_source_that_tells_more_helps_and_one_that_tells_less_harms():
    good, noise = told(4.0, 0), told(0.0, 1)
    assert held(good, {"raw": noise}).verdict == "helps"
    assert held(noise, {"raw": good}).verdict == "harms"
    assert held(noise, {"raw": good, "other": noise}).verdict == "harms"
    assert held(good, {"raw": good}).verdict == "no evidence"


def test_helps_needs_every_raw_input():
    good, noise = told(4.0, 0), told(0.0, 1)
    found = held(good, {"raw": noise, "equal": told(4.0, 2)})
    assert found.verdict == "no evidence"
    assert found.closest == "equal, 4 clusters"


def test_a_raw_input_that_chooses_another_number_is_also_given_that_of_the_source():
    found = held(told(6.0, 0), {"raw": told(6.0, 1)}, given=None)
    assert set(found.compared.agreements) == {"source, 4 clusters", "raw, 4 clusters"}
    two = FeatureTable((np.where(TOPICS[:, None] < 2, 9, -9) + told(0.0, 3)[:][:, :3],), ROWS)
    found = held(told(6.0, 0), {"raw": two}, given=None)
    assert found.ways == {"raw": ["raw, 2 clusters", "raw, 4 clusters"]}


def test_rows_without_a_label_do_not_count():
    found = held(told(4.0, 0), {"raw": told(0.0, 1)})
    labels = Labelled("topic", found.labels.task, np.where(ROWS < 40, -1, TOPICS))
    some = match(labels, group(told(4.0, 0), ROWS, clusters=4), {"raw": told(0.0, 1)}, ROWS, name="s", given=4, seed=0)
    assert some.table.sum() == 200
    assert as_json(some)["rows"] == 200


def test_copies_count_once():
    good, labels = told(4.0, 0), Labelled("topic", Task(("a", "b", "c", "d"), "text"), TOPICS, seen=3)
    first = ROWS[:120]
    some = match(labels, group(good, first, clusters=4), {"raw": told(0.0, 1)}, first, name="s", given=4, seed=0)
    assert some.table.sum() == as_json(some)["rows"] == 120
    assert as_json(some)["sentence"].endswith(" Labelled rows that the source has seen before are left out: 3.")


def test_the_sentence_names_the_best_raw_input_with_its_interval():
    said = as_json(held(told(4.0, 0), {"raw": told(0.0, 1)}))["sentence"]
    assert said.startswith("Transfer helps: the clusters match 'topic' with an adjusted Rand index of ")
    assert "(raw, 4 clusters)" in said
    assert said.count(" to ") == 2


def test_the_rand_index_has_an_interval_and_mutual_information_which_every_draw_raises_has_none():
    for one in as_json(held(told(2.0, 0), {"raw": told(1.0, 1)}))["matches"]:
        assert one["ari"]["low"] <= one["ari"]["value"] <= one["ari"]["high"]
        assert set(one["nmi"]) == {"value"}
