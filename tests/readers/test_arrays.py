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
