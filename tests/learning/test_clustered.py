import numpy as np
import pytest
from scipy import stats

from warmstart.errors import NotApplicable
from warmstart.learning.clustered import (
    dependent,
    design_stretch,
    few_groups_stretch,
    freedom_of,
    mean_error,
    too_few,
    within,
)

ROWS = 60
ALL = np.zeros(ROWS, int)


def of(count):
    return np.arange(ROWS) // (ROWS // count)


def test_rows_depend_on_each_other_where_groups_are_named_or_some_are_copies():
    alone, copies = np.arange(5), np.array([0, 1, 2, 2, 3])
    assert dependent(alone, named=False) is None
    assert dependent(alone, named=True) is alone
    assert dependent(copies, named=False) is copies


def test_a_degree_of_freedom_is_spent_on_every_class_that_groups_lie_in():
    assert freedom_of(of(6), ALL) == 5
    assert within(of(6), of(2))
    assert freedom_of(of(6), of(2)) == 4
    assert freedom_of(of(6), np.arange(ROWS) % 2) == 5


def test_few_groups_have_students_tails_and_many_have_not():
    assert few_groups_stretch(of(5), ALL) == pytest.approx(np.sqrt(5 / 4) * stats.t.ppf(0.975, 4) / 1.96, rel=1e-3)
    assert few_groups_stretch(np.arange(ROWS), ALL) == pytest.approx(1.03, abs=0.005)


@pytest.mark.parametrize(("groups", "strata", "named"), [(ALL, ALL, "one group,"), (of(3), of(3), "3 groups,")])
def test_too_few_groups_are_refused_with_the_reason(groups, strata, named):
    assert named in too_few(groups, strata)
    with pytest.raises(
        NotApplicable, match=r"too few to tell how far other groups would differ\. Test on rows of more"
    ):
        few_groups_stretch(groups, strata)


def test_the_design_effect_is_that_of_a_survey_and_at_most_one_row_a_group():
    errors = np.random.default_rng(0).normal(size=ROWS)
    ones = np.ones(ROWS)
    assert design_stretch(ones, errors, np.arange(ROWS), ALL) == 1.0
    same = np.repeat(errors[:30], 2)
    assert design_stretch(ones, same, of(30), ALL) == pytest.approx(np.sqrt(2))
    assert design_stretch(ones, np.zeros(ROWS), of(20), ALL) == pytest.approx(np.sqrt(3))
    assert 1.0 < design_stretch(ones, errors, of(12), ALL) < np.sqrt(5)


@pytest.mark.parametrize("ddof", [0, 1])
def test_the_error_of_a_mean_is_that_of_the_means_of_groups(ddof):
    values, alone = np.random.default_rng(0).normal(size=ROWS), np.arange(ROWS)
    plain = values.std(ddof=ddof) / np.sqrt(ROWS)
    assert mean_error(values, alone, ddof=ddof) == plain
    assert mean_error(values, ALL, ddof=ddof) == plain
    means = values.reshape(12, 5).mean(axis=1)
    assert mean_error(values, of(12), ddof=ddof) == pytest.approx(means.std(ddof=ddof) / np.sqrt(12))
    assert mean_error(np.repeat(means, 5), of(12)) == pytest.approx(means.std() / np.sqrt(12))
