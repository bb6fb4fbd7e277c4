from warmstart.report.frontier_figure import frontier_figure


def result(*values, labels=1000):
    points = [
        {"share": share, "metric": around(value), "retention": around(1 - 0.4 * share)} for share, value in values
    ]
    return {"metric": "accuracy", "forgetting": {"head_labels": labels, "frontier": points}}


def around(value):
    return {"value": value, "low": value - 0.04, "high": min(1.0, value + 0.04)}


FIVE = ((0.0, 0.8), (0.25, 0.83), (0.5, 0.86), (0.75, 0.88), (1.0, 0.89))


def test_nothing_is_drawn_where_the_base_is_unchanged():
    assert frontier_figure({}) is None
    assert frontier_figure({"forgetting": None}) is None
    assert frontier_figure(result()) is None


def test_every_point_is_drawn_and_named():
    figure = str(frontier_figure(result(*FIVE)))
    assert figure.count("<circle") == 5
    names = (">source<", ">25 %<", ">75 %<", ">chosen<")
    for said in (*names, "same answers of the source", "validation accuracy"):
        assert said in figure


def test_reads_itself_out():
    figure = str(frontier_figure(result(*FIVE)))
    assert "chosen: metric 89.0 % (85.0–93.0), kept 60.0 % (56.0–64.0)." in figure


def test_without_a_head_the_axis_is_of_neighbours():
    assert "same nearest neighbours" in str(frontier_figure(result(*FIVE, labels=0)))
