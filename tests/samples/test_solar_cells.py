import csv
import importlib.util

import pytest

from warmstart.errors import DataError, MissingExtra
from warmstart.samples.solar_cells import SolarCells


@pytest.fixture
def stand_in(tmp_path):
    return SolarCells.example()(tmp_path / "package")


def table(sample, cache):
    with sample.fetch(cache).data.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_calls_a_cell_defective_above_one_half_only(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    lines = ["images/a.png  0.0  mono", "images/b.png 0.5 mono", "images/c.png  0.6666666666666666   poly"]
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    labels = [row["label"] for row in table(SolarCells(folder), tmp_path / "cache")]
    assert labels == ["functional", "functional", "defective"]


def test_names_images_by_absolute_paths_that_exist(stand_in, tmp_path):
    from pathlib import Path

    for row in table(stand_in, tmp_path / "cache"):
        assert Path(row["image"]).is_absolute()
        assert Path(row["image"]).is_file()


def test_keeps_the_cell_type_as_an_attribute_and_not_as_an_input(stand_in, tmp_path):
    data = stand_in.fetch(tmp_path / "cache")
    assert data.options["attributes"] == ("cell_type",)
    assert data.options["inputs"] == ("image",)


def test_says_how_to_install_the_package_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"needs elpv-dataset. Install it with `pip install 'warmstart\[demo\]'`"):
        SolarCells().fetch(tmp_path)


def test_finds_the_package_without_importing_it(tmp_path, monkeypatch):
    package = tmp_path / "elpv_dataset"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    (package / "data" / "labels.csv").write_text("images/a.png 1.0 mono\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert table(SolarCells(), tmp_path / "cache")[0]["id"] == "a"


def test_names_the_line_that_cannot_be_read(tmp_path):
    (tmp_path / "labels.csv").write_text("images/a.png 1.0 mono\nimages/b.png much mono\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 2 is 'images/b.png much mono'"):
        SolarCells(tmp_path).fetch(tmp_path)


def test_names_the_file_that_is_missing(tmp_path):
    with pytest.raises(DataError, match=r"needs .*labels.csv, and it is not there"):
        SolarCells(tmp_path / "nothing").fetch(tmp_path)
