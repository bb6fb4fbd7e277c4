from dataclasses import replace

import numpy as np
import pytest

from tests.flow import tiny_race
from warmstart.errors import NotApplicable
from warmstart.flow.plan import LeftOut
from warmstart.flow.race import Race
from warmstart.flow.split import Rows
from warmstart.flow.trial import Heat, trial_record
from warmstart.learning.calibration import fit_temperature, soften
from warmstart.learning.metrics import log_loss

CLOSE = {"top": 0.9, "middle": 0.88}
HEAT = Heat("main", np.arange(140), np.arange(140, 200))


@pytest.fixture(autouse=True)
def _parts(monkeypatch):
    tiny_race.replace_parts(monkeypatch)


def run(*epochs, heat=HEAT, **changes):
    bench = tiny_race.bench(tiny_race.plan(*epochs, scratch=changes.pop("scratch", 3)), **changes)
    race = Race(bench, heat)
    race.run()
    return race, {trial.name: trial for trial in race.trials}


def test_cheap_ones_go_first_and_scratch_last():
    race, _ = run(("top", 2))
    assert [trial.name for trial in race.trials] == [
        "majority", "untouched", "probe last", "probe all", "prototypes last", "prototypes all",
        "partial at top", "scratch",
    ]  # fmt: skip


def test_everything_is_fitted_on_training_rows_and_judged_on_the_same_validation_rows():
    _, trials = run(("top", 2))
    assert all(np.array_equal(rows, HEAT.train) for _, rows, _ in tiny_race.FITTED)
    assert all(np.array_equal(one.rows, HEAT.train) for one in tiny_race.ASKED)
    judged = [trial for trial in trials.values() if trial.finished]
    assert {len(trial.proba) for trial in judged} == {60}
    truth = np.arange(140, 200) % 2
    for trial in judged:
        right = trial.proba.argmax(axis=1) == truth
        assert trial.value == pytest.approx(np.mean(right))
        assert trial.se == pytest.approx(np.sqrt(max(trial.value * (1 - trial.value), 1e-9) / 60))
        assert trial.loss == pytest.approx(log_loss(truth, soften(trial.proba, fit_temperature(truth, trial.proba))))


def test_training_starts_from_the_best_probe():
    _, trials = run(("top", 2))
    best = min((trials["probe last"], trials["probe all"]), key=lambda one: one.loss)
    assert tiny_race.ASKED[0].start is best.adapted


def test_a_control_that_does_not_apply_says_why():
    _, trials = run()
    assert trials["untouched"].status == "skipped"
    assert trials["untouched"].reason == "Not applicable: the source has no head of its own."


def test_without_time_for_scratch_it_says_what_one_epoch_takes():
    _, trials = run(scratch=0)
    assert trials["scratch"].reason == ("Not applicable: one epoch from scratch takes 90 s, and its limit is 20 s.")


def test_scratch_gets_the_epochs_of_the_plan():
    run(scratch=7)
    terms = {name: terms for name, _, terms in tiny_race.FITTED}
    assert terms["scratch"].epochs == 7


def test_what_cannot_win_is_stopped_half_way():
    _, trials = run(("top", 4), ("middle", 4))
    assert trials["partial at top"].status == "finished"
    assert trials["partial at middle"].status == "stopped"
    assert trials["partial at middle"].reason == "After 2 of 4 epochs it could not win any more."
    assert [one.stop_after for one in tiny_race.ASKED] == [None, 2]


def test_what_may_still_win_goes_on_to_the_end(monkeypatch):
    monkeypatch.setattr(tiny_race.Partial, "shares", CLOSE)
    _, trials = run(("top", 4), ("middle", 4))
    assert trials["partial at middle"].status == "finished"
    assert [one.stop_after for one in tiny_race.ASKED] == [None, 2, None]


