"""A folder with one sub-folder of images a class."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

from warmstart.core.dataset import Column, Dataset, Skipped
from warmstart.errors import DataError
from warmstart.readers._base import Reader, ReadOptions
from warmstart.readers._choice import Columns, found
from warmstart.readers._columns import aside, groups_of, labels_of, with_classes
from warmstart.readers._places import Place, loose_notes, places
from warmstart.readers._walk import Walk, walk
from warmstart.readers.table import read_table

METADATA = "metadata.csv"
FROM_FILES = ("path", "file")
TARGETS = ("label", "class", "target")
FILE_COLUMNS = ("file_name", "filename", "file", "path", "image", "image_path")


class ClassFolders(Reader):
    """Images in sub-folders named after their class.

    Folders named train, val, valid, validation, dev and test that hold class folders are splits, not
    classes. A metadata.csv beside the sub-folders adds columns by file name. Hidden files are ignored;
    links that lead out of the folder, and files that are no images, are left out and named.
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
        columns, odd = _columns(data.resolve(), tree.images)
        labels = _labels(there, columns, options, name=data.name)
        roles = [place.role for place in there]
        dataset = Dataset(
            name=data.resolve().name,
            inputs=(Column("image", "image", [str(data.resolve() / path) for path in tree.images]),),
            ids=tuple(tree.images),
            labels=labels,
            groups=groups_of(columns, options.groups, name=METADATA),
            attributes={
                key: tuple(value or "" for value in columns[found(columns, key, name=METADATA)])
                for key in options.attributes
            },
            aside=aside(columns, options, {options.target, *TARGETS, *FROM_FILES}),
            roles=tuple(roles) if any(roles) else None,
            skipped=(*tree.skipped, *odd),
            notes=() if options.unlabelled or options.target is not None else loose_notes(tree.images, there),
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


def _labels(there: list[Place], columns: Columns, options: ReadOptions, *, name: str) -> tuple[str | None, ...] | None:
    """Return the classes: a column of metadata.csv that was asked for, else the folders; None without labels."""
    if options.unlabelled:
        return None
    if options.target is not None:
        return labels_of(columns[found(columns, options.target, name=METADATA)])
    labels = tuple(place.label for place in there)
    if not any(labels):
        target = next((key for key in TARGETS if key in columns), None)
        if target is None:
            raise DataError(
                f"The images of {name} lie in no class folder. It must have one sub-folder of images a class, "
                f"or a {METADATA} with the columns file_name and label."
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


def _columns(root: Path, images: list[str]) -> tuple[Columns, list[Skipped]]:
    """Return "path" and "file" of every image with the columns of metadata.csv, and its rows that cannot be read.

    An image without a row there has "" in its columns.
    """
    names = {"path": list(images), "file": [path.rsplit("/", 1)[-1] for path in images]}
    if not (root / METADATA).is_file():
        return names, []
    table = read_table(root / METADATA)
    columns = table.columns
    key = next((column for column in FILE_COLUMNS if column in columns), None)
    if key is None:
        raise DataError(
            f"{METADATA} must have a column with the file names, called file_name. Got: {', '.join(columns)}."
        )
    rows = _rows_by_file(list(columns[key]), images)
    extra = {
        column: [values[row] if row is not None else "" for row in rows]
        for column, values in columns.items()
        if column != key
    }
    return {**names, **extra}, [Skipped(f"{METADATA} {row.id}", row.reason) for row in table.skipped]


def _rows_by_file(files: list[Any], images: list[str]) -> list[int | None]:
    """Return the row of metadata.csv that belongs to every image: by its path, else by its name if that is its own."""
    by_path = {str(file).replace("\\", "/").removeprefix("./"): row for row, file in enumerate(files)}
    own = Counter(path.rsplit("/", 1)[-1] for path in images)
    rows = []
    for path in images:
        name = path.rsplit("/", 1)[-1]
        rows.append(by_path.get(path, by_path.get(name) if own[name] == 1 else None))
    return rows


def _got(tree: Walk) -> str:
    """Say what is in the folder instead."""
    if not tree.skipped:
        return "Got an empty folder."
    first = tree.skipped[0]
    return (
        f"Got {len(tree.skipped)} other file{'s' * (len(tree.skipped) != 1)}, such as {first.id}, which {first.reason}."
    )
