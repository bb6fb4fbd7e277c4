from dataclasses import replace

import numpy as np

from tests.tiny_evidence import evidence
from warmstart.core.evidence import Licence
from warmstart.diagnoses.licence import Licences


def found(*licences):
    given = replace(evidence(np.array([0, 1])), licences=tuple(Licence(*one) for one in licences))
    return Licences().diagnose(given)


def test_says_aloud_what_a_licence_forbids():
    [finding] = found(("the source one", "CC BY-NC-SA 4.0"), ("the source two", "MIT"), ("the data", "CC BY-NC-SA 4.0"))
    assert (finding.code, finding.severity) == ("licence", "warning")
    assert finding.sentence == (
        "The licence of the source one, the data (CC BY-NC-SA 4.0) forbids commercial use and asks that what is made "
        "from it is passed on under the same licence."
    )
    assert "warmstart sources" in finding.remedy


def test_a_licence_that_is_not_known_is_said_too():
    [finding] = found(("the source one", "not stated"))
    assert (finding.code, finding.severity) == ("licence_unknown", "warning")
    assert finding.sentence == "What the licence of the source one allows is not known here (not stated)."


def test_every_licence_that_asks_for_something_is_a_finding():
    assert [one.numbers["licence"] for one in found(("a", "gpl-3.0-or-later"), ("b", "cc-by-nd-4.0"))] == [
        "gpl-3.0-or-later",
        "cc-by-nd-4.0",
    ]


def test_free_licences_are_named_and_nothing_is_said_where_nothing_was_borrowed():
    [finding] = found(("the source one", "Apache-2.0"))
    assert finding.severity == "passed"
    assert "the source one (Apache-2.0)" in finding.sentence
    [finding] = found()
    assert finding.severity == "passed"
    assert finding.sentence.startswith("Nothing was borrowed")
