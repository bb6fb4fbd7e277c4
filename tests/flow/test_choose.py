from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tests.flow import tiny_race
from tests.flow.tiny_race import Answers, Majority, Partial, Probe
from warmstart.core.decision import decide
from warmstart.errors import WarmstartError
from warmstart.flow.calibrated import calibrated, hits
from warmstart.flow.choose import choose, refit, repeated
from warmstart.flow.race import Race
from warmstart.flow.split import Rows
from warmstart.flow.trial import Heat, Trial
from warmstart.learning.calibration import soften
from warmstart.learning.metrics import METRICS, log_loss

CODES = np.arange(1000) % 2
HEAT = Heat("main", np.arange(0), np.arange(1000))


class Full(Partial):
    name, forgets = "full", 2


def bench(*, tolerance=0.003, metric="accuracy", codes=CODES):
    made = tiny_race.bench()
    made.material = SimpleNamespace(codes=codes, backbone=made.material.backbone)
    made.rows = Rows(codes, codes, np.arange(len(codes)))
    made.shares = lambda rows: np.bincount(codes[rows], minlength=2) / len(rows)
    made.metric = metric
    made.tools.config.tolerance = tolerance
    return made


def judged(one, codes=CODES, metric="accuracy"):
    """Return a trial with the numbers that the race would have given its probabilities."""
    truth = codes[: len(one.proba)]
    found = calibrated(truth, one.proba, metric, np.bincount(codes) / len(codes))
    return replace(one, value=METRICS[metric](truth, found.codes), loss=log_loss(truth, found.proba))


def trial(part, share, *, name=None, sure=0.9, cut="top", status="finished"):
    adapted = Answers(CODES, share, sure, blend=0.6)
    proba = adapted.predict_proba(None, np.arange(1000))
    value = float(np.mean(proba.argmax(axis=1) == CODES))
    epochs = 2 if part.iterative else 0
    return Trial(
        name or part.name, part(), {"cut": cut}, epochs, adapted, proba, value, 0.01, log_loss(CODES, proba), status
    )


def test_the_best_candidate_and_the_best_control_are_both_named():
    trials = [trial(Majority, 0.5), trial(Majority, 0.7, name="hog"), trial(Probe, 0.8), trial(Partial, 0.9)]
    choice = choose(bench(), HEAT, trials)
    assert choice.candidate.trial.name == "partial"
    assert choice.control.trial.name == "hog"
    assert not choice.delivers_control
    assert choice.delivered is choice.candidate


@pytest.mark.parametrize("control", [0.8, 0.9])
def test_the_control_is_delivered_where_transfer_does_not_win(control):
    choice = choose(bench(), HEAT, [trial(Majority, control), trial(Probe, 0.8)])
    assert choice.delivers_control
    assert choice.delivered is choice.control


def short(trials, rows):
    """The trials as they are judged on the first of the validation rows."""
    return replace(HEAT, validation=np.arange(rows)), [judged(replace(one, proba=one.proba[:rows])) for one in trials]


def wrong_on(rows, part=Partial, **said):
    """A candidate that answers some rows wrongly, and the others rightly."""
    one, wrong = trial(part, 1.0, **said), np.isin(np.arange(1000), rows)
    answered = np.where(wrong, 1 - CODES, CODES)[:, None]
    return judged(replace(one, proba=np.where(np.arange(2) == answered, 0.9, 0.1)))


@pytest.mark.parametrize(("ahead", "chosen"), [(3, "partial"), (60, "probe")])
def test_what_is_trained_is_taken_unless_a_closed_form_is_clearly_better(ahead, chosen):
    trials = [trial(Majority, 0.5), wrong_on(range(500, 600 - ahead), Probe), wrong_on(range(100))]
    assert choose(bench(tolerance=0), HEAT, trials).candidate.trial.name == chosen


@pytest.mark.parametrize(("missed", "delivered"), [(98, False), (97, True)])
def test_a_control_is_delivered_where_it_is_as_good_as_all_that_transfer_gave(missed, delivered):
    trials = [wrong_on(range(400, 400 + missed), Majority), wrong_on(range(500, 597), Probe), wrong_on(range(100))]
    choice = choose(bench(tolerance=0), HEAT, trials)
    assert choice.candidate.trial.name == "partial"
    assert choice.delivers_control is delivered


