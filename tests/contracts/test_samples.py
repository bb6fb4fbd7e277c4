"""Every sample must fetch a tiny stand-in, offline, and hand over a table that its options fit."""

import csv
from pathlib import Path

import pytest

from warmstart.core.catalog import catalog, parts
from warmstart.flow.config import FitConfig
from warmstart.readers._base import ReadOptions

SAMPLES = parts("samples")


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_catalog_lists_the_samples_of_the_main_job():
    assert {"solar-cells", "sentiment"} <= set(catalog("samples"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
class TestEverySample:
    def test_fetches_a_table_whose_columns_its_options_name(self, sample, tmp_path):
        data = sample.example()(tmp_path).fetch(tmp_path)
        options = ReadOptions(**data.options)
        columns = rows(data.data)[0].keys()
        assert {*options.inputs, options.target, *options.attributes} <= columns
        assert options.groups is None or options.groups in columns

    def test_has_rows_of_at_least_two_classes(self, sample, tmp_path):
        data = sample.example()(tmp_path).fetch(tmp_path)
        labels = {row[data.options["target"]] for row in rows(data.data)}
        assert len(labels) >= 2
        assert set(data.options.get("classes", ())) <= labels

    def test_gives_options_that_the_experiment_takes(self, sample, tmp_path):
        data = sample.example()(tmp_path).fetch(tmp_path)
        FitConfig(data=data.data, options=ReadOptions(**data.options), **data.fit).check()

    def test_says_its_licence_and_whom_to_cite(self, sample, tmp_path):
        data = sample.example()(tmp_path).fetch(tmp_path)
        assert data.licence
        assert data.citation

    def test_writes_the_same_bytes_when_fetched_again(self, sample, tmp_path):
        made = sample.example()(tmp_path)
        first = made.fetch(tmp_path).data.read_bytes()
        assert made.fetch(tmp_path).data.read_bytes() == first

    def test_writes_only_below_the_cache_folder(self, sample, tmp_path):
        data = sample.example()(tmp_path).fetch(tmp_path)
        assert data.data.is_relative_to(tmp_path)
