import csv
import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from tests.tiny_models import facts, image_model, near, text_model
from warmstart.cli import _late_progress, _predict_stream
from warmstart.cli import main as line
from warmstart.cli._late_progress import LateProgress
from warmstart.cli._predict_answers import as_table
from warmstart.cli._predict_inputs import Inputs, Item, collect
from warmstart.cli.predict import predict
from warmstart.errors import BundleError, DataError, OptionError, PathError
from warmstart.flow.deliver import deliver
from warmstart.runtime.answers import Answers, as_csv
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder

APP = typer.Typer()
APP.command()(predict)

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "transformers", "onnx", "onnxscript", "peft"}:
            raise ImportError(f"{name} was imported")
sys.meta_path.insert(0, Blocker())
import typer
from warmstart.cli.predict import predict
app = typer.Typer()
app.command()(predict)
app(standalone_mode=False)
heavy = {"polars", "pandas", "sklearn", "scipy", "matplotlib", "skimage"} & set(sys.modules)
assert not heavy, heavy
"""


def make(path, kind):
    model = image_model() if kind == "image" else text_model()
    deliver(path, deliverable=model, control=None, facts=facts(kind), reference={}, evidence=None, readme="")
    return str(path)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    return make(tmp_path_factory.mktemp("texts") / "bundle", "text")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return make(tmp_path_factory.mktemp("images") / "bundle", "image")


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    Image.new("RGB", (9, 9), (255, 0, 0)).save(folder / "red.png")
    Image.new("RGB", (9, 9), (0, 0, 255)).save(folder / "deep" / "blue.jpg")
    (folder / "notes.txt").write_text("not an image")
    return folder


def run(*arguments, stdin=None):
    result = CliRunner().invoke(APP, list(map(str, arguments)), input=stdin, catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_texts_from_the_command_line_as_csv(texts):
    found = rows(run(texts, "--text", "good", "--text", "bad bad", "--format", "csv"))
    columns = ["input", "predicted", "probability", "good", "bad", "unlike_training", "p_value", "reason"]
    assert list(found[0]) == columns
    assert [row["predicted"] for row in found] == ["good", "bad"]
    assert float(found[0]["probability"]) == float(found[0]["good"]) == pytest.approx(0.731059)


def test_a_pipe_gets_csv_and_a_terminal_a_table(texts, monkeypatch, capsys):
    ask = ["predict", texts, "--text", "good [bold]"]
    assert line.run(ask) == 0
    assert capsys.readouterr().out.startswith("input,predicted")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert line.run(ask) == 0
    header, answer = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["input", "predicted"]
    assert "good [bold]" in answer
    assert "73.1%" in answer
    assert run(texts, "--text", "good [bold]", "--format", "table").splitlines()[1].split() == answer.split()


def test_lines_of_stdin(texts):
    for arguments in ((), ("-",)):
        found = rows(run(texts, *arguments, stdin="good\n\nawful\n"))
        assert [(row["input"], row["predicted"], row["reason"]) for row in found] == [
            ("good", "good", ""),
            ("", "", "is empty"),
            ("awful", "bad", ""),
        ]


def test_a_line_of_stdin_is_what_ends_with_a_newline(texts):
    lines = ["good\u2028awful", "good\x0bgood", "awful\x85awful", "good"]
    found = rows(run(texts, "-", stdin="\n".join(lines[:2]) + "\n" + "\r\n".join(lines[2:])))
    assert [row["input"] for row in found] == lines


def test_a_stdin_that_a_program_put_there_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("good\nawful\n"))
    assert [item.cell for item in collect(["-"], [], kind="text", column="text").items] == ["good", "awful"]


def test_a_line_of_stdin_that_is_no_unicode_is_named_and_the_rest_is_predicted(texts):
    ask = ["-m", "warmstart", "predict", texts, "-"]
    shell = {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8:strict"}
    told = subprocess.run([sys.executable, *ask], input=b"caf\xe9\ngood\n", capture_output=True, check=False, env=shell)
    assert told.returncode == 0, told.stderr
    found = rows(told.stdout.decode())
    assert [(row["input"], row["predicted"]) for row in found] == [("caf\\udce9", ""), ("good", "good")]
    assert found[0]["reason"] == "holds what is no character (bytes that are not UTF-8, or half an emoji)"


def test_one_json_object_and_nothing_else(texts):
    found = json.loads(run(texts, "--text", "good", "--json"))
    assert found["classes"] == ["good", "bad"]
    assert found["predictions"][0]["predicted"] == "good"
    assert found["predictions"][0]["reason"] is None


def test_json_lines(texts):
    lines = run(texts, "--text", "good", "--text", "bad", "--format", "json").splitlines()
    assert [json.loads(line)["predicted"] for line in lines] == ["good", "bad"]


@pytest.mark.parametrize("name", ["reviews.csv", "reviews.tsv", "reviews.jsonl", "reviews.parquet"])
def test_a_table(texts, tmp_path, name):
    import polars

    frame = polars.DataFrame({"text": ["good", "", "bad"], "note": ["bad", "bad", "good"]})
    write = {".csv": frame.write_csv, ".jsonl": frame.write_ndjson, ".parquet": frame.write_parquet}
    write[".tsv"] = lambda path: frame.write_csv(path, separator="\t")
    write[f".{name.partition('.')[2]}"](tmp_path / name)
    found = rows(run(texts, tmp_path / name))
    assert [row["predicted"] for row in found] == ["good", "", "bad"]
    assert found[1]["reason"] == "is empty"
    assert [row["predicted"] for row in rows(run(texts, tmp_path / name, "--input", "note"))] == ["bad", "bad", "good"]


def test_a_linked_table_names_images_beside_the_table_itself(images, photos, tmp_path):
    (photos / "photos.csv").write_text("image\nred.png\n")
    (tmp_path / "linked.csv").symlink_to(photos / "photos.csv")
    assert [row["predicted"] for row in rows(run(images, tmp_path / "linked.csv"))] == ["red"]


def test_a_number_in_a_table_is_the_text_that_it_was_fitted_as(texts, tmp_path):
    (tmp_path / "numbers.jsonl").write_text('{"text": 1.0}\n{"text": 0.5}\n')
    assert [row["input"] for row in rows(run(texts, tmp_path / "numbers.jsonl"))] == ["1", "0.5"]


def test_a_missing_column_suggests_the_nearest(texts, tmp_path):
    (tmp_path / "reviews.csv").write_text("texts,label\ngood,1\n")
    with pytest.raises(DataError, match=r"has no column 'text'\. It has: texts, label\. Did you mean 'texts'\? Name"):
        run(texts, tmp_path / "reviews.csv")


def test_text_files_are_one_text_each(texts, tmp_path):
    (tmp_path / "a.txt").write_text("\ufeffgood\ngood")
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    found = rows(run(texts, tmp_path))
    assert [row["predicted"] for row in found] == ["good", ""]
    assert found[1]["reason"] == "is not UTF-8 text"


def test_a_folder_of_images(images, photos, tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "outside.png")
    (photos / "link.png").symlink_to(tmp_path / "outside.png")
    (photos / "loop").symlink_to(photos)
    (photos / "itself.png").symlink_to(photos / "itself.png")
    found = rows(run(images, photos))
    assert [(row["input"].removeprefix(f"{photos}/"), row["predicted"], row["reason"]) for row in found] == [
        ("itself.png", "", "is a link to a folder or to nothing"),
        ("link.png", "", "is a link out of the folder"),
        ("loop", "", "is a link to a folder or to nothing"),
        ("red.png", "red", ""),
        ("deep/blue.jpg", "blue", ""),
    ]


def test_photos_that_are_not_read_are_named(images, photos):
    (photos / "IMG_1.HEIC").write_bytes(b"\0\0\0\x24ftypheic")
    (photos / "IMG_2.NEF").write_bytes(b"x")
    (photos / "notes.txt").write_text("x")
    found = rows(run(images, photos))
    assert [row["reason"] for row in found] == [
        "is a HEIC photo, which is not read; convert it to JPEG",
        "is a NEF raw photo, which is not read; convert it to JPEG",
        "",
        "",
    ]
    assert rows(run(images, photos / "red.png", photos / "IMG_1.HEIC"))[1]["reason"] == found[0]["reason"]


def test_a_folder_that_cannot_be_opened_is_named(images, photos, monkeypatch):
    opened = os.scandir

    def closed(path):
        if Path(path).name == "deep":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert [(row["input"], row["predicted"], row["reason"]) for row in rows(run(images, photos))] == [
        (f"{photos}/red.png", "red", ""),
        (f"{photos}/deep", "", "cannot be opened (Permission denied)"),
    ]


def test_images_that_cannot_be_read_are_named_and_the_rest_is_predicted(images, photos):
    (photos / "empty.png").write_bytes(b"")
    (photos / "page.jpg").write_text("<!DOCTYPE html>")
    found = rows(run(images, photos / "empty.png", photos / "red.png", photos / "page.jpg", photos / "none.png"))
    assert [row["predicted"] for row in found] == ["", "red", "", ""]
    assert found[0]["reason"] == "is empty"
    assert "is not an image" in found[2]["reason"]
    assert found[3]["reason"] == "does not exist; check the path"


def test_a_table_of_image_paths_beside_them(images, photos):
    (photos / "metadata.csv").write_text("image,label\nred.png,red\ndeep/blue.jpg,blue\n,none\n")
    found = rows(run(images, photos / "metadata.csv"))
    assert [row["predicted"] for row in found] == ["red", "blue", ""]
    assert found[2]["reason"] == "is missing"


def test_none_readable_is_an_error_after_the_reasons(images, photos, capsys):
    (photos / "empty.png").write_bytes(b"")
    result = CliRunner().invoke(APP, [images, str(photos / "empty.png")])
    assert "is empty" in result.stdout
    assert isinstance(result.exception, DataError)
    assert "None of the 1 inputs could be read" in str(result.exception)


def test_writes_a_file_in_the_form_of_its_name(texts, tmp_path):
    for name, start in (("a.csv", "input,"), ("a.jsonl", '{"input"')):
        assert run(texts, "--text", "good", "--out", tmp_path / name) == ""
        assert (tmp_path / name).read_text().startswith(start)


@pytest.mark.parametrize("name", ["new.csv", "../texts/new.csv", "a.txt"])
def test_what_is_to_be_read_is_not_written_over(texts, tmp_path, name, monkeypatch):
    (tmp_path / "texts").mkdir()
    monkeypatch.chdir(tmp_path / "texts")
    for file, text in (("new.csv", "text\ngood\n"), ("a.txt", "good")):
        Path(file).write_text(text)
    with pytest.raises(OptionError, match=f"`--out` would replace '{name}', which is one of the inputs. Name another"):
        run(texts, "new.csv", tmp_path / "texts", "--out", name)
    assert [Path(file).read_text() for file in ("new.csv", "a.txt")] == ["text\ngood\n", "good"]


def test_a_link_to_itself_is_named_and_the_rest_is_predicted(images, photos, tmp_path):
    (photos / "itself.png").symlink_to(photos / "itself.png")
    run(images, photos / "itself.png", photos / "red.png", "--out", tmp_path / "answers.csv")
    found = rows((tmp_path / "answers.csv").read_text())
    assert [row["reason"] for row in found] == ["does not exist; check the path", ""]


def test_answers_may_lie_in_the_folder_that_they_are_for(texts, tmp_path):
    (tmp_path / "a.txt").write_text("good")
    for _ in range(2):
        run(texts, tmp_path, "--out", tmp_path / "answers.csv")
        assert len(rows((tmp_path / "answers.csv").read_text())) == 1


def test_a_folder_to_write_to_is_refused_before_the_work(texts, tmp_path, monkeypatch):
    monkeypatch.setattr(_predict_stream, "np", None)
    with pytest.raises(
        PathError, match=r"would be replaced by the file that is written, and is a folder. Name another"
    ):
        run(texts, "--text", "good", "--out", tmp_path)


def test_options_that_would_not_be_followed_are_refused(texts, images, photos):
    with pytest.raises(
        OptionError, match=r"`--json` prints one JSON object, and `--format` asks for another form. Give"
    ):
        run(texts, "--text", "good", "--json", "--format", "csv")
    with pytest.raises(
        OptionError, match=r"`--input` names a column of a table, and no table is named. Leave `--input`"
    ):
        run(images, photos, "--input", "photo")


def test_the_form_of_the_file_may_be_named_beside_json(texts, tmp_path):
    found = json.loads(run(texts, "--text", "good", "--json", "--format", "csv", "--out", tmp_path / "answers"))
    assert found["predictions"][0]["predicted"] == rows((tmp_path / "answers").read_text())[0]["predicted"] == "good"


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (["nowhere", "--text", "a"], PathError, "There is no bundle folder 'nowhere'"),
        ([".", "--text", "a"], BundleError, "A bundle must have a manifest"),
    ],
)
def test_what_is_no_bundle_is_refused(arguments, error, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=says):
        run(*arguments)


def test_a_wrong_kind_of_input_is_refused(images, texts, tmp_path):
    with pytest.raises(OptionError, match="`--text` is for bundles of texts"):
        run(images, "--text", "red")
    with pytest.raises(DataError, match="There are no images in"):
        run(images, tmp_path)
    for sentence in ("good", "good " * 100):
        result = CliRunner().invoke(APP, [texts, sentence])
        assert "give a sentence with --text" in str(result.exception)


def test_answers_are_written_while_the_rest_is_predicted(images, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(_predict_stream, "AT_ONCE", 2)
    (photos / "empty.png").write_bytes(b"")
    lines = run(images, photos, photos / "none.png", photos / "red.png", "--format", "json").splitlines()
    found = [json.loads(line) for line in lines]
    assert [row["predicted"] for row in found] == [None, "red", "blue", None, "red"]
    assert [row["reason"] for row in found] == ["is empty", None, None, "does not exist; check the path", None]
    monkeypatch.setenv("COLUMNS", "300")  # a long path is folded over several lines
    table = run(images, photos, "--format", "table")
    run(images, photos, "--out", tmp_path / "answers.csv")
    answers = rows((tmp_path / "answers.csv").read_text())
    assert [row["predicted"] for row in answers] == ["", "red", "blue"]
    assert table.count("input ") == 1
    assert all(name in table for name in ("empty.png", "red.png", "blue.jpg"))


def test_no_more_than_a_few_answers_are_held(images, photos, monkeypatch):
    monkeypatch.setattr(_predict_stream, "AT_ONCE", 2)
    asked, opened = [], Bundle.open(images)
    items = (asked.append(row) or Item(str(row), str(photos / "red.png")) for row in range(5))
    with Decoder() as decoder:
        parts = _predict_stream.Stream(opened, decoder, 1, 16).answers(Inputs(items, 0), lambda *step: None)
        assert [len(next(parts).names), len(asked)] == [2, 2]
        assert [len(part.names) for part in parts] == [2, 1]


def test_a_run_that_breaks_leaves_no_file(images, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(_predict_stream, "AT_ONCE", 1)
    monkeypatch.setattr(_predict_stream, "np", None)
    result = CliRunner().invoke(APP, [images, str(photos), "--out", str(tmp_path / "answers.csv")])
    assert isinstance(result.exception, AttributeError)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_help_has_examples():
    assert 'warmstart predict runs/reviews/bundle --text "Works like a charm."' in run("--help")


@pytest.mark.parametrize("kind", ["text", "image"])
def test_predicting_imports_neither_torch_nor_what_trains(kind, texts, images, photos):
    arguments = [texts, "--text", "good"] if kind == "text" else [images, str(photos / "red.png")]
    done = subprocess.run([sys.executable, "-c", BLOCKED, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert rows(done.stdout)[0]["predicted"] == ("good" if kind == "text" else "red")


def answers(names, classes):
    proba = np.full((len(names), len(classes)), 1 / len(classes))
    return Answers(names, classes, proba, np.zeros(len(names), dtype=int), {}, np.full(len(names), np.nan))


def test_a_class_may_be_called_like_a_column():
    assert as_csv(answers(["a"], ["input", "b"])).startswith(
        "input,predicted,probability,class:input,b,unlike_training,p_value,reason\n"
    )


def test_a_table_shows_no_control_characters_and_few_columns():
    text = as_table(answers(["a\x1b[31m\nb", "[red]x"], [f"c{n}" for n in range(9)]), width=80)
    assert "\x1b" not in text
    assert "[red]x" in text
    assert "c8" not in text
    assert len(text.splitlines()) == 3


def test_names_that_are_not_unicode_can_be_written():
    assert "\\udcff" in as_csv(answers(["a\udcff"], ["x", "y"]))


def test_progress_is_silent_for_two_seconds_and_then_tells_the_time_left(capsys, monkeypatch):
    clock = iter([0.0, 1.0, 12.0, 13.0])
    monkeypatch.setattr(_late_progress, "monotonic", lambda: next(clock))
    with LateProgress("predicting") as progress:
        for done in (1, 4, 5):
            progress("predict", done, 8)
    assert capsys.readouterr().err == "predicting: 4 of 8, about 12 s left\n"


def test_progress_tells_the_pace_where_nobody_knows_the_total(capsys, monkeypatch):
    clock = iter([0.0, 12.0])
    monkeypatch.setattr(_late_progress, "monotonic", lambda: next(clock))
    LateProgress("predicting")("predict", 36, 0)
    assert capsys.readouterr().err == "predicting: 36 done, 3 a second\n"


def test_what_it_is_not_sure_enough_of_is_left_unanswered_when_asked(tmp_path):
    sure = facts("text", abstain_below=0.7)
    deliver(tmp_path / "b", deliverable=text_model(), control=None, facts=sure, reference={}, evidence=None, readme="")
    asked = ("--text", "good", "--text", "fine", "--format", "csv")
    good, fine = rows(run(tmp_path / "b", *asked, "--abstain"))
    assert (good["predicted"], good["reason"]) == ("good", "")
    assert (fine["predicted"], fine["reason"]) == ("", "is less than 70.0% sure")
    assert float(fine["probability"]) < 0.7
    assert rows(run(tmp_path / "b", *asked))[1]["predicted"] == "good"
    table = run(tmp_path / "b", "--text", "fine", "--format", "table", "--abstain")
    assert "is less than 70.0%" in table


def test_a_bundle_without_a_threshold_cannot_abstain(texts):
    with pytest.raises(OptionError, match=r"`--abstain` needs a probability to abstain below, and '.*' names none"):
        run(texts, "--text", "good", "--abstain")


@pytest.fixture(scope="module")
def watchful(tmp_path_factory):
    """A bundle that knows what its training texts looked like: each was "good" or "bad"."""
    path = tmp_path_factory.mktemp("watchful") / "bundle"
    deliver(
        path, deliverable=text_model(), control=None, facts=facts("text"), reference={},
        feature_reference=near("good", "bad"), evidence=None, readme="",
    )  # fmt: skip
    return str(path)


STRANGE = "good bad"


def test_what_is_unlike_the_training_data_is_flagged_in_every_form(watchful):
    asked = (watchful, "--text", "good", "--text", STRANGE)
    told = rows(run(*asked, "--format", "csv"))
    assert [(row["unlike_training"], row["p_value"]) for row in told] == [("no", "1.0"), ("yes", "0.05")]
    lines = [json.loads(line) for line in run(*asked, "--format", "json").splitlines()]
    assert [(row["unlike_training"], row["p_value"]) for row in lines] == [(False, 1.0), (True, 0.05)]
    assert [row["unlike_training"] for row in json.loads(run(*asked, "--json"))["predictions"]] == [False, True]
    header, *lines = run(*asked, "--format", "table").splitlines()
    assert "unlike training" in header
    assert [line.split()[-1] for line in lines] == ["no", "yes"]


def said(*arguments):
    result = CliRunner().invoke(APP, list(map(str, arguments)))
    assert result.exception is None
    return result.stderr


def test_the_end_says_how_many_inputs_are_unlike_anything_trained_on(watchful, texts, tmp_path):
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    assert said(watchful, tmp_path / "b.txt", "--text", "good", "--text", "bad", "--text", STRANGE) == (
        "1 of 3 inputs (33.3 %) is unlike anything that the model was trained on; "
        "of inputs like its training data 5.0 % are flagged so.\n"
    )
    assert said(texts, "--text", "good") == (
        "Whether inputs are unlike the training data is not applicable: the bundle was made before this was measured.\n"
    )


def test_an_old_bundle_says_not_applicable_for_what_it_read(texts, tmp_path):
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    read, unread = rows(run(texts, "--text", "good", tmp_path / "b.txt", "--format", "csv"))[::-1]
    assert (read["unlike_training"], read["p_value"]) == ("not applicable", "")
    assert (unread["unlike_training"], unread["reason"]) == ("", "is not UTF-8 text")
    assert json.loads(run(texts, "--text", "good", "--format", "json"))["unlike_training"] is None
