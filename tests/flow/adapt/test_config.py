from dataclasses import replace

import numpy as np
import pytest

from warmstart.core.task import Task
from warmstart.errors import OptionError
from warmstart.flow.adapt.config import AdaptConfig
from warmstart.flow.config import FitConfig

TASK = Task(("negative", "positive"), "text")


def config(**mix):
    return AdaptConfig(FitConfig("a.csv"), "b.csv", mix=mix)


def test_without_a_mix_nothing_is_known():
    assert config().check().shares(TASK) is None


def test_gives_the_shares_in_the_order_of_the_classes():
    np.testing.assert_allclose(config(positive=0.3, negative=0.7).check().shares(TASK), [0.7, 0.3])


def test_a_class_that_is_not_named_has_no_share():
    np.testing.assert_allclose(config(positive=1.0).check().shares(TASK), [0, 1])


def test_names_the_nearest_class():
    with pytest.raises(
        OptionError, match=r"no class 'positve'; there are: negative, positive. Did you mean 'positive'"
    ):
        config(positve=0.3, negative=0.7).shares(TASK)


def test_refuses_shares_that_do_not_sum_to_one():
    with pytest.raises(OptionError, match=r"must sum to 1. Got 0.9. Name every class"):
        config(positive=0.3, negative=0.6).check()


def test_refuses_a_share_outside_0_to_1():
    with pytest.raises(OptionError, match=r"from 0 to 1. Got positive=1.3"):
        config(positive=1.3, negative=-0.3).check()


@pytest.mark.parametrize(
    ("methods", "sentence"),
    [
        (("standardize",), r"`--strategy` must be one of: auto, .*Got 'standardize'\. Did you mean 'standardise'\?"),
        (("auto", "coral"), r"`--strategy` must be auto alone, or names without it\. Got auto, coral\."),
    ],
)
def test_refuses_methods_that_are_none(methods, sentence):
    with pytest.raises(OptionError, match=sentence):
        replace(config(), methods=methods).check()


def test_what_decides_the_result_is_in_the_run_file():
    found = config(positive=0.3, negative=0.7).to_json()
    assert (found["command"], found["data"], found["to"]) == ("adapt", "a.csv", "b.csv")
    assert found["mix"] == {"positive": 0.3, "negative": 0.7}
