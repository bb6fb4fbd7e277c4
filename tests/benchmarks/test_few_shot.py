from pathlib import Path

import numpy as np

ROWS = [(f"{label} {number}", label) for label in ("good", "bad") for number in range(30)]


def drawn(number):
    from _few_shot import drawn
    from _rounds import Work

    return drawn(ROWS, Work(Path(), 16, number, 0.0))


def test_every_class_gives_as_many_labels_and_the_others_test():
    given = drawn(0)
    assert sorted(given.labels) == ["bad"] * 8 + ["good"] * 8
    assert len(given.tested) == 44
    assert not set(given.cells) & set(given.tested)
    assert [cell.split()[0] for cell in given.tested] == given.wanted.tolist()


def test_rounds_draw_other_rows_and_the_same_round_the_same():
    assert drawn(1).cells != drawn(2).cells
    assert drawn(1).cells == drawn(1).cells


def test_accuracies_are_paired_by_draw():
    from _few_shot import OURS, accuracies
    from _rounds import Readings

    easy = np.array([60.0, 90.0, 70.0])
    found = {OURS: [{"accuracy": value + 5} for value in easy], "them": [{"accuracy": value} for value in easy]}
    assert "+5.0 (+5.0 to +5.0)" in accuracies(Readings(found))
