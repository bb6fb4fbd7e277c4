import json
import re

import pytest

from warmstart.errors import StoreError
from warmstart.report import render, write_report
from warmstart.store import strict_json

ESCAPED = "</script><b>bold</b>"


def result(**changes):
    interval = {"value": 0.4, "low": 0.3, "high": 0.5}
    candidate = {"method": "k-means, 2", "clusters": 2, "stability": interval, "reference": 0.1, "reason": ""}
    cluster = {"rows": 2, "share": 0.5, "kept": 0.9, "words": ["good"], "representatives": ["row 1"], "labels": []}
    values = {
        "schema": "warmstart.explore/1",
        "data": "reviews.csv",
        "modality": "text",
        "rows": {"used": 4, "different": 4, "skipped": 0},
        "source": "minilm",
        "reduction": {"way": "principal components of the last stage", "dimensions": 3, "kept": 0.8},
        "chosen": {**candidate, "given": False, "sentence": "Two stand out most."},
        "candidates": [candidate, {**candidate, "method": "k-means, 3", "clusters": 3}],
        "clusters": [{**cluster, "number": 1, "name": "1: good"}, {**cluster, "number": 2, "name": ESCAPED}],
        "outliers": {"notable": 0, "rows": []},
        "duplicates": {"exact": 0, "near": None, "exact_pairs": [], "near_pairs": []},
        "map": {"way": "pca", "laid_out": 4, "sentence": "The map is flat."},
        "labels": None,
        "skipped": [],
        "next": ["warmstart report run --open"],
        "seed": 0,
        "threads": 1,
        "versions": {},
        "seconds": {"load": 1.0, "total": 2.0},
        "peak_rss_mb": 100.0,
    }
    return {**values, **changes}


def measured(middle):
    return {"value": middle, "low": middle - 0.1, "high": middle + 0.1}


LABELS = {
    "name": "topic",
    "classes": ["a", "b"],
    "rows": 4,
    "matches": [
        {"name": "minilm", "ari": measured(0.5), "nmi": {"value": 0.47}, "difference": None},
        {"name": "raw", "ari": measured(0.8), "nmi": {"value": 0.77}, "difference": measured(-0.3)},
    ],
    "table": [[2, 0], [1, 1]],
    "verdict": "harms",
    "sentence": "Transfer harms: so it is.",
}


@pytest.fixture
def folder(tmp_path):
    points = {"row": [0, 1, 2, 3], "x": [0, 1, 2, 3], "y": [0, 1, 2, 3], "cluster": [0, 0, 1, 1], "outlier": [1.0] * 4}
    points |= {"id": [f"row {row}" for row in range(4)], "label": None, "text": ["one", "two", ESCAPED, "four"]}
    cards = [[{"id": "row 1", "text": "one"}], [{"id": "row 3", "text": ESCAPED}]]
    shown = {"points": points, "clusters": cards, "outliers": [], "duplicates": []}
    strict_json.save(tmp_path / "explored.json", shown)
    strict_json.save(tmp_path / "run.json", {"config": {"data": "reviews.csv"}, "versions": {}})
    strict_json.save(tmp_path / "result.json", result())
    return tmp_path


def test_the_page_holds_all_that_its_script_draws(folder):
    page = render(folder)
    found = json.loads(re.search(r'id="points">(.*?)</script>', page, re.DOTALL)[1])
    assert found["text"][2] == ESCAPED
    assert found["names"] == ["1: good", ESCAPED]
    assert len(found["x"]) == 4


def test_what_users_write_never_becomes_markup(folder):
    page = render(folder)
    assert "<b>bold" not in page
    assert page.count("</script>") == 2


def test_the_page_loads_nothing(folder):
    page = render(folder)
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert "default-src 'none'" in page


def test_it_says_what_was_found_and_what_cannot_be_told(folder):
    page = render(folder)
    assert "2 clusters in 4 texts, found without labels" in page
    assert "Two stand out most." in page
    assert "Near duplicates cannot be told" in page
    assert "No row lies notably farther" in page
    assert 'id="labels"' not in page
    assert 'class="figure stability"' in page


def test_labels_are_shown_with_the_verdict_and_every_interval(folder):
    strict_json.save(folder / "result.json", result(labels=LABELS))
    page = write_report(folder).read_text(encoding="utf-8")
    assert "Transfer harms: so it is." in page
    assert "−0.30" in page
    assert "−0.40 to −0.20" in page


@pytest.mark.parametrize(
    ("notable", "lie", "first"),
    [(1, "1 row lies", "The farthest first"), (30, "30 rows lie", "The 1 farthest of them are here")],
)
def test_it_says_how_many_rows_lie_apart_and_how_many_of_them_are_shown(folder, notable, lie, first):
    row = {"id": "row 1", "score": 2.0, "cluster": "1: good", "sentence": "It lies far."}
    strict_json.save(folder / "result.json", result(outliers={"notable": notable, "rows": [row]}))
    shown = strict_json.load(folder / "explored.json")
    strict_json.save(folder / "explored.json", {**shown, "outliers": [{"id": "row 1", "text": "one"}]})
    assert f"{lie} notably farther" in render(folder)
    assert f"{first}; every row" in render(folder)


def test_a_given_number_has_no_figure(folder):
    strict_json.save(folder / "result.json", result(candidates=result()["candidates"][:1]))
    assert "there was nothing to choose" in render(folder)


def test_a_newer_result_is_refused_in_a_sentence(folder):
    strict_json.save(folder / "result.json", result(schema="warmstart.explore/2"))
    with pytest.raises(StoreError, match=r"must have the schema 'warmstart\.explore/1'"):
        render(folder)