def test_a_lead_on_the_rows_of_one_group_stops_no_rival(monkeypatch):
    monkeypatch.setattr(tiny_race.Partial, "shares", {"top": 0.9, "middle": 0.7})
    _, alone = run(("top", 4), ("middle", 4))
    assert alone["partial at middle"].status == "stopped"
    place = np.random.default_rng(0).permutation(tiny_race.ROWS)
    codes = np.arange(tiny_race.ROWS) % 2
    together = np.where((place >= 140) & (place < 180), 0, 1 + np.arange(tiny_race.ROWS) // 10)
    _, grouped = run(("top", 4), ("middle", 4), rows=Rows(codes, codes, together))
    assert grouped["partial at middle"].status == "finished"
    assert grouped["partial at middle"].se > 1.2 * alone["partial at middle"].se


@pytest.mark.parametrize(("settled", "asked"), [(True, [None, None]), (False, [None, 2])])
def test_a_resumed_run_does_not_judge_half_way_again_what_went_on(settled, asked):
    bench = tiny_race.bench(tiny_race.plan(("top", 4), ("middle", 4), scratch=0))
    bench.tools.run.record["goes on main partial at middle"] = settled
    Race(bench, HEAT).run()
    assert [one.stop_after for one in tiny_race.ASKED] == asked


def test_what_diverges_is_skipped_with_the_reason(monkeypatch):
    def fit(self, material, assignment):
        raise NotApplicable("its loss was no number any more in epoch 2, so that it had diverged.")

    monkeypatch.setattr(tiny_race.Partial, "fit", fit)
    _, trials = run(("top", 2))
    assert (trials["partial at top"].status, trials["scratch"].status) == ("skipped", "finished")
    assert "diverged" in trials["partial at top"].reason


def test_the_deadline_asks_the_first_outer_fold_for_all_of_them():
    bench = tiny_race.bench(tiny_race.plan(("top", 2), ("middle", 2), scratch=0), crossed=True)
    bench.tools.run.seconds = 99.0
    for scope in ("fold 1", "fold 2"):
        Race(bench, replace(HEAT, scope=scope)).run()
        bench.tools.run.seconds = 0.0
    assert bench.tools.run.record["cut every fold partial at middle"] is True
    assert len(tiny_race.ASKED) == 2


def test_the_deadline_cuts_the_plans_tail_and_a_resumed_run_follows():
    bench = tiny_race.bench(tiny_race.plan(("top", 2), ("middle", 2)))
    bench.tools.run.seconds = 90.0
    first = Race(bench, HEAT)
    first.run()
    tail = next(trial for trial in first.trials if trial.name == "partial at middle")
    assert (tail.status, tail.reason) == ("skipped", "The deadline cut the tail of the plan.")
    bench.tools.run.seconds = 0.0
    again = Race(bench, HEAT)
    again.run()
    assert [trial.status for trial in again.trials] == [trial.status for trial in first.trials]


def test_the_first_candidate_is_never_cut():
    bench = tiny_race.bench(tiny_race.plan(("top", 2)))
    bench.tools.run.seconds = 1000.0
    race = Race(bench, HEAT)
    race.run()
    assert {trial.name: trial.status for trial in race.trials}["partial at top"] == "finished"


def test_a_probe_that_was_not_named_is_only_the_start_of_others():
    _, trials = run(("top", 2), strategy=("partial",))
    assert trials["probe all"].status == trials["prototypes all"].status == "skipped"
    assert trials["partial at top"].finished


def left_out(*, fewest=2, may_follow=True):
    left = LeftOut("partial", {"cut": "middle"}, fewest, "needs 58 s, and 3 s are left", may_follow)
    return replace(tiny_race.plan(("top", 2)), left_out=(left,))


def raced(plan, *, seconds=0.0, **changes):
    bench = tiny_race.bench(plan, **changes)
    bench.tools.run.seconds = seconds
    race = Race(bench, HEAT)
    return {trial.name: trial for trial in race.run()}


def test_what_the_plan_left_out_is_listed_with_its_reason():
    left = raced(left_out(may_follow=False))["partial at middle"]
    assert (left.status, left.reason) == ("skipped", "It needs 58 s, and 3 s are left.")


def test_what_the_plan_left_out_runs_where_time_is_left():
    raced(left_out())
    assert [one.epochs for one in tiny_race.ASKED if one.setting["cut"] == "middle"] == [4]
    tiny_race.ASKED.clear()
    # 140 rows to train on and 200 to fit again, at 0.02 s each, and 10 s to deliver, by 95 s.
    assert raced(left_out(), seconds=95 - 10 - 3 * 340 * 0.02 - 0.1)["partial at middle"].epochs == 3


def test_with_outer_folds_what_was_left_out_is_fitted_again_or_not_trained():
    plan = replace(left_out(), candidates=())
    # In six heats 140 rows to train on and 200 to fit again, at 0.02 s each, and 10 s to deliver, by 95 s; in five of
    # them a control that takes half a second twice.
    latest = 95 - 10 - 6 * 2 * 340 * 0.02 - 5 * 2 * 0.5
    found = raced(plan, seconds=latest - 0.1, crossed=True)["partial at middle"]
    assert (found.epochs, found.again) == (2, True)
    late = raced(plan, seconds=latest + 0.1, crossed=True)["partial at middle"]
    assert late.status == "skipped"


def test_what_the_plan_left_out_gets_no_fewer_epochs_than_make_it_worth_its_time():
    left = raced(left_out(fewest=3), seconds=95 - 10 - 4 - 2 * 140 * 0.02 - 0.1)["partial at middle"]
    assert (left.status, left.reason) == ("skipped", "It needs 58 s, and 3 s are left.")


def test_what_the_plan_grants_is_trained_longer_where_time_is_left_and_nothing_more_wanted_waits():
    plan = tiny_race.plan(("middle", 2), longer=True)
    assert raced(plan)["partial at middle"].epochs == 4
    # 140 rows to train on and 200 to fit again, at 0.02 s each, and 10 s to deliver, by 95 s.
    assert raced(plan, seconds=95 - 10 - 3 * 340 * 0.02 - 0.1)["partial at middle"].epochs == 3
    assert raced(plan, seconds=95.0)["partial at middle"].epochs == 2
    assert raced(tiny_race.plan(("middle", 2)))["partial at middle"].epochs == 2


def test_the_time_of_what_comes_later_and_of_their_average_stays_kept():
    plan = tiny_race.plan(("middle", 2), ("top", 2), longer=True)
    # Two epochs of the top, a row of which takes 0.01 s, are trained and fitted again, too.
    latest = 95 - 10 - (3 * 0.02 + 2 * 0.01) * 340
    assert raced(plan, seconds=latest - 0.1)["partial at middle"].epochs == 3
    assert raced(plan, seconds=latest + 0.1)["partial at middle"].epochs == 2


def test_a_resumed_run_is_trained_as_long_as_at_first():
    bench = tiny_race.bench(tiny_race.plan(("top", 2), longer=True))
    Race(bench, HEAT).run()
    bench.tools.run.seconds = 95.0
    Race(bench, HEAT).run()
    assert [one.epochs for one in tiny_race.ASKED] == [4, 4]


def test_a_resumed_run_follows_what_was_decided_late():
    bench = tiny_race.bench(left_out())
    first = Race(bench, HEAT).run()
    bench.tools.run.seconds = 90.0
    again = Race(bench, HEAT).run()
    assert [(trial.name, trial.status) for trial in again] == [(trial.name, trial.status) for trial in first]


def test_the_average_of_what_was_trained_is_a_candidate(monkeypatch):
    monkeypatch.setattr(tiny_race.Partial, "shares", CLOSE)
    average = raced(tiny_race.plan(("top", 2), ("middle", 2)))["average of partial at top and partial at middle"]
    assert average.finished
    assert average.value > 0.9
    assert average.setting["cut"] == "middle"
    assert [one.name for one in average.members] == ["partial at top", "partial at middle"]


def test_an_average_is_delivered_as_it_is_where_there_is_no_time_to_fit_its_members_again(monkeypatch):
    monkeypatch.setattr(tiny_race.Partial, "shares", CLOSE)
    for left, again in ((11.9, False), (12.1, True)):
        bench = tiny_race.bench(tiny_race.plan(("top", 2), ("middle", 2)))
        # The deadline is 95 s, delivery takes 10 s, fitting both again 12 s, and the dearer alone 8 s.
        bench.tools.run.seconds = 95 - 10 - left
        bench.tools.run.record |= {"cut main partial at top": False, "cut main partial at middle": False}
        average = next(trial for trial in Race(bench, HEAT).run() if trial.members)
        assert (average.finished, average.again) == (True, again)


def test_one_trained_candidate_makes_no_average():
    assert not any(trial.members for trial in raced(tiny_race.plan(("top", 2))).values())


def test_the_control_that_is_trained_is_cut_where_the_deadline_is_near():
    for seconds, status in ((100 - 10 - 0.1, "finished"), (100 - 10 + 0.1, "skipped")):
        scratch = raced(tiny_race.plan(), seconds=seconds)["scratch"]
        assert scratch.status == status
    assert scratch.reason == "The deadline cut the tail of the plan."


def test_controls_are_prepared_once_for_all_heats():
    bench = tiny_race.bench()
    for scope in ("fold 1", "fold 2"):
        Race(bench, replace(HEAT, scope=scope)).run()
    assert sorted(tiny_race.PREPARED) == ["majority", "scratch"]


def test_every_trial_is_a_line_of_the_journal_and_the_leader_is_named_in_the_main_heat():
    race, _ = run(("top", 2))
    assert [note["name"] for note in race.bench.tools.run.notes] == [trial.name for trial in race.trials]
    leaders = [said for said in race.bench.tools.said if isinstance(said, str)]
    assert leaders[-1].startswith("partial at top ")
    fold, _ = run(("top", 2), heat=replace(HEAT, scope="fold 1"))
    assert not any(isinstance(said, str) for said in fold.bench.tools.said)


def test_state_of_different_heats_and_candidates_lies_apart():
    run(("top", 2), ("middle", 2))
    run(("top", 2), heat=replace(HEAT, scope="fold 1"))
    assert {one.checkpoint for one in tiny_race.ASKED} == {
        "main-partial at top", "main-partial at middle", "fold 1-partial at top",
    }  # fmt: skip


def test_what_a_heat_is_fitted_on_in_the_end_is_training_and_validation():
    assert HEAT.fitted.tolist() == list(range(200))


def test_a_record_names_no_source_for_what_borrows_nothing():
    race, trials = run(("top", 2))
    record = {name: trial_record(race.bench, trial) for name, trial in trials.items()}
    assert (record["majority"]["source"], record["majority"]["control"]) == ("", True)
    assert (record["partial at top"]["source"], record["partial at top"]["cut"]) == ("tiny", "top")
    assert record["untouched"]["validation"] == {"metric": "accuracy", "value": None, "se": None}
    assert record["untouched"]["log_loss"] is None
    assert record["partial at top"]["validation"]["value"] == trials["partial at top"].value
