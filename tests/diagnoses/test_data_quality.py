from warmstart.core.evidence import DataFacts
from warmstart.core.note import Note
from warmstart.diagnoses.data_quality import quality_findings


def only(**facts):
    [finding] = quality_findings(DataFacts(rows=100, **facts))
    return finding


def test_says_that_all_is_well():
    assert only().severity == "passed"
    assert only().sentence == "All 100 rows can be read, and none repeats or contradicts another."


def test_names_unreadable_rows_with_their_reason():
    finding = only(skipped=(("a.png", "is empty"),))
    assert (finding.code, finding.severity) == ("unreadable", "note")
    assert finding.sentence == "1 row could not be used: a.png is empty."
    assert only(skipped=tuple((f"{n}.png", "is empty") for n in range(20))).severity == "warning"


def test_names_conflicting_labels():
    [conflict, _] = quality_findings(DataFacts(rows=9, exact=(("a", "b"),), conflicts=(("a", "b"),)))
    assert conflict.sentence == "1 pair of rows has the same content and different labels: a and b."


def test_says_when_near_duplicates_cannot_be_told():
    assert "Too many rows look alike" in only(near_grouped=False).sentence
    assert only(near=(("a", "b"),)).severity == "note"


def test_names_of_files_are_left_as_they_are():
    assert only(exact=(("red, large.png", "b.png"), ("c.png", "d.png"))).sentence == (
        "2 rows repeat another exactly: red, large.png and b.png; c.png and d.png."
    )


def test_says_what_becomes_of_copies():
    copies, across = DataFacts(near=(("a", "b"),)), DataFacts(near=(("a", "b"),), across=(("a", "b"),))
    remedies = [
        quality_findings(copies)[0].remedy,
        quality_findings(across)[0].remedy,
        quality_findings(copies, evaluation="new data")[0].remedy,
    ]
    assert remedies == [
        "They are kept on one side of every split.",
        "They are left out of training where your split has them on both sides.",
        "They count as one row in every interval.",
    ]


def test_names_rare_classes():
    assert only(rare={"owl": 1}).sentence == "1 class with very few rows: 'owl' (1)."


def test_passes_on_what_the_source_cannot_see():
    finding = only(notes=(Note("truncated_texts", "30% of the texts are cut.", {"share": 0.3}, "Split them."),))
    assert finding.severity == "warning"
    assert finding.remedy == "Split them."
