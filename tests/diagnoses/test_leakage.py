from warmstart.core.evidence import DataFacts
from warmstart.diagnoses.leakage import leakage_findings


def test_names_duplicates_across_the_users_split():
    [finding] = leakage_findings(DataFacts(rows=4, across=(("train/a.png", "test/a.png"),)))
    assert finding.sentence == "Your split puts the same content on both sides once: train/a.png and test/a.png."


def test_names_rows_that_the_source_saw():
    [finding] = leakage_findings(DataFacts(rows=4, overlap=("a.png",)))
    assert finding.code == "leakage_source_rows"
    assert finding.sentence == "The source has seen 1 of these rows (25%) before: a.png."


def test_says_that_nothing_leaks():
    assert leakage_findings(DataFacts(rows=4))[0].severity == "passed"
