from dataclasses import replace

import pytest


@pytest.fixture
def draws():
    """Twenty draws in which transfer helps, and twenty in which it is of no use and once claimed to help."""
    from _planted_verdicts import Drawn

    good = Drawn("good", 0, True, "helps", 0.1, 0.05, 0.9, 0.9, 0.8, {"hog": 0.8, "majority": 0.5})
    bad = Drawn("bad", 0, False, "no evidence", -0.02, 0.05, 0.8, 0.7, 0.8, {"hog": 0.8, "majority": 0.5})
    found = [replace(one, draw=draw) for one in (good, bad) for draw in range(20)]
    return [*found[:-1], replace(found[-1], verdict="helps")]


def verdicts(draws):
    from _planted_verdicts import report

    return [line.rsplit(": ", 1)[1] for line in report(draws).splitlines() if line.startswith("- ")]


def test_one_false_claim_in_twenty_misses_the_bar(draws):
    assert verdicts(draws) == ["reached", "missed", "reached", "none"]
    assert verdicts([one for one in draws if one.draw < 19])[1] == "reached"


def test_a_claim_on_a_draw_that_gains_in_truth_is_no_false_one(draws):
    lucky = [replace(one, candidate=0.81) if one.draw == 19 and not one.helpful else one for one in draws]
    assert verdicts(lucky)[1] == "reached"


def test_a_helpful_draw_below_the_detectable_gain_need_not_be_found(draws):
    small = [replace(one, verdict="no evidence", detectable=0.2) if one.helpful else one for one in draws]
    assert verdicts(small)[2].endswith("no such draw")
    missed = [replace(one, verdict="no evidence") if one.helpful and one.draw < 5 else one for one in draws]
    assert verdicts(missed)[2] == "missed"


def test_the_best_control_of_a_case_is_the_best_on_average():
    from _planted_verdicts import Drawn, summary

    first = Drawn("x", 0, False, "harms", 0.0, 0.05, 0.60, 0.5, 0.6, {"hog": 0.6, "majority": 0.5})
    second = Drawn("x", 1, False, "harms", 0.0, 0.05, 0.52, 0.5, 0.52, {"hog": 0.52, "majority": 0.55})
    assert summary([first, second]).behind.tolist() == [0.0, 0.0]


def test_what_is_delivered_behind_the_best_control_misses_the_bar(draws):
    behind = [one if one.helpful else replace(one, delivered=0.79) for one in draws]
    assert verdicts(behind)[0] == "missed"


def test_a_case_whose_transfer_gains_though_it_should_not_is_named(draws):
    vain = [one if one.helpful else replace(one, candidate=0.9) for one in draws]
    assert verdicts(vain)[-1] == "bad"
