"""Hugging Face `datasets.Dataset` and `DatasetDict` objects, read without importing `datasets`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from warmstart.core.dataset import Dataset
from warmstart.readers._base import Reader, ReadOptions
from warmstart.readers._choice import Columns
from warmstart.readers._columns import dataset_of
from warmstart.readers._roles import role_of


class HfDataset(Reader):
    """A Hugging Face dataset in memory; the parts of a DatasetDict are splits."""

    name: ClassVar[str] = "hf_dataset"
    summary: ClassVar[str] = "a Hugging Face Dataset or DatasetDict, with its class names and images"

    @classmethod
    def claims(cls, data: Any) -> bool:
        """Return whether it is a Dataset or DatasetDict."""
        kind = type(data)
        return kind.__module__.partition(".")[0] == "datasets" and kind.__name__ in ("Dataset", "DatasetDict")

    def read(self, data: Any, options: ReadOptions) -> Dataset:
        """Read it; images stay encoded until they are needed."""
        if not isinstance(data, Mapping):
            return dataset_of(_columns(data), options, name="the dataset")
        parts = {key: _columns(part) for key, part in data.items()}
        names = dict.fromkeys(name for part in parts.values() for name in part)
        sizes = {key: len(next(iter(part.values()), ())) for key, part in parts.items()}
        columns = {
            name: [value for key, part in parts.items() for value in part.get(name, [None] * sizes[key])]
            for name in names
        }
        roles = [role_of(str(key)) or "" for key in parts for _ in range(sizes[key])]
        return dataset_of(columns, options, name="the dataset", roles=roles if any(roles) else None)

    @classmethod
    def example(cls) -> Any:
        """Return a Dataset with class names, which needs `datasets` installed."""

        def build(folder: Path) -> Any:
            import datasets

            features = datasets.Features(
                {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])}
            )
            return datasets.Dataset.from_dict({"text": ["very good", "not good"], "label": [1, 0]}, features=features)

        return build, ReadOptions()


def _columns(data: Any) -> Columns:
    """Return the columns of a Dataset: class codes as names, images encoded."""
    columns: dict[str, list[Any]] = {}
    for name, feature in data.features.items():
        kind = type(feature).__name__
        if kind == "Image":
            data = data.cast_column(name, type(feature)(decode=False))
        values = list(data.with_format(None)[name])
        columns[name] = [_class_name(feature, code) for code in values] if kind == "ClassLabel" else values
    return columns


def _class_name(feature: Any, code: int | None) -> str | None:
    """Return the name of a class code; -1 and None mean that there is no label."""
    return None if code is None or code < 0 else str(feature.names[code])
