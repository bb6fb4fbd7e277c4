import io
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from warmstart.errors import DataError
from warmstart.readers._base import ReadOptions
from warmstart.readers.arrays import Arrays, Examples, input_cells


def test_paths_texts_and_images_are_told_apart():
    assert input_cells(["a.png", "b/c.JPG"])[1] == "image"
    assert input_cells(["good", "bad"])[1] == "text"
    assert input_cells([Image.new("L", (4, 3))])[0][0].shape == (3, 4, 3)
    assert input_cells(np.zeros((2, 5, 5)))[1] == "image"


def test_numbers_from_0_to_1_become_8_bits():
    assert input_cells(np.ones((1, 2, 2, 3)))[0][0].max() == 255


def test_a_frame_or_array_of_one_column_is_a_list():
    import polars

    assert input_cells(polars.DataFrame({"text": ["a", "b"]}))[0] == ["a", "b"]
    assert input_cells(np.array([["a"], ["b"]], dtype=object))[0] == ["a", "b"]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ([], "at least one row"),
        ("one text", "must be a list"),
        (np.zeros((3, 7)), "must be of shape"),
        ([1, 2], "Got a int in row 1"),
        (np.full((1, 2, 2), 999), "from 0 to 255"),
    ],
)
def test_refuses_what_is_no_input(inputs, words):
    with pytest.raises(DataError, match=words):
        input_cells(inputs)


def test_refuses_labels_of_another_length():
    with pytest.raises(DataError, match=r"`y` must have one value a row. Got 1 values for 2 inputs"):
        Arrays().read(Examples(["a", "b"], ["x"]), ReadOptions())


def test_every_row_without_a_group_stands_for_itself():
    groups = [None, "ann", float("nan"), "ann", 7.0]
    dataset = Arrays().read(Examples(["a", "b", "c", "d", "e"], [*"xyxyx"], groups), ReadOptions())
    assert dataset.groups == ("row 1 alone", "ann", "row 3 alone", "ann", "7")


def test_missing_labels_are_unlabelled():
    assert Arrays().read(Examples(["a", "b", "c"], [1.0, float("nan"), 0.0]), ReadOptions()).labels == ("1", None, "0")


def test_a_path_is_an_image_however_it_is_called_and_no_text():
    assert input_cells([Path("data/0001"), Path("data/0002")]) == (["data/0001", "data/0002"], "image")
    with pytest.raises(DataError, match=r"Got a PosixPath in row 2 of text inputs\. Give the text that the file holds"):
        input_cells(["good", Path("data/0001")], kind="text")


def brightest(*images):
    return [cell.max() for cell in input_cells(list(images))[0]]


def test_arrays_of_floats_are_scaled_alike():
    dark, bright = np.full((2, 2), 0.8), np.full((2, 2), 200.0)
    assert brightest(dark, bright, bright) == [1, 200, 200]
    assert brightest(dark, dark / 2) == [204, 102]
    assert brightest(np.full((2, 2), 1), np.full((2, 2), 254.9)) == [1, 255]


@pytest.mark.parametrize(
    ("highest", "words"),
    [
        ([1.0, 1.0000001, 0.5], r"Row 2 goes to 1\.0000001, and no row further: clip them to 1"),
        ([1.0, 0.9, 200.0], r"Row 3 goes to 200, and 2 of 3 rows, such as row 1, not above 1\. Give uint8"),
        ([0.5, float("nan"), 1.0], r"from 0 to 255, or from 0 to 1\. Got nan to nan in row 2"),
        ([0.5, -1.0], r"Got -1 to -1 in row 2"),
    ],
)
def test_floats_that_may_be_one_or_the_other_are_refused_with_the_row(highest, words):
    with pytest.raises(DataError, match=words):
        input_cells([np.full((2, 2), value) for value in highest])


def test_a_broken_or_a_huge_pil_image_is_refused_with_its_row(monkeypatch):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(file, "PNG")
    broken = Image.open(io.BytesIO(file.getvalue()[:2000]))
    with pytest.raises(DataError, match=r"The image in row 2 cannot be decoded \(.*truncated.*\)\. Leave it out"):
        input_cells([Image.new("L", (4, 4)), broken])
    monkeypatch.setattr("warmstart.runtime.images.MOST_PIXELS", 4_000_000)
    with pytest.raises(DataError, match=r"row 1 is 4,000 × 2,000 pixels, and images may have 4 million at most"):
        input_cells([Image.new("1", (4000, 2000))])


@pytest.mark.parametrize("label", [["a", "b"], {"a": 1}, b"a", np.array([1, 2])])
def test_a_label_that_is_not_one_value_is_refused_with_its_row(label):
    words = rf"Every row must have one label, a word or a number\. Got a {type(label).__name__} in row 2"
    with pytest.raises(DataError, match=words):
        Arrays().read(Examples(["a", "b"], ["x", label]), ReadOptions())


def test_an_accented_label_is_the_same_however_it_is_put_together():
    labels = [unicodedata.normalize(form, "Käse") for form in ("NFC", "NFD")]
    assert len(set(labels)) == 2
    assert len(set(Arrays().read(Examples(["a", "b"], labels), ReadOptions()).labels)) == 1
