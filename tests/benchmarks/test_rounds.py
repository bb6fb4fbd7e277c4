import json
import sys

import pytest

SCRIPT = """
import json, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
print("something said before")
if given["--side"] == "broken":
    sys.exit(3)
before = json.load(open(given["--folder"] + "/readings.json"))
print(json.dumps({"seconds": 1.0, "round": int(given["--round"]), "earlier": sum(map(len, before.values()))}))
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    file = tmp_path / "benchmark.py"
    file.write_text(SCRIPT)
    monkeypatch.setattr(sys, "argv", [str(file)])
    return file


def test_sides_take_turns_and_each_knows_what_was_measured_before(script, tmp_path, capsys):
    from _rounds import Side, run_rounds

    sides = [Side("a", None), Side("b", None, rounds=1)]
    readings = run_rounds(sides, tmp_path, rows=1, repeats=2)
    assert [one["earlier"] for one in readings.found["a"]] == [0, 2]
    assert [one["earlier"] for one in readings.found["b"]] == [1]


def test_a_side_that_fails_ends_the_benchmark_with_its_name(script, tmp_path):
    from _rounds import Side, run_rounds

    with pytest.raises(SystemExit, match="'broken' ended with exit code 3"):
        run_rounds([Side("broken", None)], tmp_path, rows=1, repeats=1)


def test_a_side_that_does_not_apply_answers_with_the_reason(tmp_path, capsys):
    from _rounds import Work, answer

    from warmstart.errors import NotApplicable

    def job(work):
        sys.stdout.write("noise")
        raise NotApplicable("not here")

    answer(job, Work(tmp_path, 1, 0, 0.0))
    assert json.loads(capsys.readouterr().out) == {"not applicable": "not here"}