def test_of_what_is_trained_an_average_comes_first_and_then_what_the_plan_wanted():
    deep, top = wrong_on(range(100), name="deep"), wrong_on(range(500, 599), name="top")
    assert choose(bench(), HEAT, [trial(Majority, 0.5), deep, top]).candidate.trial.name == "deep"
    both = replace(wrong_on(range(300, 401), name="average"), members=(deep, top))
    assert choose(bench(), HEAT, [trial(Majority, 0.5), deep, top, both]).candidate.trial.name == "average"
    raced = replace(both, again=False)
    assert choose(bench(), HEAT, [trial(Majority, 0.5), deep, top, raced]).candidate.trial.name == "deep"
    alike = replace(raced, members=(replace(deep, again=False), replace(top, again=False)))
    assert choose(bench(), HEAT, [trial(Majority, 0.5), deep, top, alike]).candidate.trial.name == "average"


def test_of_closed_forms_what_reads_more_of_the_source_comes_first():
    trials = [wrong_on(range(99), Probe, name="probe last"), wrong_on(range(500, 600), Probe, name="probe all")]
    assert choose(bench(), HEAT, [trial(Majority, 0.5), *trials]).candidate.trial.name == "probe all"


@pytest.mark.parametrize(
    ("more", "tolerance", "chosen"), [(5, 0.003, "full"), (5, 0.02, "partial"), (0, 0.003, "probe")]
)
def test_what_forgets_less_is_taken_where_it_clearly_loses_no_more_than_the_tolerance(more, tolerance, chosen):
    full, partial = wrong_on(range(100), Full), wrong_on(range(100 + more), name="partial")
    probe = wrong_on(range(100 if more == 0 else 150), Probe)
    trials = [trial(Majority, 0.5), full, partial, probe]
    assert choose(bench(tolerance=tolerance), HEAT, trials).candidate.trial.name == chosen


def test_a_few_rows_show_no_such_thing():
    trials = [trial(Majority, 0.5), wrong_on(range(4), Probe), wrong_on([10, 20, 30, 40])]
    heat, some = short(trials, 60)
    assert choose(bench(), heat, some).candidate.trial.name == "partial"


class Usual(Partial):
    name, for_few = "usual", True


@pytest.mark.parametrize(("others", "chosen"), [((0.7, 0.75), "usual"), ((0.7, 0.9), "prototypes")])
def test_with_few_labels_what_usually_wins_is_taken_unless_another_is_clearly_better(others, chosen):
    made = bench()
    made.few = True
    trials = [trial(Majority, 0.5), trial(tiny_race.Probe, others[0]), trial(tiny_race.Prototypes, others[1])]
    few = replace(HEAT, validation=np.arange(40))
    short = [judged(replace(one, proba=one.proba[:40])) for one in [*trials, trial(Usual, 0.7)]]
    assert choose(made, few, short).candidate.trial.name == chosen


@pytest.mark.parametrize(("ahead", "delivered"), [(3, False), (12, True)])
def test_with_few_labels_a_control_must_be_clearly_ahead(ahead, delivered):
    made = bench()
    made.few = True
    few = replace(HEAT, validation=np.arange(40))
    wrong = [(trial(Majority, 1.0), range(20, 20 + 15 - ahead)), (trial(Probe, 1.0), range(15))]
    short = []
    for one, missed in wrong:
        answered = np.where(np.isin(np.arange(40), missed), 1 - CODES[:40], CODES[:40])
        short.append(judged(replace(one, proba=np.where(np.arange(2) == answered[:, None], 0.9, 0.1))))
    assert choose(made, few, short).delivers_control is delivered


def test_hits_of_rare_classes_count_as_much_as_in_balanced_accuracy():
    codes = (np.arange(1000) % 20 == 0).astype(int)
    one = trial(Majority, 0.9)
    found = choose(bench(codes=codes), HEAT, [one, trial(Probe, 0.9)]).control
    answered = decide(soften(one.answers, found.temperature), found.weights)
    for metric in ("accuracy", "balanced_accuracy"):
        assert hits(answered, codes, metric).mean() == pytest.approx(METRICS[metric](codes, answered))


def test_what_did_not_finish_is_not_chosen():
    trials = [trial(Majority, 0.5), trial(Partial, 0.95, status="stopped"), trial(Probe, 0.8)]
    assert choose(bench(), HEAT, trials).candidate.trial.name == "probe"


def test_without_a_candidate_it_says_what_to_do():
    with pytest.raises(WarmstartError, match=r"No strategy finished.*--strategy"):
        choose(bench(), HEAT, [trial(Majority, 0.5), trial(Probe, 0.8, status="skipped")])


