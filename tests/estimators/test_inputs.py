import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.estimators._inputs import goes_to_255, labels_by_name, one_a_row, plain
from warmstart.readers._columns import labels_of

FLOATS = [0.0, 1.0, float("nan"), 0.5]


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, list])
def test_labels_are_found_by_what_the_readers_call_them(kind):
    given = list(FLOATS) if kind is list else np.array(FLOATS, kind)
    found = labels_by_name(given)
    assert found == {"0": 0.0, "1": 1.0, "0.5": 0.5}
    assert set(found) == {name for name in labels_of(plain(given)) if name}


def test_a_column_of_whole_numbers_with_a_gap_keeps_its_labels():
    pandas = pytest.importorskip("pandas")
    assert labels_by_name(pandas.Series([3, None, 4])) == {"3": 3.0, "4": 4.0}
    assert labels_by_name(pandas.Series([3, None, 4], dtype="Int64")) == {"3": 3, "4": 4}


def test_images_that_go_to_255_are_told_from_fractions_and_from_what_is_no_array_of_floats():
    bright = np.full((2, 4, 4), 200.0)
    assert goes_to_255(bright)
    assert goes_to_255([bright[0] / 255, bright[0]])
    assert goes_to_255(pytest.importorskip("pandas").Series([bright[0] / 255, bright[0]]))
    assert not any(map(goes_to_255, (bright / 255, bright.astype(np.uint8), ["a.png"], np.array(["a", "b"]), None)))


def test_labels_of_one_column_are_one_a_row():
    pandas = pytest.importorskip("pandas")
    for given in (np.array([[3], [4]]), pandas.DataFrame({"y": [3, 4]})):
        assert labels_by_name(one_a_row(given)) == {"3": 3, "4": 4}
    assert one_a_row(["a", "b"]) == ["a", "b"]


def test_labels_of_several_columns_are_refused():
    with pytest.raises(DataError, match=r"`y` must have one label a row, of shape \(rows,\)\. Got \(3, 2\)\. .*argmax"):
        one_a_row(np.eye(3, 2))
