import re

from warmstart.report.race import race
from warmstart.report.race_figure import race_figure
from warmstart.report.run_folder import RunFolder
from warmstart.store.journal import Journal

CHOSEN = {"source": "lite0", "strategy": "probe", "cut": "all", "is_control": False}


def trial(strategy="probe", value=0.8, at=10.0, **more):
    return {
        "source": "" if more.get("control") else "lite0",
        "strategy": strategy,
        "cut": more.pop("cut", "all"),
        "validation": {"metric": "accuracy", "value": value, "se": 0.01},
        "seconds": 3.0,
        "at": at,
        "status": "finished",
        **more,
    }


def test_an_average_is_another_trial_than_the_member_whose_cut_it_has(tmp_path):
    journal = Journal(tmp_path / "trials.jsonl")
    told = [{**trial("partial", value), "name": name} for name, value in (("partial at top", 0.8), ("average", 0.9))]
    for one in told:
        journal.append({"event": "trial", "scope": "main", **one})
    (tmp_path / "result.json").write_text('{"schema": "warmstart.result/1"}')
    trials = RunFolder.open(tmp_path).trials
    entrants = race({"chosen": {**CHOSEN, "strategy": "partial", "name": "partial at top"}}, trials).entrants
    assert [(one.name, one.chosen) for one in entrants] == [("partial at top", True), ("average", False)]


def test_rings_the_best_trial_of_what_was_chosen():
    entrants = race({"chosen": CHOSEN}, [trial(value=0.7), trial(value=0.8), trial("partial", 0.9)]).entrants
    assert [e.chosen for e in entrants] == [False, True, False]


def test_draws_controls_as_squares_and_stopped_trials_hollow():
    trials = [trial(), trial("classical", 0.7, 4.0, control=True, cut=""), trial("full", 0.75, 20.0, status="stopped")]
    figure = str(race_figure(race({"chosen": CHOSEN}, trials)))
    assert figure.count("<rect") == 1
    assert figure.count("hollow") == 1
    assert figure.count('class="ring"') == 1


def test_draws_what_is_far_below_as_a_mark_at_the_edge():
    trials = [trial(value=0.88 - 0.01 * n, at=10.0 + n) for n in range(6)] + [trial("majority", 0.3, 2.0, control=True)]
    figure = str(race_figure(race({"chosen": CHOSEN}, trials)))
    assert "majority at all 30.0 %" in figure
    assert len(re.findall(r'<path d="M[^"]*z"', figure)) == 1


def test_leaves_out_of_the_plot_what_has_no_value_but_lists_it():
    raced = race({"chosen": CHOSEN}, [trial(), trial("full", None, 20.0, status="skipped", reason="too slow")])
    assert str(race_figure(raced)).count("<circle") == 2
    assert raced.entrants[1].reason == "too slow"
    assert raced.entrants[1].validation == ""


def test_draws_one_trial_alone():
    assert race_figure(race({"chosen": CHOSEN}, [trial()])) is not None


def test_draws_sixty_trials_without_labels_on_each_other():
    trials = [trial(f"partial{n}", 0.7 + 0.003 * n, 5.0 * n) for n in range(60)]
    figure = str(race_figure(race({"chosen": CHOSEN}, trials)))
    assert figure.count('class="name') <= 10


def test_is_absent_without_trials_and_not_drawn_without_times():
    assert race({}, []) is None
    assert race_figure(None) is None
    assert race_figure(race({}, [trial(at=None)])) is None
