import dataclasses

import numpy as np
import pytest

from tests.flow import tiny_race
from tests.flow.tiny_race import Answers, Partial, Probe
from warmstart.core.adapted import Adapted
from warmstart.core.evidence import Novelty
from warmstart.flow.choose import Ready
from warmstart.flow.novelty import FEWEST_ROWS, feature_reference, known_features, novelty, put_together
from warmstart.flow.trial import Heat, Trial

ROWS, WIDTH = tiny_race.ROWS, 40
HEAT = Heat("main", np.arange(0, 200, 2), np.arange(1, 200, 4))
FEATURES = (np.random.default_rng(0).normal(size=(ROWS, WIDTH)) * np.geomspace(4, 0.05, WIDTH)).astype(np.float32)


class Embeds(Answers):
    """Features of every row; of rows that it was fitted on, those that vary least shrink, where it learns them."""

    def __init__(self, fitted, *, learns, features):
        super().__init__(np.arange(ROWS) % 2, 0.8)
        self.fitted, self.learns, self.features, self.asked = fitted, learns, features, []

    @property
    def learned_features(self):
        return self.learns

    def embedding(self, inputs, rows):
        self.asked.append(rows)
        found = self.features[rows]
        found[np.isin(rows, self.fitted) & self.learns, WIDTH // 2 :] *= 0.1
        return found


def ready(*, learns=False, part=Probe, features=FEATURES):
    raced, whole = (Embeds(rows, learns=learns, features=features) for rows in (HEAT.train, HEAT.fitted))
    return Ready(Trial(part.name, part(), {"cut": "top"}, adapted=raced), whole, 1.0, np.ones(2))


def bench(seconds=100.0):
    return tiny_race.bench(dataclasses.replace(tiny_race.plan(), budget_seconds=seconds))


def test_frozen_features_are_compared_with_a_third_of_the_fitted_rows_that_had_no_part_in_the_means():
    model = ready()
    known = feature_reference(bench(), model, HEAT)
    means, compared = model.adapted.asked
    assert len(known.distances) == len(compared) == pytest.approx(len(HEAT.fitted) / 3, abs=1)
    assert sorted([*means, *compared]) == HEAT.fitted.tolist()
    assert known.distances.tolist() == sorted(known.distances)


def test_learned_features_are_compared_with_validation_rows_by_the_model_that_did_not_see_them():
    model = ready(learns=True, part=Partial)
    known = feature_reference(bench(), model, HEAT)
    assert len(known.distances) == len(HEAT.validation)
    assert [rows.tolist() for rows in model.trial.adapted.asked] == [HEAT.train.tolist(), HEAT.validation.tolist()]
    seen = dataclasses.replace(model, trial=dataclasses.replace(model.trial, adapted=model.adapted))
    assert np.median(known.distances) > 2 * np.median(feature_reference(bench(), seen, HEAT).distances)


def test_few_rows_go_through_changed_layers_where_the_budget_is_short():
    model = ready(learns=True, part=Partial)
    feature_reference(bench(seconds=1.0), model, Heat("main", np.arange(0, 200, 2), np.arange(1, 200, 2)))
    assert FEWEST_ROWS == 100
    assert [len(rows) for rows in (*model.adapted.asked, *model.trial.adapted.asked)] == [100] * 4


def test_outer_folds_share_the_time_that_delivery_has_alone():
    heat = Heat("main", np.arange(150), np.arange(150, 190))
    delivered, fold = ready(learns=True, part=Partial), ready(learns=True, part=Partial)
    feature_reference(bench(seconds=37.5), delivered, heat)
    novelty(bench(seconds=37.5), fold, heat, np.arange(190, 200))
    assert [len(model.trial.adapted.asked[0]) for model in (delivered, fold)] == [135, 100]


def test_a_model_that_is_delivered_as_it_was_raced_sees_twice_the_rows():
    model = ready(learns=True, part=Partial)
    as_raced = dataclasses.replace(model, adapted=model.trial.adapted)
    feature_reference(bench(seconds=31.25), as_raced, Heat("main", np.arange(180), np.arange(180, 200)))
    few = ready(learns=True, part=Partial)
    feature_reference(bench(seconds=31.25), few, Heat("main", np.arange(180), np.arange(180, 200)))
    assert [len(one.trial.adapted.asked[0]) for one in (as_raced, few)] == [180, 112]


@pytest.mark.parametrize("learns", [False, True])
def test_the_rows_that_are_compared_count_among_those_that_an_update_starts_from(learns):
    heat = Heat("main", np.arange(140), np.arange(140, 200))
    model = ready(learns=learns, part=Partial)
    found = feature_reference(bench(), model, heat)
    lie = found.columns(model.adapted.embedding(None, heat.fitted))[:, :-1]
    np.testing.assert_allclose(found.means, [lie[heat.fitted % 2 == code].mean(axis=0) for code in (0, 1)], atol=1e-3)
    assert found.covariance is not None


def test_a_model_without_features_says_so():
    model = dataclasses.replace(ready(), adapted=Answers(np.arange(ROWS) % 2, 0.8))
    assert known_features(bench(), model, HEAT) == (
        None,
        "what it reads has no features that a distance could be measured in.",
    )
    found = novelty(bench(), model, HEAT, np.arange(5))
    assert np.isnan(found.p_values).all()
    assert "no features" in found.reason
    assert not Adapted.learned_features.fget(model.adapted)


def test_rows_of_another_kind_have_small_p_values():
    strange = FEATURES.copy()
    strange[190:, -10:] += 8
    heat = Heat("main", np.arange(0, 180, 2), np.arange(1, 180, 2))
    measured = novelty(bench(), ready(features=strange), heat, np.arange(180, 200))
    found = measured.p_values
    assert measured.distances == 60
    assert found[10:].max() == pytest.approx(1 / 61, abs=0.002)
    assert found[:10].max() > 0.2


def test_outer_folds_are_put_together_in_the_order_of_the_rows():
    parts = [
        (np.array([1, 5]), Novelty(np.array([0.1, 0.5]), distances=60)),
        (np.array([2]), Novelty(np.array([np.nan]), "it has no features.", distances=40)),
    ]
    found = put_together(parts, np.array([1, 2, 5]))
    np.testing.assert_array_equal(found.p_values, [0.1, np.nan, 0.5])
    assert (found.reason, found.distances) == ("it has no features.", 40)
