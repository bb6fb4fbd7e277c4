import pytest

from tests.flow import tiny_runs
from warmstart.cli.main import run
from warmstart.sources._tiny import tiny_folder
from warmstart.store import strict_json


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explore")
    tiny_runs.photos(folder / "photos", 30, seed=0)
    (folder / "empty").mkdir()
    tiny_folder(folder / "source", "resnet")
    return folder


@pytest.fixture
def said(home, monkeypatch, capsys):
    def say(*arguments):
        monkeypatch.chdir(home)
        monkeypatch.setenv("COLUMNS", "100")
        code = run(["explore", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return say


OPTIONS = ("--source", "source", "--clusters", "2", "--map", "pca", "--threads", "1", "--out", "run")


def test_says_what_was_found_where_it_is_and_what_is_next(home, said):
    code, out, err = said("photos/", *OPTIONS, "--quiet")
    assert (code, err) == (0, "")
    assert out.startswith("2 clusters in 30 images of photos.")
    assert "Stay together" in out
    assert "Exact copies of an earlier row: 0. Near duplicates: " in out
    assert out.splitlines()[-3:] == [
        "  warmstart report run --open",
        "  warmstart predict run/bundle new_photos/",
        "  warmstart explore photos/ --labels folder --source source --clusters 2 --map pca --out run-labels",
    ]
    assert "<canvas" in (home / "run" / "report.html").read_text(encoding="utf-8")
    code, out, err = said("photos/", *OPTIONS, "--quiet")
    assert (code, err) == (0, "run was finished before; this is its result. Give another --out to run again.\n")


def test_json_is_one_object_and_nothing_else(said):
    code, out, err = said("photos/", *OPTIONS[:-1], "as-json", "--json")
    assert (code, err) == (0, "")
    assert strict_json.loads(out)["schema"] == "warmstart.explore/1"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere/",), "nowhere does not exist"),
        (("empty",), "empty holds no images."),
        (("photos", "--clusters", "two"), "must be auto or a whole number from 2. Got 'two'."),
        (("photos", "--clusters", "1"), "must be auto or at least 2"),
        (("photos", "--labels", "colour"), "For the names of the sub-folders, say --labels folder."),
        (("photos", "--source", "efficentnet-lite0"), "Did you mean 'efficientnet-lite0'?"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(said, arguments, sentence):
    code, out, err = said(*arguments, "--out", "wrong", "--quiet")
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_help_has_examples(capsys):
    assert run(["explore", "--help"]) == 0
    assert "warmstart explore photos/ --labels folder" in capsys.readouterr().out
