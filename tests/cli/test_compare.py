import json

import numpy as np
import pytest

from tests.flow import tiny_runs
from tests.tiny_evidence import evidence, predictions
from warmstart.cli.main import run
from warmstart.runtime.evidence_file import save_evidence

TRUTH = np.arange(200) % 2


@pytest.fixture
def runs(tmp_path, monkeypatch):
    tiny_runs.draw_less(monkeypatch)
    answers = {"careful": TRUTH, "hasty": np.where(np.arange(200) < 40, 1 - TRUTH, TRUTH)}
    for name, codes in answers.items():
        (tmp_path / name).mkdir()
        save_evidence(tmp_path / name, evidence(TRUTH, predictions={"delivered": predictions(codes)}))
    return [str(tmp_path / name) for name in answers]


def test_it_says_which_is_better_by_how_much_and_on_what(runs, capsys):
    assert run(["compare", *runs]) == 0
    said = capsys.readouterr().out
    assert "hasty is worse than careful: −20.0 points of accuracy (95 % interval" in said
    assert "Measured on the 200 rows that all were tested on (careful on 200, hasty on 200)." in said
    assert "< 0.001" in said


def test_the_json_form_is_one_object_and_nothing_else(runs, capsys):
    assert run(["compare", *runs, "--metric", "macro_f1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["metric"] == "macro_f1"
    assert told["comparisons"][0]["right"] == {"both": 160, "only_first": 40, "only_second": 0, "neither": 0}


def test_of_one_group_it_says_that_it_cannot_tell(runs, capsys, tmp_path):
    (tmp_path / "grouped").mkdir()
    save_evidence(tmp_path / "grouped", evidence(TRUTH, groups=np.zeros(200, int)))
    assert run(["compare", str(tmp_path / "grouped"), runs[1]]) == 0
    said = capsys.readouterr().out
    assert "Whether hasty is better or worse than grouped cannot be told, because the test rows belong together" in said
    assert "four times in five" not in said


def test_a_single_run_is_one_sentence_and_exit_2(runs, capsys):
    assert run(["compare", runs[0]]) == 2
    assert capsys.readouterr().err == "`compare` needs at least two runs. Name two run folders.\n"
