from warmstart.core.finding import Finding, about_data
from warmstart.report.findings import findings


def found(*pairs):
    return {"findings": [Finding(*pair, "S.").to_json() for pair in pairs]}


def test_puts_the_gravest_first_and_the_data_apart():
    result = found(("bias", "note"), ("negative-transfer", "harm"))
    result["findings"] += [one.to_json() for one in about_data([Finding("near-duplicates", "warning", "S.")])]
    assert [g.severity for g in findings(result, about_data=False)] == ["harm", "note"]
    assert [g.findings[0].code for g in findings(result, about_data=True)] == ["near-duplicates"]


def test_gives_every_severity_its_own_symbol():
    result = found(*((f"code{n}", s) for n, s in enumerate(("harm", "warning", "note", "passed", "not applicable"))))
    symbols = [group.symbol for group in findings(result, about_data=False)]
    assert len(set(symbols)) == 5


def test_keeps_a_severity_that_it_does_not_know():
    assert findings(found(("x", "strange")), about_data=False)[0].severity == "strange"
