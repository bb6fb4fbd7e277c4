from warmstart.report.confusion import Mixup, confusion


def result(table):
    return {"task": {"classes": ["cat", "dog"]}, "confusion": table}


def test_names_the_commonest_mistake_with_its_share():
    assert confusion(result([[8, 2], [0, 5]])).mixups == (Mixup("2 of 10", "cat", "were", "dog", "20.0 %"),)
    assert confusion(result([[7, 1], [0, 5]])).mixups[0].verb == "was"


def test_shades_by_the_share_of_the_row():
    rows = confusion(result([[8, 2], [0, 0]])).rows
    assert rows[0][1].share == 0.2
    assert rows[1][0].shade == 0


def test_is_absent_where_the_table_does_not_fit_the_classes():
    assert confusion(result([[1, 2]])) is None
    assert confusion(result([[1], [2]])) is None
    assert confusion({}) is None
