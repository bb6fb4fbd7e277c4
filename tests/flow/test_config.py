import importlib.util

import pytest

from warmstart.errors import MissingExtra, OptionError
from warmstart.flow.config import FitConfig
from warmstart.flow.explore.config import ExploreConfig
from warmstart.readers._base import ReadOptions
from warmstart.readers.arrays import Examples


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seed": -1}, r"`seed` must be a whole number from 0 to 2147483647\. Got -1\. Try 0"),
        ({"seed": 2**31}, r"`seed` must be a whole number .* Got 2147483648"),
        ({"threads": -1}, r"`threads` must be 0, for as many as there are, or more\. Got -1"),
        ({"metric": "f1"}, r"`metric` must be one of: auto, accuracy, .* Got 'f1'\. Try auto"),
    ],
)
def test_what_it_may_not_be_is_refused_before_anything_is_read(options, sentence):
    with pytest.raises(OptionError, match=sentence):
        FitConfig("photos", **options).check()


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("photos", ReadOptions(attributes=("site",))),
        (Examples(["a"], ["b"], attributes={"site": ["n"]}), ReadOptions()),
    ],
)
def test_columns_to_audit_are_refused_at_once_where_they_cannot_be(data, options, monkeypatch):
    assert FitConfig(data, options=options).check()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        MissingExtra, match=r"No columns can be audited: .*Install it with `pip install 'warmstart\[audi"
    ):
        FitConfig(data, options=options).check()
    assert FitConfig("photos").check()


@pytest.mark.parametrize("options", [{"seed": -1}, {"threads": -1}])
def test_explore_refuses_the_same(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        ExploreConfig("photos", **options).check()


def test_the_defaults_are_fine():
    assert FitConfig("photos").check() == FitConfig("photos")