def test_temperature_is_fitted_for_both():
    choice = choose(bench(), HEAT, [trial(Majority, 0.7, sure=0.99), trial(Probe, 0.9, sure=0.6)])
    assert choice.control.temperature > 1.5
    assert choice.candidate.temperature < 0.8
    proba, codes = choice.candidate.answer(None, np.arange(1000))
    assert proba.max(axis=1).mean() == pytest.approx(0.9, abs=0.03)
    np.testing.assert_array_equal(codes, proba.argmax(axis=1))


def rare(sure=0.55):
    """Hardly ever answers the rare class, though its probability tells the two apart."""
    codes = (np.arange(1000) % 10 == 0).astype(int)
    second = np.where(codes == 1, 0.4, 0.1) + np.random.default_rng(0).uniform(-0.1, 0.09, 1000)
    proba = np.column_stack([1 - second, second])
    adapted = Answers(codes, 1.0)
    adapted.predict_proba = lambda inputs, rows: proba[rows]
    return codes, Trial("probe", Probe(), {"cut": "top"}, 0, adapted, proba, 0.5, 0.01, log_loss(codes, proba))


def test_a_threshold_for_abstaining_comes_from_the_softened_validation_answers():
    sure = np.linspace(0.5, 1.0, 1000)
    answered = np.where(np.random.default_rng(0).random(1000) < sure, CODES, 1 - CODES)
    one = trial(Probe, 0.8)
    object.__setattr__(one, "proba", np.where(np.arange(2) == answered[:, None], sure[:, None], 1 - sure[:, None]))
    ready = choose(bench(), HEAT, [trial(Majority, 0.5), one]).candidate
    assert 0.6 < ready.abstain_below < 0.9
    assert choose(bench(), HEAT, [trial(Majority, 0.5), trial(Probe, 1.0)]).candidate.abstain_below == 0.0


def test_imbalance_is_met_by_decision_weights_fitted_on_validation():
    codes, one = rare()
    choice = choose(bench(metric="balanced_accuracy", codes=codes), HEAT, [trial(Majority, 0.5), one])
    assert choice.candidate.weights[1] > choice.candidate.weights[0]
    assert METRICS["balanced_accuracy"](codes, choice.candidate.answer(None, np.arange(1000))[1]) > 0.95
    plain = choose(bench(codes=codes), HEAT, [trial(Majority, 0.5), one])
    assert plain.candidate.weights.tolist() == [1.0, 1.0]


def test_only_validation_rows_decide():
    heat = Heat("main", np.arange(500), np.arange(500, 1000))
    codes = CODES.copy()
    made = [trial(Majority, 0.5), trial(Probe, 0.8), trial(Partial, 0.9)]
    for one in made:
        object.__setattr__(one, "proba", one.proba[500:])
    before = choose(bench(codes=codes), heat, made)
    codes[:500] = 1 - codes[:500]
    after = choose(bench(codes=codes), heat, made)
    assert (before.candidate.trial.name, before.candidate.temperature) == (
        after.candidate.trial.name,
        after.candidate.temperature,
    )


def test_what_no_time_is_kept_for_is_delivered_as_it_was_raced():
    raced = choose(bench(), HEAT, [trial(Majority, 0.5), replace(trial(Partial, 0.9), again=False)]).candidate
    assert refit(bench(), Race(bench(), HEAT), raced) is raced


def test_a_repeated_trial_makes_no_choice_again():
    assert repeated(trial(Partial, 0.9)).setting == {"cut": "top", "blend": 0.6}


@pytest.mark.parametrize(("units", "chosen"), [(100, "probe"), (5, "partial")])
def test_a_lead_on_the_rows_of_one_group_is_not_clear(units, chosen):
    made = bench(tolerance=0)
    made.rows = replace(made.rows, together=np.arange(1000) // (100 // units))
    usual, other = trial(Partial, 1.0), trial(Probe, 1.0)
    answered = np.where(np.arange(100) < 20, 1 - CODES[:100], CODES[:100])
    behind = replace(usual, proba=np.where(np.arange(2) == answered[:, None], 0.9, 0.1))
    trials = [judged(behind), judged(replace(other, proba=other.proba[:100]))]
    control = judged(replace(trial(Majority, 0.5), proba=trial(Majority, 0.5).proba[:100]))
    heat = replace(HEAT, validation=np.arange(100))
    assert choose(made, heat, [control, *trials]).candidate.trial.name == chosen
