import os
import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from warmstart.errors import DataError, PathError
from warmstart.flow.load import find_reader, for_source, load
from warmstart.readers._base import ReadOptions
from warmstart.readers.arrays import Examples
from warmstart.store.cache import Cache


class CountingDecoder:
    def __init__(self, decoder):
        self.decoder = decoder
        self.cells = 0

    def map(self, job, cells, options=None):
        cells = list(cells)
        self.cells += len(cells)
        return self.decoder.map(job, cells, options)


def photos(folder, count=4):
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for place in range(count):
            blot = Image.fromarray(rng.integers(0, 255, (6, 6, 3), np.uint8)).resize((96, 96), 3)
            blot.save(folder / name / f"{place}.png")
    return folder


def test_names_unreadable_files_and_goes_on(tmp_path, decoder):
    folder = photos(tmp_path / "photos")
    (folder / "cat" / "zero.png").touch()
    loaded = load(folder, decoder=decoder)
    assert loaded.facts.skipped == (("cat/zero.png", "is empty"),)
    assert len(loaded.dataset) == len(loaded.dataset.hashes) == len(loaded.duplicate_of) == 8
    assert loaded.task.classes == ("cat", "dog")
    assert loaded.sizes.tolist() == [[96, 96]] * 8


@pytest.mark.skipif(sys.platform == "darwin", reason="there file names are Unicode")
def test_a_name_that_is_not_unicode_costs_its_file_alone_and_nothing_where_it_is_named(tmp_path, decoder):
    folder, cache = photos(tmp_path / "photos"), Cache(tmp_path / "cache")
    odd = folder / "cat" / os.fsdecode(b"caf\xe9.png")
    shutil.copy(folder / "cat" / "0.png", odd)
    loaded = load(folder, decoder=decoder, cache=cache)
    assert loaded.facts.skipped == ((r"cat/caf\xe9.png", "has a name that is not Unicode; rename it"),)
    named = Examples([odd, folder / "dog" / "0.png"], ["cat", "dog"])
    assert len(load(named, decoder=decoder, cache=cache).dataset) == 2


@pytest.mark.parametrize(("times", "said"), [(1, True), (16, False)])
def test_12_bit_values_in_16_bit_files_are_said_to_be_dark(tmp_path, decoder, times, said):
    folder = photos(tmp_path / "photos", count=3)
    for name in ("cat", "dog"):
        values = np.random.default_rng(len(name)).integers(0, 4096, (40, 40)).astype(np.uint16)
        Image.fromarray(values * times).save(folder / name / "deep.png")
    card = SimpleNamespace(name="source", input_size=64, rows_seen=frozenset)
    notes = for_source(load(folder, decoder=decoder), SimpleNamespace(card=card)).notes
    assert [note.code for note in notes] == ["dark_images"] * said
    if said:
        assert "25% of the images are of 16 bits and use 6% of that range at most" in notes[0].sentence


def test_duplicates_conflicts_and_near_copies_are_found(tmp_path, decoder):
    folder = photos(tmp_path / "photos")
    first = Image.open(folder / "cat" / "0.png")
    first.save(folder / "dog" / "same.bmp")
    first.save(folder / "cat" / "near.jpg", quality=85)
    loaded = load(folder, decoder=decoder)
    assert loaded.facts.exact == loaded.facts.conflicts == (("cat/0.png", "dog/same.bmp"),)
    assert ("cat/0.png", "cat/near.jpg") in loaded.facts.near
    together = {loaded.dataset.ids[row] for row in np.flatnonzero(loaded.duplicate_of == loaded.duplicate_of[0])}
    assert together == {"cat/0.png", "cat/near.jpg", "dog/same.bmp"}
    assert loaded.facts.rare == {}


def test_a_second_run_decodes_nothing_again_but_a_changed_file(tmp_path, decoder):
    folder, cache = photos(tmp_path / "photos"), Cache(tmp_path / "cache")
    first = load(folder, decoder=decoder, cache=cache)
    counting = CountingDecoder(decoder)
    second = load(folder, decoder=counting, cache=cache)
    assert counting.cells == 0
    assert second.dataset.fingerprint == first.dataset.fingerprint
    Image.new("RGB", (50, 50), "red").save(folder / "cat" / "0.png")
    third = load(folder, decoder=counting, cache=cache)
    assert counting.cells > 0
    assert third.dataset.fingerprint != first.dataset.fingerprint


