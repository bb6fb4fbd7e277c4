import shutil

import pytest

from tests.flow import tiny_runs
from tests.flow.tiny_updates import bundle, table, texts
from tests.tiny_models import facts, image_model
from warmstart.core.task import Task
from warmstart.errors import DataError
from warmstart.flow.deliver import deliver
from warmstart.flow.update.new_rows import new_rows
from warmstart.readers._base import ReadOptions
from warmstart.runtime.decode import Decoder


def read(made, data, *, test_size=0.2):
    with Decoder(workers=1) as decoder:
        return new_rows(made, data, ReadOptions(), test_size=test_size, seed=0, decoder=decoder)


def written(folder, rows):
    data = folder / "rows.csv"
    data.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
    return data


def note(rows, code):
    return next(note.sentence for note in rows.facts.notes if note.code == code)


def test_known_classes_keep_their_codes_and_new_ones_follow(tmp_path):
    found = read(bundle(tmp_path), table(tmp_path, fine=10, bad=10))
    assert found.task.classes == ("good", "bad", "fine")
    assert set(found.codes) == {1, 2}
    assert 0 < found.tested.sum() < 8


def test_one_new_class_alone_is_enough(tmp_path):
    assert read(bundle(tmp_path), table(tmp_path, fine=10)).task.classes == ("good", "bad", "fine")


def test_rows_of_the_old_test_part_are_left_out_and_said(tmp_path):
    rows = [(text, "good") for text in texts("good", 20, seed=1)] + [
        (text, "fine") for text in texts("fine", 9, seed=4)
    ]
    found = read(bundle(tmp_path), written(tmp_path, rows))
    assert len(found.codes) == 9
    assert note(found, "in_the_test_part").startswith("20 rows are what the bundle was tested on, and left out")


def test_rows_that_were_fitted_on_are_left_out_and_said(tmp_path):
    rows = [(texts("good", 1, seed=0)[0], "good")] + [(text, "fine") for text in texts("fine", 9, seed=4)]
    assert note(read(bundle(tmp_path), written(tmp_path, rows)), "seen_in_training").startswith("1 row is what the")


def test_nothing_new_is_refused(tmp_path):
    rows = [(text, "good") for text in texts("good", 20, seed=1)]
    with pytest.raises(DataError, match=r"must hold labelled rows that are new to the bundle\. 20 rows are what"):
        read(bundle(tmp_path), written(tmp_path, rows))


def test_a_class_that_differs_by_case_alone_is_refused(tmp_path):
    rows = [(text, "Good") for text in texts("good", 9, seed=4)]
    with pytest.raises(DataError, match=r"rows\.csv has 'Good', and there is 'good'\. Rename it"):
        read(bundle(tmp_path), written(tmp_path, rows))


def test_known_classes_may_differ_by_case(tmp_path):
    made = bundle(tmp_path, task=Task(("good", "Good"), "text"))
    assert read(made, table(tmp_path, fine=9)).task.classes == ("good", "Good", "fine")


def test_a_new_class_of_one_row_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"needs at least 2 rows to learn from\. 'fine' has 1\."):
        read(bundle(tmp_path), table(tmp_path, fine=1, good=9))


def test_a_new_class_of_few_rows_is_learnt_from_and_not_tested(tmp_path):
    found = read(bundle(tmp_path), table(tmp_path, fine=2, good=30), test_size=0.5)
    assert not found.tested[found.codes == 2].any()
    assert found.tested[found.codes == 0].sum() == 15


def test_another_modality_is_refused(tmp_path):
    photos = tiny_runs.photos(tmp_path / "photos", 4, seed=0)
    with pytest.raises(DataError, match="The inputs must be of kind 'text'"):
        read(bundle(tmp_path), photos)


@pytest.fixture
def photos(tmp_path):
    """A bundle for photos of two colours, and a folder for them."""
    made = deliver(
        tmp_path / "bundle", deliverable=image_model(), control=None, facts=facts("image"), reference={},
        evidence=None, readme="",
    )  # fmt: skip
    return made, tmp_path / "photos"


def test_the_split_of_the_user_is_kept(photos):
    made, folder = photos
    for part, rows in (("train", 8), ("test", 6)):
        tiny_runs.photos(folder / part, rows, seed=rows)
    found = read(made, folder)
    assert [name.split("/")[0] for name in found.dataset.ids] == ["test"] * 6 + ["train"] * 8
    assert found.tested.tolist() == [True] * 6 + [False] * 8


def test_copies_of_rows_that_the_user_tests_on_are_not_learnt(photos):
    made, folder = photos
    for part, rows in (("train", 8), ("test", 6)):
        tiny_runs.photos(folder / part, rows, seed=rows)
    shutil.copy(folder / "test" / "red" / "000.png", folder / "train" / "red" / "copy.png")
    found = read(made, folder)
    assert (len(found.codes), int(found.tested.sum())) == (14, 6)
    assert note(found, "copies_of_the_test_part").startswith("1 row is like a test row, or in its group")


def test_nothing_left_to_learn_is_refused(photos):
    made, folder = photos
    tiny_runs.photos(folder / "test", 6, seed=6)
    with pytest.raises(DataError, match=r"that are new to the bundle\. 6 rows are .* The others are to be tested on\."):
        read(made, shutil.copytree(folder / "test", folder / "train").parent)
