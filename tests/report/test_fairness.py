from tests.report.conftest import interval
from warmstart.report.fairness import fairness
from warmstart.report.group_figure import group_figure

GROUP = {
    "group": "poly",
    "rows": 387,
    "judged": True,
    "delivered": interval(0.81, 0.04),
    "control": interval(0.84, 0.04),
    "gap": {"value": -0.07, "low": -0.11, "high": -0.03, "p": 0.01},
    "overconfidence": {"value": 0.02, "low": -0.01, "high": 0.05},
    "error_rates": {"defective": interval(0.3, 0.06)},
}
SMALL = {"group": "west", "rows": 9, "judged": False, "delivered": {"value": 0.9}, "control": {"value": 0.8}}
NUMBERS = {"attribute": "cell_type", "groups": [GROUP, SMALL], "overall": {"delivered": 0.87, "control": 0.84}}


def result(**changes):
    finding = {"code": "bias", "severity": "harm", "sentence": "It fails for poly.", "numbers": NUMBERS}
    task = {"classes": ["functional", "defective"]}
    return {"metric": "accuracy", "task": task, "findings": [{**finding, **changes}]}


def test_a_group_is_a_row_with_intervals_and_signs():
    [audited] = fairness(result())
    assert (audited.attribute, audited.kind, audited.symbol) == ("cell_type", "harm", "✕")
    poly, west = audited.rows
    assert (poly.delivered, poly.gap) == ("81.0 % (77.0–85.0)", "−7.0 (−11.0 to −3.0)")
    assert poly.errors == ("", "30.0 % (24.0–36.0)")
    assert (west.delivered, west.gap, west.overconfidence) == ("90.0 %", "", "")


def test_many_classes_have_no_column_each():
    given = result()
    given["task"]["classes"] = [f"class {n}" for n in range(9)]
    assert fairness(given)[0].rows[0].errors == ()


def test_the_figure_draws_every_group_and_says_it_in_words():
    drawn = str(group_figure("cell_type", "accuracy", NUMBERS))
    assert drawn.count("<circle") == drawn.count("<rect") == 2
    assert drawn.count('class="range transfer"') == 1
    assert "poly, 387 rows: 81.0 % (77.0–85.0), best control 84.0 % (80.0–88.0)" in drawn
    assert "9 rows, too few" in drawn


def test_without_a_control_none_is_drawn_or_told():
    alone = {**NUMBERS, "groups": [{key: value for key, value in GROUP.items() if key != "control"}]}
    assert fairness(result(numbers=alone))[0].rows[0].control == ""
    drawn = str(group_figure("cell_type", "accuracy", alone))
    assert "control" not in drawn


def test_a_long_or_odd_name_is_shortened_and_escaped():
    drawn = str(group_figure("site", "accuracy", {"groups": [{**GROUP, "group": "<b>" + "x" * 40}]}))
    assert "<b>" not in drawn
    assert "…</text>" in drawn


def test_nothing_audited_is_nothing_drawn():
    assert (
        fairness({"findings": [{"code": "bias", "severity": "not applicable", "sentence": "No.", "numbers": {}}]}) == ()
    )
    assert fairness({}) == ()
    assert group_figure("site", "accuracy", {}) is None


def test_a_missing_interval_is_a_value_alone():
    gaps = ({"value": -0.07, "p": 0.01}, {"value": -0.07, "low": None, "high": None, "p": 0.01})
    for gap in gaps:
        given = {**NUMBERS, "groups": [{**GROUP, "gap": gap, "delivered": {"value": 0.81}}]}
        [row] = fairness(result(numbers=given))[0].rows
        assert (row.gap, row.delivered) == ("−7.0", "81.0 %")
