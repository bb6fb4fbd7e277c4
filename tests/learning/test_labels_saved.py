from dataclasses import replace

import numpy as np
import pytest

from tests import tiny_evidence
from warmstart.core.evidence import CurvePoint
from warmstart.learning.labels_saved import labels_saved

ROWS = 400
TRUTH = np.arange(ROWS) % 2


def right(share, *, seed=0):
    """Return codes of which a share is right; under one seed, those of a smaller share are among them."""
    hits = np.random.default_rng(seed).permutation(np.arange(ROWS) < round(share * ROWS))
    return np.where(hits, TRUTH, 1 - TRUTH)


def evidence(candidate, control, curve, labels=400):
    return tiny_evidence.answered(TRUTH, candidate, control, curve=curve, labels=labels)


def curve(errors, sizes=(50, 100, 200, 400), *, model="control"):
    return tuple(CurvePoint(model, size, right(1 - error)) for size, error in zip(sizes, errors, strict=True))


def test_labels_saved_follow_the_controls_power_law():
    errors = [0.32, 0.226, 0.16, 0.113]
    one = evidence(right(0.94), right(1 - 0.113), curve(errors))
    found = labels_saved(one)
    assert found.value == pytest.approx(400 * (0.113 / 0.06) ** 2 - 400, rel=0.2)
    assert found.low < found.value
    assert found.high is None or found.high > found.value


def test_where_the_control_is_better_no_labels_are_saved():
    found = labels_saved(evidence(right(0.7), right(0.89), curve([0.32, 0.226, 0.16, 0.113])))
    assert (found.value, found.low) == (0.0, 0.0)


def test_a_flat_curve_never_gets_there():
    found = labels_saved(evidence(right(0.95), right(0.7), curve([0.3, 0.3, 0.3, 0.3])))
    assert (found.value, found.high, found.within, found.reason) == (None, None, 3600, "")


def test_beyond_what_a_curve_may_be_stretched_to_no_number_is_given():
    found = labels_saved(evidence(right(0.99), right(0.68), curve([0.36, 0.347, 0.333, 0.32])))
    assert found.value is None


@pytest.mark.parametrize(
    "points",
    [(), curve([0.3, 0.2], sizes=(50, 100)), curve([0.3, 0.3, 0.2], sizes=(50, 50, 100)),
     curve([0.3, 0.2, 0.1, 0.05], model="candidate")],
)  # fmt: skip
def test_without_a_curve_of_the_control_it_says_why_there_is_no_number(points):
    found = labels_saved(evidence(right(0.9), right(0.8), points))
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason == (
        "The best control has no learning curve: it is too dear to fit again and again, knows only the class shares, "
        "or the budget was spent."
    )


def test_one_group_does_not_say_how_many():
    one = evidence(right(0.94), right(0.887), curve([0.32, 0.226, 0.16, 0.113]))
    found = labels_saved(replace(one, groups=np.zeros(ROWS, int)))
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason.startswith("the test rows belong together in one group, too few")


def test_few_groups_make_it_less_sure():
    one = evidence(right(0.94), right(0.887), curve([0.32, 0.226, 0.16, 0.113]))
    alone, few = labels_saved(one), labels_saved(replace(one, groups=np.random.default_rng(0).integers(5, size=ROWS)))
    assert few.value == alone.value
    assert few.low < alone.low
