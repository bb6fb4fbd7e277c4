import numpy as np


def fitted(name, right):
    from _choice_exhaustive import Fitted

    return Fitted("source", name, 1.0, np.asarray(right).tolist())


def test_what_is_the_best_by_luck_alone_reaches_no_more_than_chance():
    from choice import reachable

    rng = np.random.default_rng(0)
    candidates = [fitted(f"coin {number}", rng.random(1000) < 0.5) for number in range(200)]
    assert max(np.mean(one.right) for one in candidates) > 0.53
    assert 0.47 < reachable(candidates)[1] < 0.53


def test_what_is_better_is_named_and_measured_on_rows_that_did_not_name_it():
    from choice import reachable

    rows = np.arange(1000)
    assert reachable([fitted("good", rows % 10 > 0), fitted("bad", rows % 3 > 0)]) == ("source: good", 0.9)


def test_both_bars_are_judged_over_all_data():
    from choice import Outcome, table

    near = Outcome("a", "all", 0.9, "some", 0.9, 100.0, 10.0)
    far = Outcome("b", "all", 0.9, "some", 0.87, 100.0, 30.0)
    assert [line.rsplit(": ", 1)[1] for line in table([near, far])[-2:]] == ["missed", "reached"]
    assert [line.rsplit(": ", 1)[1] for line in table([far])[-2:]] == ["missed", "missed"]
