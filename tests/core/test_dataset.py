import numpy as np
import pytest

from warmstart.core.dataset import UNLABELLED, Column, Dataset
from warmstart.core.task import Task


def dataset(**changes):
    values = {
        "inputs": (Column("text", "text", ["p", "q", "r"]), Column("title", "text", ["1", "2", "3"])),
        "ids": ("one", "two", "three"),
        "labels": ("a", None, "b"),
        "groups": ("g", "g", "h"),
        "attributes": {"type": ("x", "y", "z")},
        "roles": ("train", "", "test"),
        "hashes": ("h1", "h2", "h3"),
    }
    return Dataset("tiny", **values | changes)


def test_taking_rows_takes_them_in_every_column_and_in_that_order():
    taken = dataset().take(np.array([2, 0]))
    assert len(taken) == 2
    assert [column.cells for column in taken.inputs] == [["r", "p"], ["3", "1"]]
    assert (taken.ids, taken.labels, taken.groups) == (("three", "one"), ("b", "a"), ("h", "g"))
    assert (taken.attributes, taken.roles, taken.hashes) == ({"type": ("z", "x")}, ("test", "train"), ("h3", "h1"))


def test_taking_rows_leaves_the_dataset_as_it_is():
    whole = dataset()
    whole.take(np.array([1]))
    assert whole == dataset()


def test_codes_follow_the_order_of_the_classes_and_mark_what_has_no_label():
    assert dataset().codes(Task(("b", "a"), "text")).tolist() == [1, UNLABELLED, 0]
    assert dataset().codes(Task(("a", "c"), "text")).tolist() == [0, UNLABELLED, UNLABELLED]
    assert dataset(labels=None).codes(Task(("a", "b"), "text")).tolist() == [UNLABELLED] * 3


def test_the_fingerprint_is_of_the_content_and_its_order():
    one = dataset()
    assert dataset(ids=("other", "names", "here"), labels=None, groups=None).fingerprint == one.fingerprint
    assert one.take(np.array([1, 0, 2])).fingerprint != one.fingerprint
    assert one.take(np.array([0, 1])).fingerprint != one.fingerprint
    assert dataset(hashes=("h1", "h2", "h4")).fingerprint != one.fingerprint


def test_before_it_was_looked_at_the_fingerprint_is_of_the_names():
    assert dataset(hashes=None).fingerprint != dataset(hashes=None, ids=("one", "two", "four")).fingerprint


@pytest.mark.parametrize("kind", ["image", "text"])
def test_the_modality_is_that_of_the_first_input(kind):
    assert dataset(inputs=(Column("x", kind, [1, 2, 3]),)).modality == kind
