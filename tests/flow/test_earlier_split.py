import dataclasses
import json

import numpy as np
import pytest

from warmstart.core.dataset import Column, Dataset
from warmstart.core.split import Split
from warmstart.errors import DataError, PathError
from warmstart.flow.earlier_split import SPLIT_FILE, save_split, split_from
from warmstart.store.hashing import sha256_bytes

ROLES = np.array([("train", "validation", "test", "train")[row % 4] for row in range(100)])


def table(contents, ids=None):
    """Rows of a table, known by their numbers."""
    hashes = tuple(sha256_bytes(content.encode()) for content in contents)
    names = tuple(ids or (f"row {row + 1}" for row in range(len(contents))))
    return Dataset("reviews.csv", (Column("text", "text", contents),), names, hashes=hashes)


def texts(count=100):
    return [f"text {row}" for row in range(count)]


def test_an_earlier_runs_split_is_used_again_whatever_the_order_of_the_rows(tmp_path):
    data = table(texts())
    save_split(tmp_path, data, Split(ROLES))
    assert split_from(tmp_path, data).roles == tuple(ROLES)
    turned = split_from(tmp_path, table(texts()[::-1]))
    assert turned.roles == tuple(ROLES[::-1])


def test_rows_that_the_earlier_run_did_not_have_are_for_training(tmp_path):
    data = table(texts())
    save_split(tmp_path, data.take(np.arange(50)), Split(np.array(["test", "reference"] * 25)))
    roles = split_from(tmp_path, data).roles
    assert set(roles[50:]) == {""}
    assert roles[:2] == ("test", "")


def test_a_run_without_a_split_is_refused(tmp_path):
    with pytest.raises(PathError, match=rf"is no run with a split: it has no {SPLIT_FILE}"):
        split_from(tmp_path, table(texts(4)))


def test_a_split_of_other_data_is_refused(tmp_path):
    data = table(texts())
    save_split(tmp_path, data, Split(np.array(["train"] * 50 + ["test"] * 50)))
    with pytest.raises(DataError, match=r"None of the rows of 'reviews\.csv' was tested in"):
        split_from(tmp_path, data.take(np.arange(50)))


def test_rows_of_a_table_are_known_by_their_content_not_by_their_number(tmp_path):
    save_split(tmp_path, table(texts()), Split(ROLES))
    assert split_from(tmp_path, table(["new", *texts()])).roles == ("", *ROLES)
    assert split_from(tmp_path, table(texts()[1:])).roles == tuple(ROLES[1:])


def test_a_run_from_before_contents_were_kept_knows_rows_by_their_names(tmp_path):
    data = table(texts())
    save_split(tmp_path, dataclasses.replace(data, hashes=None), Split(ROLES))
    assert split_from(tmp_path, data).roles == tuple(ROLES)
    saved = json.loads((tmp_path / SPLIT_FILE).read_text())
    (tmp_path / SPLIT_FILE).write_text(json.dumps({name: saved[name] for name in ("ids", "roles")}))
    assert split_from(tmp_path, data).roles == tuple(ROLES)


def test_a_tested_row_of_other_content_is_refused(tmp_path):
    save_split(tmp_path, table(texts()), Split(ROLES))
    changed = texts()
    changed[0] = "mended"
    assert split_from(tmp_path, table(changed)).roles == ("", *ROLES[1:])
    changed[2] = "mended too"
    with pytest.raises(DataError, match=r"'row 3' was tested in .* and holds other content now"):
        split_from(tmp_path, table(changed))


def test_a_file_of_other_content_is_known_by_its_name(tmp_path):
    names = [f"{row}.png" for row in range(100)]
    save_split(tmp_path, table(texts(), names), Split(ROLES))
    assert split_from(tmp_path, table([*texts(99), "retouched"], names)).roles == tuple(ROLES)
    assert split_from(tmp_path, table(["a", *texts()], ["renamed.png", *names])).roles == ("", *ROLES)


def test_of_copies_the_name_tells_which_was_tested_or_they_are_refused(tmp_path):
    copies = ["same", "same", *texts(8)]
    save_split(tmp_path, table(copies), Split(np.array(["test", "reference"] + ["train", "test"] * 4)))
    assert split_from(tmp_path, table(copies)).roles[:2] == ("test", "")
    with pytest.raises(DataError, match=r"Copies of 'row 3' were tested in .* and others were not"):
        split_from(tmp_path, table(["new", *copies]))


def test_unlabelled_and_reference_copies_do_not_leave_open_what_was_tested(tmp_path):
    copies = ["one", "one", "two", "two", "three"]
    roles = np.array(["test", "unlabelled", "train", "reference", "test"])
    save_split(tmp_path, table(copies), Split(roles))
    moved = split_from(tmp_path, table(["a", "b", "c", "d", "e", *copies]))
    assert moved.roles[5:] == ("test", "test", "", "", "test")
