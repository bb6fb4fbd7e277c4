import os
import sys
import unicodedata

import numpy as np
import pytest
from PIL import Image

from warmstart.errors import DataError
from warmstart.readers._base import ReadOptions
from warmstart.readers.class_folders import ClassFolders


def draw(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / path)


def read(folder, **options):
    return ClassFolders().read(folder, ReadOptions(**options))


def test_sub_folders_are_classes_however_deep_the_images_lie(tmp_path):
    draw(tmp_path, "cat/a.png", "cat/more/b.png", "dog/c.png")
    dataset = read(tmp_path)
    assert dataset.ids == ("cat/a.png", "cat/more/b.png", "dog/c.png")
    assert dataset.labels == ("cat", "cat", "dog")
    assert dataset.roles is None


def test_folders_named_like_splits_are_splits(tmp_path):
    draw(tmp_path, "train/cat/a.png", "Valid/dog/b.png", "test/cat/c.png")
    dataset = read(tmp_path)
    assert dict(zip(dataset.ids, zip(dataset.roles, dataset.labels, strict=True), strict=True)) == {
        "train/cat/a.png": ("train", "cat"),
        "Valid/dog/b.png": ("validation", "dog"),
        "test/cat/c.png": ("test", "cat"),
    }


@pytest.mark.parametrize("name", ["train", "valid", "dev"])
def test_a_class_that_is_called_like_a_part_of_a_split_keeps_its_images(tmp_path, name):
    draw(tmp_path, "bus/a.png", "car/b.png", f"{name}/c.png")
    dataset = read(tmp_path)
    assert dataset.labels == ("bus", "car", name)
    assert dataset.roles is None
    assert dataset.notes == ()


def test_one_class_beside_a_folder_called_test_makes_that_the_other(tmp_path):
    draw(tmp_path, "control/a.png", "test/b.png")
    assert read(tmp_path).labels == ("control", "test")


def test_loose_images_of_a_test_folder_beside_classes_have_no_label_and_are_named(tmp_path):
    draw(tmp_path, "cat/a.png", "dog/b.png", "test/c.png", "test/d.png")
    dataset = read(tmp_path)
    assert dataset.labels == ("cat", "dog", None, None)
    (note,) = dataset.notes
    assert (note.code, note.numbers) == ("loose_images", {"rows": {"test": 2}})
    assert note.sentence == "Images that lie in no class folder have no label: those directly in 'test' (2)."
    assert note.remedy.startswith("Put them into class folders")


def test_loose_images_of_a_part_are_named_where_another_part_has_class_folders(tmp_path):
    draw(tmp_path, "train/cat/a.png", "train/dog/b.png", "valid/c.png")
    dataset = read(tmp_path)
    assert dataset.labels == ("cat", "dog", None)
    assert dataset.roles == ("train", "train", "")
    assert "those directly in 'valid' (1)." in dataset.notes[0].sentence


def test_links_out_loops_and_other_files_are_left_out_and_named(tmp_path):
    draw(tmp_path, "data/cat/a.png", "data/dog/b.png", "outside.png")
    data = tmp_path / "data"
    (data / "cat" / "out.png").symlink_to(tmp_path / "outside.png")
    (data / "loop").symlink_to(data)
    (data / "cat" / "self.png").symlink_to("self.png")
    (data / "cat" / "dangling.png").symlink_to("nothing.png")
    (data / "cat" / "notes.txt").touch()
    (data / "cat" / "IMG_1.HEIC").touch()
    (data / "cat" / ".hidden.png").touch()
    draw(data, "loose.png")
    dataset = read(data)
    assert dataset.ids == ("cat/a.png", "dog/b.png")
    assert {row.id: row.reason for row in dataset.skipped} == {
        "cat/IMG_1.HEIC": "is a HEIC photo, which is not read; convert it to JPEG",
        "cat/dangling.png": "is a link to nothing",
        "cat/notes.txt": "is not called like an image file",
        "cat/out.png": "is a link out of the folder",
        "cat/self.png": "is a link that leads back to itself",
        "loop": "is a link to a folder, and those are not followed",
        "loose.png": "lies outside the class folders",
    }


def test_metadata_adds_groups_and_attributes_by_file_name(tmp_path):
    draw(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "metadata.csv").write_text("file_name,who,age\na.png,ann,1\ndog/b.png,bob,2\n")
    dataset = read(tmp_path, groups="who", attributes=("age",))
    assert dataset.groups == ("ann", "bob")
    assert dataset.attributes == {"age": ("1", "2")}
    with pytest.raises(DataError, match=r"metadata.csv has no column 'whoo'.*Did you mean 'who'"):
        read(tmp_path, groups="whoo")


def test_rows_of_metadata_with_a_wrong_number_of_fields_are_named(tmp_path):
    draw(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "metadata.csv").write_text("file_name,who\na.png,ann\nb.png,bob,2\n")
    dataset = read(tmp_path, groups="who")
    assert [(row.id, row.reason) for row in dataset.skipped] == [
        ("metadata.csv row 2", "has 3 fields where the header has 2")
    ]


def test_metadata_can_hold_the_labels(tmp_path):
    draw(tmp_path, "a.png", "b.png")
    (tmp_path / "metadata.csv").write_text("file_name,label\na.png,x\nb.png,y\n")
    assert read(tmp_path).labels == ("x", "y")