def test_many_near_duplicates_leave_exact_ones_grouped_only(decoder):
    rng = np.random.default_rng(0)
    words = [f"{n:05d} text about {rng.integers(1e9)}" for n in range(40)]
    loaded = load(Examples([*words, *[word.upper() for word in words]], ["a", "b"] * 40), decoder=decoder)
    assert len(loaded.facts.near) == 40
    assert not loaded.facts.near_grouped
    assert loaded.duplicate_of.tolist() == list(range(80))


def test_duplicates_across_the_users_split_are_named(tmp_path, decoder):
    photos(tmp_path / "data" / "train")
    photos(tmp_path / "data" / "test")
    loaded = load(tmp_path / "data", decoder=decoder)
    assert len(loaded.facts.across) == 8


def test_one_class_is_refused(decoder):
    with pytest.raises(DataError, match=r"at least two classes. Got only 'a'"):
        load(Examples(["x", "y"], ["a", "a"]), decoder=decoder)


def test_only_unreadable_rows_are_refused(decoder):
    with pytest.raises(
        DataError,
        match=r"None of the 2 rows of the examples can be read. row 1 is empty. Mend them, or, of a table,",
    ):
        load(Examples([" ", ""], ["a", "b"]), decoder=decoder)


def test_another_modality_is_refused(decoder):
    with pytest.raises(DataError, match=r"must be of kind 'image'"):
        load(Examples(["x", "y"], ["a", "b"]), decoder=decoder, modality="image")


def test_classes_are_in_the_order_that_was_asked_for_or_sorted(decoder):
    data = Examples(["r", "s", "t"], ["10", "9", "x"])
    assert load(data, ReadOptions(classes=("x", "10")), decoder=decoder).task.classes == ("x", "10")
    assert load(Examples(["r", "s"], [10, 9]), decoder=decoder).task.classes == ("9", "10")


def test_a_path_that_does_not_exist_suggests_its_sibling(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(PathError, match=r"phtos does not exist.*Did you mean 'photos'"):
        find_reader(tmp_path / "phtos")


def test_what_no_reader_claims_is_refused(tmp_path):
    (tmp_path / "x.xlsx").touch()
    with pytest.raises(DataError, match=r"There is no reader for x.xlsx"):
        find_reader(tmp_path / "x.xlsx")
    with pytest.raises(DataError, match=r"There is no reader for a int"):
        find_reader(3)


def lit(tmp_path, values):
    folder = tmp_path / "photos"
    lines = ["file,light"]
    for row, value in enumerate(values):
        name = ("red", "blue")[row % 2]
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (row, 0, 0)).save(folder / name / f"{row}.png")
        lines.append(f"{name}/{row}.png,{value}")
    (folder / "metadata.csv").write_text("\n".join(lines))
    return folder


def test_a_column_to_audit_is_read_and_is_no_input(tmp_path, decoder):
    found = load(lit(tmp_path, ["day", "night"] * 4), ReadOptions(attributes=("light",)), decoder=decoder).dataset
    assert sorted(found.attributes["light"]) == ["day"] * 4 + ["night"] * 4
    assert [column.name for column in found.inputs] == ["image"]


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        (["day"] * 6, "light", r"must have at least two values\. 'light' has 'day' in every row\. Name another"),
        ([""] * 6, "light", r"must have at least two values\. 'light' has no value at all\."),
        (range(6), "light", r"at least two rows a value on average\. 'light' has 6 values in 6 rows\. Name a coarser"),
        (["day", "night"] * 3, "lihgt", r"metadata\.csv has no column 'lihgt'\. .* Did you mean 'light'\?"),
    ],
)
def test_a_column_that_makes_no_groups_to_compare_is_refused(tmp_path, decoder, values, name, said):
    with pytest.raises(DataError, match=said):
        load(lit(tmp_path, values), ReadOptions(attributes=(name,)), decoder=decoder)
