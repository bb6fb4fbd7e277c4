import pytest

from warmstart.core import wording
from warmstart.errors import OptionError


def test_says_no_evidence_for_either_side():
    gain = {"metric": "macro_f1", "value": -0.002, "low": -0.01, "high": 0.006, "verdict": "no evidence"}
    said = wording.verdict(gain)
    assert said == ("No evidence that transfer helps or harms: −0.2 points of macro-F1 (95 % interval −1.0 to +0.6).")


def test_never_shows_a_signed_zero():
    assert wording.signed(-0.0001) == "0.0"


def test_shows_what_is_unknown_as_not_measured():
    assert wording.percent_interval(None) == "not measured"
    assert wording.measure("log_loss", {}) == "not measured"
    assert wording.verdict(None) == "Whether transfer helps was not measured."


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ({"value": 0, "low": -40, "high": 20}, "transfer saves none"),
        ({"value": 300, "low": -40, "high": 700}, "about 300 more labels (0 to 700)"),
        ({"value": None, "low": 5000, "high": None, "within": 9000}, "would not match within 9,000 more labels; it"),
        ({"value": None, "low": None, "high": None, "reason": "Too dear."}, "was not measured: Too dear."),
        (None, "was not measured."),
    ],
)
def test_says_how_many_labels_are_saved(saved, said):
    assert said in wording.labels_saved(saved)


@pytest.mark.parametrize("text", ["", "m", "-5m", "0", "5 parsecs", "nan", "inf"])
def test_refuses_what_is_no_time(text):
    with pytest.raises(OptionError, match="must be a time above 0, such as 90s, 5m or 1h"):
        wording.seconds_of(text)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600), ("0.5m", 30)])
def test_reads_times(text, seconds):
    assert wording.seconds_of(text) == seconds


def test_saves_no_labels_where_the_control_is_already_as_good():
    beyond = {"value": None, "low": None, "high": None, "within": 9000}
    assert "transfer saves none" in wording.labels_saved(beyond, gain={"value": -0.02})
    assert "would not match within 9,000 more labels." in wording.labels_saved(beyond, gain={"value": 0.02})
