import csv
import shlex

import numpy as np
import pytest

from tests.flow import tiny_runs
from warmstart.core.card import Card
from warmstart.errors import DataError, OptionError, RunConflict
from warmstart.flow.explore import rows as explored_rows
from warmstart.flow.explore.config import ExploreConfig
from warmstart.flow.explore.experiment import cluster_names, explore
from warmstart.flow.explore.unlabelled import read_unlabelled
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.sources._tiny import tiny_folder
from warmstart.store import strict_json
from warmstart.store.cache import Cache

ROWS = 40


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explore")
    tiny_runs.photos(folder / "photos", ROWS, seed=0)
    first = folder / "photos" / "red" / "000.png"
    (folder / "photos" / "red" / "copy.png").write_bytes(first.read_bytes())
    tiny_folder(folder / "source", "resnet")
    tiny_folder(folder / "words", "bert")
    return folder


def command(home, **changes):
    values = {
        "data": str(home / "photos"),
        "labels": "folder",
        "source": str(home / "source"),
        "clusters": 2,
        "map": "pca",
        "out": home / "run",
        "threads": 1,
    }
    return ExploreConfig(**values | changes)


@pytest.fixture(scope="module")
def finished(home):
    return explore(command(home))


def proposed(*words):
    return shlex.join(["warmstart", *map(str, words)])


