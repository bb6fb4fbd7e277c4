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
