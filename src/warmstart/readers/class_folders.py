"""A folder with one sub-folder of images a class."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from warmstart.core.dataset import Column, Dataset, Skipped
from warmstart.errors import DataError
from warmstart.readers._base import Reader, ReadOptions
from warmstart.readers._cells import words
from warmstart.readers._choice import found
from warmstart.readers._columns import aside, groups_of, labels_of, with_classes
from warmstart.readers._metadata import Metadata, metadata_of
from warmstart.readers._places import Place, loose_notes, places
from warmstart.readers._walk import Walk, walk

FROM_FILES = ("path", "file")
TARGETS = ("label", "class", "target")


class ClassFolders(Reader):
    """Images in sub-folders named after their class.

    Folders named train, val, valid, validation, dev and test that hold class folders are splits, not
    classes. A metadata.csv, or metadata.jsonl, beside the sub-folders adds columns by file name. Hidden
    files are ignored; links that lead out of the folder, and files that are no images, are left out and named.
    """

    name: ClassVar[str] = "class_folders"
    summary: ClassVar[str] = "a folder with one sub-folder of images a class"

    @classmethod
    def claims(cls, data: Any) -> bool:
        """Return whether it is a folder."""
        return isinstance(data, Path) and data.is_dir()

    def read(self, data: Path, options: ReadOptions) -> Dataset:
        """Read the folder."""
        tree = walk(data.resolve())
        if not tree.images:
            wanted = "images" if options.unlabelled else "one sub-folder of images a class"
            raise DataError(f"{data} holds no images. It must have {wanted}. {_got(tree)}")
        there = places(tree.images)
        beside = metadata_of(data.resolve(), tree.images)
        labels = _labels(there, beside, options, name=data.name)
        roles = [place.role for place in there]
        by_folder = not options.unlabelled and options.target is None
        dataset = Dataset(
            name=data.resolve().name,
            inputs=(Column("image", "image", [str(data.resolve() / path) for path in tree.images]),),
            ids=tuple(tree.images),
            labels=labels,
            groups=groups_of(beside.columns, options.groups, name=beside.name),
            attributes={
                key: words(beside.columns[found(beside.columns, key, name=beside.name)]) for key in options.attributes
            },
            aside=aside(beside.columns, options, {options.target, *TARGETS, *FROM_FILES}),
            roles=tuple(roles) if any(roles) else None,
            skipped=(*tree.skipped, *beside.skipped),
            notes=(*(loose_notes(tree.images, there) if by_folder else ()), *beside.notes),
            licence=options.licence,
        )
        return _named(with_classes(dataset, options, target=options.target), options)

    @classmethod
    def example(cls) -> Any:
        """Return a folder with two classes."""

        def write(folder: Path) -> Path:
            import numpy as np
            from PIL import Image

            for name, level in (("dark", 20), ("light", 220)):
                (folder / "photos" / name).mkdir(parents=True)
                Image.fromarray(np.full((8, 8, 3), level, np.uint8)).save(folder / "photos" / name / "one.png")
            return folder / "photos"

        return write, ReadOptions()


def _labels(there: list[Place], beside: Metadata, options: ReadOptions, *, name: str) -> tuple[str | None, ...] | None:
    """Return the classes: a column of metadata.csv that was asked for, else the folders; None without labels."""
    if options.unlabelled:
        return None
    columns = beside.columns
    if options.target is not None:
        return labels_of(columns[found(columns, options.target, name=beside.name)])
    labels = tuple(place.label for place in there)
    if not any(labels):
        target = next((key for key in TARGETS if key in columns), None)
        if target is None:
            raise DataError(
                f"The images of {name} lie in no class folder. It must have one sub-folder of images a class, "
                f"or a {beside.name} with the columns file_name and label."
            )
        return labels_of(columns[target])
    return labels


def _named(dataset: Dataset, options: ReadOptions) -> Dataset:
    """Name the images that lie outside the class folders as left out, where the folders are the classes."""
    if options.target is not None or dataset.labels is None or dataset.roles is not None:
        return dataset
    import dataclasses

    import numpy as np

    loose = [row for row, path in enumerate(dataset.ids) if "/" not in path and dataset.labels[row] is None]
    if not loose:
        return dataset
    kept = dataset.take(np.setdiff1d(np.arange(len(dataset)), loose))
    reasons = tuple(Skipped(dataset.ids[row], "lies outside the class folders") for row in loose)
    return dataclasses.replace(kept, skipped=(*kept.skipped, *reasons))


def _got(tree: Walk) -> str:
    """Say what is in the folder instead."""
    if not tree.skipped:
        return "Got an empty folder."
    first = tree.skipped[0]
    return (
        f"Got {len(tree.skipped)} other file{'s' * (len(tree.skipped) != 1)}, such as {first.id}, which {first.reason}."
    )
