import pytest

from tests.flow import tiny_runs
from warmstart.cli.main import run
from warmstart.flow.pretrain import course, held_out, rows
from warmstart.flow.pretrain.plan import PretrainPlan
from warmstart.sources._tiny import tiny_folder
from warmstart.store import strict_json

OPTIONS = ("--from", "./source", "--threads", "1", "--out", "runs/mine")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrain")
    tiny_runs.photos(folder / "photos", 40, seed=0)
    tiny_runs.photos(folder / "many", 140, seed=3)
    for number, name in enumerate("abcde"):
        tiny_runs.photos(folder / "more" / name, 60, seed=number)
        for file in (folder / "more" / name).rglob("*.png"):
            file.rename(folder / "more" / name / f"{file.parent.name}-{file.name}")
        for colour in ("red", "blue"):
            (folder / "more" / name / colour).rmdir()
    (folder / "empty").mkdir()
    (folder / "odd.xyz").write_text("what is this", encoding="utf-8")
    tiny_folder(folder / "source", "resnet")
    return folder


@pytest.fixture
def said(home, monkeypatch, capsys):
    monkeypatch.setattr(rows, "FEWEST", 30)
    monkeypatch.setattr(course, "plan_rounds", lambda *given: PretrainPlan(300.0, 2, 2, 3, 0.1, 0.0))

    def say(*arguments):
        monkeypatch.chdir(home)
        monkeypatch.setenv("COLUMNS", "100")
        code = run(list(arguments))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return say


def test_says_what_came_of_it_where_it_is_and_what_is_next(home, said):
    code, out, err = said("pretrain", "photos/", *OPTIONS, "--quiet")
    assert (code, err) == (0, "")
    assert "mine was pre-trained from source on 24 images of photos. Whether it is better was not judged" in out
    assert "Trained on 24 images above block_1, 16 held out." in out
    assert "The mean reciprocal rank at which held-out pieces find each other" in out
    assert out.splitlines()[-3:] == [
        "  warmstart report runs/mine --open",
        "  warmstart rank DATA --source ./source --source runs/mine",
        "  warmstart fit DATA --source runs/mine --out runs/mine-fitted",
    ]
    page = (home / "runs" / "mine" / "report.html").read_text(encoding="utf-8")
    assert "Pieces matched, by round" in page
    assert "It was not judged: no labels were given." in page
    code, out, err = said("pretrain", "photos/", *OPTIONS, "--quiet")
    assert (code, err) == (0, "runs/mine was finished before; this is its result. Give another --out to run again.\n")


def test_the_result_is_listed_shown_and_ranked_as_a_source_and_predicts_nothing(said):
    said("pretrain", "photos/", *OPTIONS[:-1], "runs/listed", "--quiet")
    assert " listed " in said("sources")[1]
    code, out, _ = said("sources", "show", "runs/listed", "--json")
    card = strict_json.loads(out)
    assert (code, card["name"], card["lineage"][-1]["rows"]) == (0, "listed", 40)
    code, _, err = said("predict", "runs/listed/bundle", "photos")
    assert code == 2
    assert "answers nothing by itself. Fit with it: warmstart fit DATA --source runs/listed/bundle" in err


def test_learning_from_few_examples_says_what_it_is_worth_on_classes_that_were_held_out(home, said, monkeypatch):
    monkeypatch.setattr(held_out, "REPORTING", 100)
    options = ("--episodic", "--shots", "1", *OPTIONS[:-1], "runs/learner")
    code, out, err = said("pretrain", "more/", "photos/", *options, "--quiet")
    assert (code, err) == (0, "")
    assert "-way 1-shot accuracy on held-out classes: " in out
    assert "Both sources did the same 100 tasks, on " in out
    assert "On the tasks that choose the round: " in out
    page = (home / "runs" / "learner" / "report.html").read_text(encoding="utf-8")
    assert "How well it tells classes by a few examples" in page
    assert "Their classes were never trained on: " in page
    assert "Accuracy by a few examples, by round" in page


def test_of_two_classes_rows_are_held_out_and_it_says_why(home, said, monkeypatch):
    monkeypatch.setattr(held_out, "REPORTING", 100)
    options = ("--episodic", "--shots", "1", *OPTIONS[:-1], "runs/two")
    code, out, err = said("pretrain", "many/", *options, "--quiet")
    assert (code, err) == (0, "")
    assert "Too few classes to hold any out: rows were, so that this says how well these classes are told" in out


def test_json_is_one_object_and_nothing_else(said):
    code, out, err = said("pretrain", "photos/", *OPTIONS[:-1], "runs/json", "--json")
    assert (code, err) == (0, "")
    assert strict_json.loads(out)["schema"] == "warmstart.pretrain/1"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere/", *OPTIONS), "nowhere does not exist"),
        (("empty", *OPTIONS), "empty holds no images."),
        (("odd.xyz", *OPTIONS), "There is no reader for odd.xyz."),
        (("photos", "--from", "efficientnet"), "There is no source 'efficientnet'."),
        (("photos", *OPTIONS, "--method", "vicregg"), "Did you mean 'vicreg'?"),
        (("photos", *OPTIONS, "--judge", "nowhere"), "nowhere does not exist"),
        (("photos", *OPTIONS, "--episodic"), "enough labelled rows to judge on: two classes with 20 rows each"),
        (("photos", "nowhere", *OPTIONS, "--episodic"), "nowhere does not exist"),
        (("photos", "photos", *OPTIONS), "Got them without `--episodic`."),
        (("photos", *OPTIONS, "--shots", "2"), "Got them without `--episodic`."),
        (("more", *OPTIONS, "--episodic", "--method", "vicreg"), "'vicreg' is for image inputs without labels."),
        (
            ("photos", *OPTIONS, "--target", "label"),
            "`--target` is of rows whose labels are read: of the data given to --judge",
        ),
        (("photos", *OPTIONS, "--budget", "soon"), "must be a time above 0"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(said, arguments, sentence):
    code, out, err = said("pretrain", *arguments, "--out", "runs/bad", "--quiet")
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


def test_its_help_shows_examples(said):
    code, out, _ = said("pretrain", "--help")
    assert code == 0
    assert "warmstart pretrain unlabelled/ --from efficientnet-lite0" in out
    assert "masked-language, prototypical, vicreg" in " ".join(out.split())
