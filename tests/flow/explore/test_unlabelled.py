import csv

import numpy as np
import pytest

from tests.flow import tiny_runs
from warmstart.core.dataset import UNLABELLED
from warmstart.errors import DataError
from warmstart.flow.explore.unlabelled import read_unlabelled
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tiny_runs.photos(tmp_path_factory.mktemp("unlabelled") / "photos", 12, seed=0)
    first = folder / "red" / "000.png"
    (folder / "again.png").write_bytes(first.read_bytes())
    return folder


def read(data, **options):
    with Decoder(workers=1) as decoder:
        return read_unlabelled(str(data), decoder=decoder, cache=Cache(), **options)


def table(path, rows, header=("id", "text", "topic")):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def rows(count=12):
    return [(number, f"text number {number} says something", ("a", "b")[number % 2]) for number in range(count)]


def test_every_image_is_read_whatever_folder_it_lies_in(photos):
    found, labels = read(photos)
    assert labels is None
    assert len(found.dataset) == 13
    assert "again.png" in found.dataset.ids
    assert found.dataset.labels is None


def test_copies_are_named_with_their_original(photos):
    found, _ = read(photos)
    names = found.dataset.ids
    assert [(names[one], names[two]) for one, two in found.exact] == [("again.png", "red/000.png")]
    assert len(found.distinct) == 12


def test_folders_become_labels_only_when_they_are_asked_for(photos):
    found, labels = read(photos, labels="folder")
    assert labels.task.classes == ("blue", "red")
    assert labels.codes[found.dataset.ids.index("again.png")] == UNLABELLED
    assert labels.codes[found.dataset.ids.index("red/000.png")] == 1


def test_a_column_becomes_labels_and_is_no_input(tmp_path):
    found, labels = read(table(tmp_path / "t.csv", rows()), labels="topic")
    assert found.dataset.inputs[0].name == "text"
    assert found.dataset.attributes == {}
    assert np.bincount(labels.codes).tolist() == [6, 6]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (rows(9), r"needs at least 10 texts that can be read\. t\.csv has 9\."),
        ([(1, "the same", "a")] * 12, r"All 12 texts of t\.csv are identical: there is nothing to tell apart\."),
        ([*rows(5), *[(1, "the same", "a")] * 9], r"at least 10 different texts\. t\.csv has 6 in 14 rows"),
    ],
)
def test_too_few_rows_are_one_sentence(tmp_path, values, sentence):
    with pytest.raises(DataError, match=sentence):
        read(table(tmp_path / "t.csv", values))


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        ("topics", r"no column 'topics'.*Did you mean 'topic'\?"),
        ("id", r"at least two rows a value on average\. 'id' has 12 values in 12 rows, as an id has"),
        ("same", r"at least two values\. 'same' has 'x' in every row\. Leave --labels"),
    ],
)
def test_labels_that_are_missing_or_tell_nothing_are_one_sentence(tmp_path, column, sentence):
    file = table(tmp_path / "t.csv", [(*row, "x") for row in rows()], ("id", "text", "topic", "same"))
    with pytest.raises(DataError, match=sentence):
        read(file, labels=column)