def written(finished):
    with (finished.folder / "clusters.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_result_says_what_was_found(home, finished):
    result, data, source = finished.result, str(home / "photos"), str(home / "source")
    assert result["schema"] == "warmstart.explore/1"
    assert result["rows"] == {"used": ROWS + 1, "different": ROWS, "skipped": 0}
    assert sum(cluster["rows"] for cluster in result["clusters"]) == ROWS + 1
    assert result["duplicates"]["exact_pairs"] == [["red/000.png", "red/copy.png"]]
    assert result["next"][2] == proposed("fit", data, "--source", source)
    assert result == strict_json.load(finished.folder / "result.json")
    assert all(result["seconds"][step] >= 0 for step in ("load", "embed", "cluster", "map", "deliver", "total"))


def test_every_row_is_in_the_table_and_copies_are_in_the_same_cluster(finished):
    rows = written(finished)
    assert list(rows[0]) == ["row", "id", "cluster", "name", "outlier_score", "x", "y"]
    assert len(rows) == ROWS + 1
    by_id = {row["id"]: row for row in rows}
    assert by_id["red/000.png"]["cluster"] == by_id["red/copy.png"]["cluster"]
    assert by_id["red/000.png"]["x"] == by_id["red/copy.png"]["x"]


def test_the_bundle_puts_the_files_into_the_clusters_of_the_table(home, finished):
    rows = written(finished)
    bundle = Bundle.open(finished.folder / "bundle")
    assert bundle.no_feature_reference.startswith("it is not measured for clusters")
    cells = [str(home / "photos" / row["id"]) for row in rows]
    with Decoder(workers=1) as decoder:
        found = bundle.predict(cells, decoder=decoder, threads=1)
    assert [found.classes[code] for code in found.codes] == [row["name"] for row in rows]
    assert bundle.manifest["strategy"] == "clusters"
    assert not bundle.manifest["is_control"]


def test_labels_are_compared_with_the_same_on_raw_inputs(finished):
    matched = finished.result["labels"]
    assert [one["name"] for one in matched["matches"]] == [
        f"{name}, 2 clusters" for name in ("source", "raw pixels", "PCA of HOG")
    ]
    own, pixels, hog = matched["matches"]
    assert own["difference"] is None
    for raw in (pixels, hog):
        assert raw["difference"]["value"] == pytest.approx(own["ari"]["value"] - raw["ari"]["value"])
        assert raw["difference"]["low"] <= raw["difference"]["value"] <= raw["difference"]["high"]
    assert np.sum(matched["table"]) == matched["rows"] == ROWS
    assert matched["seen_before"] == 0
    assert matched["verdict"] in ("helps", "harms", "no evidence")
    assert "adjusted Rand index" in matched["sentence"]


def test_labels_on_rows_that_trained_the_source_do_not_judge_it(home, monkeypatch):
    with Decoder(workers=1) as decoder:
        rows, _ = read_unlabelled(str(home / "photos"), decoder=decoder, cache=Cache(home / "cache"))
    seen = [frozenset(rows.dataset.hashes[:12]), frozenset(rows.dataset.hashes)]
    monkeypatch.setattr(Card, "rows_seen", lambda card: seen[0])
    matched = explore(command(home, out=home / "some-seen")).result["labels"]
    assert matched["seen_before"] == sum(key in seen[0] for key in rows.dataset.hashes)
    assert matched["rows"] == len(rows.distinct) - 12
    monkeypatch.setattr(Card, "rows_seen", lambda card: seen[1])
    with pytest.raises(
        DataError, match=r"not seen\. It has seen 41 of the 41 rows with 'folder'\. Name another --source"
    ):
        explore(command(home, out=home / "all-seen"))


def test_a_finished_run_is_read_and_another_command_is_refused(home, finished):
    again = explore(command(home))
    assert again.finished_before
    assert again.result == finished.result
    with pytest.raises(RunConflict, match="clusters=2, and this command says clusters=3"):
        explore(command(home, clusters=3))


def test_the_same_seed_gives_the_same_table(home, finished):
    again = explore(command(home, out=home / "again", labels=None))
    assert written(again) == written(finished)
    assert again.result["labels"] is None
    said = [home / "photos", "--labels", "folder", "--source", home / "source", "--clusters", 2, "--map", "pca"]
    assert again.result["next"][2] == proposed("explore", *said, "--out", home / "again-labels")


def test_what_is_proposed_reads_a_table_of_images_as_it_was_read(home):
    images = home / "images.csv"
    files = [f"photos/{colour}/{row:03d}.png" for row in range(12) for colour in (("red", "blue")[row % 2],)]
    images.write_text("name,file\n" + "".join(f"{file},{file}\n" for file in files), encoding="utf-8")
    found = explore(command(home, data=str(images), inputs=("file",), labels=None, seed=3, out=home / "images"))
    said = [images, "--labels", "COLUMN", "--source", home / "source", "--clusters", 2, "--map", "pca"]
    options = ["--out", home / "images-labels", "--input", "file", "--seed", 3]
    assert found.result["next"][2] == proposed("explore", *said, *options)


def test_the_page_gets_every_point_with_its_picture(finished):
    shown = strict_json.load(finished.folder / "explored.json")["points"]
    assert len(shown["row"]) == ROWS + 1
    assert sorted(shown["picture"]) == list(range(ROWS + 1))


def test_of_many_rows_the_wanted_ones_are_drawn():
    some = explored_rows._some_of(np.arange(1000), 50, np.array([3, 999, 3]), 0)
    assert len(np.unique(some)) == 50
    assert {3, 999} <= set(some.tolist())


def test_so_many_clusters_that_every_row_is_its_own_are_refused(home):
    with pytest.raises(
        OptionError, match=r"must be at most 20 here: with more than half.*every row is its own cluster"
    ):
        explore(command(home, clusters=30, out=home / "many"))
    with pytest.raises(OptionError, match="one tells nothing apart"):
        explore(command(home, clusters=1, out=home / "one"))


def test_texts_are_named_by_their_words(home):
    rows = [
        (f"good film {word} very" if row % 2 else f"bad {word} not a film") for row, word in enumerate("abcdefghijkl")
    ]
    (home / "texts.csv").write_text("text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = explore(
        ExploreConfig(str(home / "texts.csv"), source=str(home / "words"), clusters=2, map="pca", out=home / "texts")
    )
    assert all(cluster["words"] for cluster in found.result["clusters"])
    assert {cluster["name"][:3] for cluster in found.result["clusters"]} == {"1: ", "2: "}


def test_names_of_clusters_differ_even_where_their_words_do_not():
    assert len(set(cluster_names([["good"], ["good"], []]))) == 3
