"""Every diagnosis must fire on one example and stay silent on the other."""

import pytest

from warmstart.core.catalog import parts
from warmstart.errors import NotApplicable

LOUD = ("harm", "warning")


@pytest.mark.parametrize("diagnosis", parts("diagnoses"), ids=lambda diagnosis: diagnosis.name)
class TestEveryDiagnosis:
    def test_fires_on_its_first_example(self, diagnosis):
        fires, _ = diagnosis.example()
        found = diagnosis().diagnose(fires)
        assert any(finding.severity in LOUD for finding in found)

    def test_is_silent_on_its_second_example(self, diagnosis):
        _, silent = diagnosis.example()
        try:
            found = diagnosis().diagnose(silent)
        except NotApplicable:
            return
        assert found
        assert not any(finding.severity in LOUD for finding in found)

    def test_speaks_in_sentences(self, diagnosis):
        for finding in diagnosis().diagnose(diagnosis.example()[0]):
            assert finding.sentence.endswith(".")
            assert finding.code
            assert finding.severity == "passed" or finding.remedy
