import re

import pytest

from tests.flow import tiny_runs
from tests.flow.tiny_weights import use_probe_only
from warmstart.cli.main import run
from warmstart.sources._tiny import tiny_folder
from warmstart.store import strict_json


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Photos of two colours, two tiny sources, and what `rank` says of them as a table and as JSON."""
    folder = tmp_path_factory.mktemp("rank")
    tiny_runs.photos(folder / "photos", 40, seed=0)
    for name in ("one", "two"):
        tiny_folder(folder / name, "resnet" if name == "one" else "vit")
    return folder


@pytest.fixture
def said(home, monkeypatch, capsys):
    def say(*arguments):
        use_probe_only(monkeypatch)
        monkeypatch.chdir(home)
        monkeypatch.setenv("WARMSTART_CACHE", str(home / "cache"))
        monkeypatch.setenv("COLUMNS", "100")
        code = run(["rank", *arguments, "--threads", "1"])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return say


def test_ranks_every_cut_of_every_named_source_with_its_cost(home, said):
    code, out, err = said("photos", "--source", "one", "--source", "two", "--json")
    assert (code, err) == (0, "")
    found = strict_json.loads(out)
    assert found["schema"] == "warmstart.rank/1"
    assert found["rows"] == {"all": 40, "train": 40, "looked_at": 40}
    ranking = found["ranking"]
    assert {row["source"] for row in ranking} == {"one", "two"}
    assert [row["rank"] for row in ranking] == list(range(1, len(ranking) + 1))
    values = [row["expected"]["value"] for row in ranking]
    assert values == sorted(values, reverse=True)
    assert {"hscore", "logme", "nleep", "neighbours", "linear_probe", "prior"} <= set(ranking[0]["scores"])
    assert "has no head of its own" in next(row for row in ranking if row["source"] == "two")["not_applicable"]["leep"]
    assert all(row["cost"]["probe"] > 0 and row["cost"]["memory_mb"] > 0 for row in ranking)
    assert found["regret_of_first"] >= 0
    distances = [remark for remark in found["remarks"] if remark["code"] == "distance"]
    assert [remark["source"] for remark in distances] == ["one"]


def test_the_table_says_what_to_expect_what_it_costs_and_what_is_next(said):
    code, out, err = said("photos", "--source", "one", "--source", "two", "--quiet")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "photos: 40 images, 2 classes; looked at 40 of 40 training rows."
    assert "Expected, %" in out
    assert any("Taking the first is expected to cost " in line for line in lines)
    assert re.fullmatch(r"Next: warmstart fit photos --source (one|two) --out runs/photos-\1", lines[-1])
    assert all(len(line) <= 100 for line in lines if "│" in line or "─" in line)


def test_the_fit_that_is_proposed_parts_the_same_rows(said):
    options = ["--groups", "path~^[a-z]+/0[0-9]", "--classes", "blue,red", "--task", "image", "--seed", "3"]
    code, out, err = said("photos", "--source", "one", "--quiet", *options)
    assert (code, err) == (0, "")
    fit = "Next: warmstart fit photos --source one --out runs/photos-one"
    assert out.splitlines()[-1] == (f"{fit} --classes blue,red --groups 'path~^[a-z]+/0[0-9]' --task image --seed 3")


def test_looks_that_do_not_end_within_the_budget_are_left_out_and_named(said):
    code, out, _ = said("photos", "--source", "one", "--source", "two", "--quiet", "--budget", "1s")
    assert code == 0
    assert "was not looked at: a look would take about" in out


def test_a_source_of_the_other_kind_is_one_sentence(home, said):
    tiny_folder(home / "words", "bert")
    code, out, err = said("photos", "--source", "words")
    assert (code, out) == (2, "")
    assert "must be for image inputs. 'words' is for text." in err


def test_the_task_goes_before_a_guess(home, said):
    code, _, err = said("photos", "--task", "text")
    assert code == 2
    assert "The inputs must be of kind 'text'. photos holds 'image' inputs." in err


def test_help_has_examples(capsys):
    assert run(["rank", "--help"]) == 0
    assert "warmstart rank photos/ --source" in capsys.readouterr().out