def test_metadata_without_file_names_is_refused(tmp_path):
    draw(tmp_path, "cat/a.png")
    (tmp_path / "metadata.csv").write_text("who\nann\n")
    with pytest.raises(DataError, match=r"must have a column with the file names, called file_name"):
        read(tmp_path)


def test_groups_by_file_name(tmp_path):
    draw(tmp_path, "cat/p1_1.png", "cat/p1_2.png", "dog/p2_1.png")
    assert read(tmp_path, groups="file~^[^_]+").groups == ("p1", "p1", "p2")


def test_refuses_empty_and_classless_folders(tmp_path):
    with pytest.raises(DataError, match=r"holds no images.*Got an empty folder"):
        read(tmp_path)
    (tmp_path / "a.txt").touch()
    with pytest.raises(DataError, match=r"Got 1 other file, such as a.txt, which is not called like an image file"):
        read(tmp_path)
    draw(tmp_path, "a.png")
    with pytest.raises(DataError, match=r"lie in no class folder"):
        read(tmp_path)


def test_rows_of_metadata_without_an_image_and_images_without_a_row_are_counted(tmp_path):
    draw(tmp_path, "cat/a.png", "cat/001.png", "dog/001.png", "dog/img_1.jpg")
    (tmp_path / "metadata.csv").write_text("file_name,who\na.png,ann\n001.png,bob\nIMG_1.JPG,cy\n")
    dataset = read(tmp_path, groups="who")
    assert dataset.groups == ("row 1 alone", "ann", "row 3 alone", "row 4 alone")
    (note,) = dataset.notes
    assert (note.code, note.numbers) == ("unmatched_metadata", {"rows": 2, "images": 3, "share": 0.75})
    assert note.sentence == (
        "2 of the 3 rows of metadata.csv name no image ('001.png', 'IMG_1.JPG'); 3 of the 4 images have no row in "
        "metadata.csv ('cat/001.png', 'dog/001.png', 'dog/img_1.jpg')."
    )


def test_a_file_that_metadata_names_twice_is_named(tmp_path):
    draw(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "metadata.csv").write_text("file_name,who\na.png,ann\nb.png,bob\na.png,cy\n")
    dataset = read(tmp_path, groups="who")
    assert dataset.groups == ("cy", "bob")
    assert [note.sentence for note in dataset.notes] == [
        "Of files that metadata.csv names in more than one row the last row counts: 'a.png'."
    ]


@pytest.mark.parametrize(("on_disk", "written"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_an_accented_name_is_the_same_however_it_is_put_together(tmp_path, on_disk, written):
    draw(tmp_path, *(unicodedata.normalize(on_disk, name) for name in ("Käse/é.png", "dog/ü.png")))
    rows = unicodedata.normalize(written, "file_name,who\né.png,ann\ndog/ü.png,bob\n")
    (tmp_path / "metadata.csv").write_text(rows, encoding="utf-8")
    dataset = read(tmp_path, groups="who", classes=(unicodedata.normalize(written, "Käse"), "dog"))
    assert dataset.groups == ("ann", "bob")
    assert dataset.labels == (unicodedata.normalize("NFC", "Käse"), "dog")
    assert dataset.notes == ()


def test_groups_that_no_row_has_are_refused(tmp_path):
    draw(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "metadata.csv").write_text("file_name,who\nA.PNG,ann\nB.PNG,bob\n")
    words = r"--groups 'who' must find a group for at least one row\. No row has a value in 'who'\. .*as their files"
    with pytest.raises(DataError, match=words):
        read(tmp_path, groups="who")
    with pytest.raises(DataError, match=r"No row has a value in 'file' that '\^typo' matches"):
        read(tmp_path, groups="file~^typo")


def test_metadata_may_be_json_lines(tmp_path):
    draw(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "a.png", "age": 1}\n{"file_name": "b.png", "age": 2}\n')
    assert read(tmp_path, attributes=("age",)).attributes == {"age": ("1", "2")}
    (tmp_path / "metadata.csv").write_text("file_name,age\na.png,3\nb.png,4\n")
    dataset = read(tmp_path, attributes=("age",))
    assert dataset.attributes == {"age": ("3", "4")}
    assert [(row.id, row.reason) for row in dataset.skipped] == [("metadata.jsonl", "is not read beside metadata.csv")]


def test_json_lines_of_that_name_that_name_no_files_are_left_out(tmp_path):
    draw(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "metadata.jsonl").write_text('{"epoch": 1}\n')
    [left] = read(tmp_path).skipped
    assert (left.id, "must have a column with the file names" in left.reason) == ("metadata.jsonl", True)


@pytest.mark.skipif(sys.platform == "darwin", reason="there file names are Unicode")
def test_names_that_are_not_unicode_are_left_out_and_spelled(tmp_path):
    draw(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "cat" / os.fsdecode(b"caf\xe9.png")).touch()
    (tmp_path / os.fsdecode(b"b\xe9b\xe9")).mkdir()
    dataset = read(tmp_path)
    assert dataset.ids == ("cat/a.png", "dog/b.png")
    assert [(row.id, row.reason) for row in dataset.skipped] == [
        (r"b\xe9b\xe9", "has a name that is not Unicode; rename it"),
        (r"cat/caf\xe9.png", "has a name that is not Unicode; rename it"),
    ]
