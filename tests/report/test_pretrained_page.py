import pytest

from warmstart.errors import StoreError
from warmstart.report import render
from warmstart.report.probe_figure import probe_figure
from warmstart.store import strict_json

INTERVAL = {"value": 0.4, "low": 0.3, "high": 0.5}
JUDGEMENT = {
    "data": "photos",
    "rows": 1200,
    "seen_before": 0,
    "classes": ["red", "blue"],
    "metric": "accuracy",
    "repeats": 3,
    "folds": 5,
    "old": {"value": 0.8, "low": 0.78, "high": 0.82},
    "new": {"value": 0.76, "low": 0.74, "high": 0.78},
    "difference": {"value": -0.04, "low": -0.05, "high": -0.03},
    "detectable": 0.012,
    "verdict": "worse",
    "sentence": "mine is worse than lite: −4.0 points of accuracy.",
    "advice": "Stay with lite: fit with it, not with the new source.",
}


FEW = {
    "ways": 3,
    "shots": 5,
    "held_out": "classes",
    "tasks": 3000,
    "old": {"value": 0.712, "low": 0.68, "high": 0.74},
    "new": {"value": 0.74, "low": 0.71, "high": 0.77},
    "difference": {"value": 0.028, "low": 0.011, "high": 0.045},
    "verdict": "better",
    "sentence": "3-way 5-shot accuracy rose.",
    "advice": "Fit with the new source.",
    "sets": ["emoji"],
    "classes": {"trained": ["food"], "chosen_by": ["<b>flags</b>"], "reported_on": ["<b>flags</b>"]},
    "rows": {"trained": 900, "chosen_by": 80, "reported_on": 85},
}


def result(**changes):
    values = {
        "schema": "warmstart.pretrain/1",
        "name": "mine",
        "data": "<b>unlabelled</b>",
        "modality": "image",
        "source": "lite",
        "method": {"name": "vicreg", "summary": "views alike"},
        "cut": "block_8",
        "rows": {"trained": 900, "held": 100, "copies": 3, "judged": 0, "skipped": 2},
        "probe": {
            "what": "Pieces matched",
            "about": "Two pieces of each of 100 held-out inputs look for each other.",
            "pairs": 100,
            "chance": 0.052,
            "untouched": {"value": 0.3, "low": 0.25, "high": 0.35},
            "best": INTERVAL,
            "difference": {"value": 0.1, "low": 0.05, "high": 0.15},
            "sentence": "It rose.",
        },
        "rounds": [
            {"round": 1, "loss": 2.0, "probe": 0.35, "seconds": 1.0},
            {"round": 2, "loss": 1.5, "probe": 0.4, "seconds": 1.0},
            {"round": 3, "loss": 1.4, "probe": 0.38, "seconds": 1.0},
        ],
        "stopped": {"best_round": 2, "sentence": "It stopped by itself."},
        "few_examples": None,
        "judgement": JUDGEMENT,
        "sentence": f"{JUDGEMENT['sentence']} {JUDGEMENT['advice']}",
        "next": ["warmstart report run --open"],
        "skipped": [],
        "seed": 0,
        "threads": 1,
        "versions": {},
        "seconds": {"load": 1.0, "pretrain": 5.0, "total": 6.0},
        "peak_rss_mb": 100.0,
    }
    return {**values, **changes}


@pytest.fixture
def page(tmp_path):
    def rendered(**changes):
        (tmp_path / "bundle").mkdir(exist_ok=True)
        strict_json.save(tmp_path / "result.json", result(**changes))
        strict_json.save(tmp_path / "run.json", {"config": {"seed": 0}, "plan": {"budget_seconds": 300.0}})
        manifest = {
            "source": {"name": "lite", "sha256": "a" * 64, "origin": "package", "licence": "MIT"},
            "lineage": [
                {"name": "lite", "origin": "package", "sha256": "a" * 64, "licence": "MIT", "rows": 0},
                {"name": "mine", "origin": "result:mine", "sha256": "b" * 64, "licence": "MIT", "rows": 1000},
            ],
            "files": {},
        }
        strict_json.save(tmp_path / "bundle" / "manifest.json", manifest)
        return render(tmp_path)

    return rendered


def test_the_page_opens_with_the_verdict_and_the_advice(page):
    html = page()
    assert "mine is worse than lite: −4.0 points of accuracy. Stay with lite" in html
    assert 'class="symbol harms"' in html
    assert "76.0\u00a0% (74.0–78.0)" in html
    assert "−5.0 to −3.0" in html
    assert '<td class="n">1,000</td>' in html
    assert "<pre>warmstart report run --open</pre>" in html


def test_without_labels_the_page_says_that_it_was_not_judged(page):
    html = page(judgement=None, sentence="Whether it is better was not judged.")
    assert "It was not judged: no labels were given. Give labelled data with --judge." in html
    assert 'class="symbol no-evidence"' in html


def test_what_was_learned_from_few_examples_is_told_with_its_classes_and_interval(page):
    html = page(judgement=None, few_examples=FEW, sentence=FEW["sentence"])
    assert 'class="symbol helps"' in html
    assert "3,000 tasks of 3 classes with 5 examples each, the same for both sources" in html
    assert "Their classes were never trained on: &lt;b&gt;flags&lt;/b&gt;. Trained on: food." in html
    assert "74.0\u00a0% (71.0–77.0)" in html
    assert "The difference is +2.8 points (95\u00a0% interval +1.1 to +4.5): better." in html
    assert "It was not judged on a task: no labels of one were given." in html


def test_where_rows_were_held_out_the_page_claims_nothing_of_new_classes(page):
    html = page(few_examples={**FEW, "held_out": "rows"})
    assert "Too few classes to hold any out: this says how well" in html
    assert "never trained on" not in html


def test_what_the_user_named_is_escaped(page):
    html = page()
    assert "<b>unlabelled</b>" not in html
    assert "&lt;b&gt;unlabelled&lt;/b&gt;" in html


def test_a_newer_schema_is_refused(page):
    with pytest.raises(StoreError, match=r"must have the schema 'warmstart\.pretrain/1'\. Got 'warmstart\.pretrain/2'"):
        page(schema="warmstart.pretrain/2")


def test_the_figure_has_a_point_a_round_and_the_untouched_source():
    drawn = str(probe_figure(result()))
    assert drawn.count('class="mark"') == 4
    assert drawn.count('class="ring"') == 1
    assert "Untouched 0.300; best 0.400 in round 2 of 3." in drawn
