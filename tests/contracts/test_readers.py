"""Every reader must read its own example, and nothing that another reader claims."""

import dataclasses
from pathlib import Path

import pytest

from warmstart.core.catalog import parts
from warmstart.errors import DataError
from warmstart.readers._base import ReadOptions

READERS = parts("readers")


def example(reader, folder: Path):
    data, options = reader.example()
    try:
        return data(folder), options
    except ModuleNotFoundError as missing:
        pytest.skip(f"not applicable: {missing.name} is not installed")


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
class TestEveryReader:
    def test_claims_its_example_alone(self, reader, tmp_path):
        data, _ = example(reader, tmp_path)
        assert [other.name for other in READERS if other.claims(data)] == [reader.name]

    def test_reads_columns_of_one_length_with_two_classes(self, reader, tmp_path):
        data, options = example(reader, tmp_path)
        dataset = reader().read(data, options)
        assert len(dataset) == len(dataset.inputs[0]) == len(dataset.labels) >= 2
        assert len({label for label in dataset.labels if label is not None}) == 2
        assert len(set(dataset.ids)) == len(dataset)
        assert all(isinstance(name, str) for name in (*dataset.ids, *dataset.labels))

    def test_names_the_nearest_class(self, reader, tmp_path):
        data, options = example(reader, tmp_path)
        name = next(label for label in reader().read(data, options).labels if label)
        with pytest.raises(DataError, match=f"There is no class '{name}s'.*Did you mean '{name}'"):
            reader().read(data, ReadOptions(classes=(name + "s",)))

    def test_reads_no_labels_where_none_are_wanted(self, reader, tmp_path):
        data, options = example(reader, tmp_path)
        dataset = reader().read(data, dataclasses.replace(options, unlabelled=True))
        assert dataset.labels is None
        assert len(dataset) == len(reader().read(data, options))
