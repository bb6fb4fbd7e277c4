import numpy as np
import pytest

from warmstart.core.task import Task, resolve_metric
from warmstart.errors import DataError, OptionError


def codes(*counts):
    return np.repeat(np.arange(len(counts)), counts)


@pytest.mark.parametrize(
    ("counts", "metric"),
    [((50, 50), "accuracy"), ((80, 20), "accuracy"), ((81, 19), "balanced_accuracy"), ((40, 40, 20), "accuracy"),
     ((500, 499, 1), "balanced_accuracy")],
)  # fmt: skip
def test_auto_is_accuracy_unless_a_class_has_less_than_a_fifth_of_the_rows(counts, metric):
    assert resolve_metric("auto", codes(*counts)) == metric


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1"])
def test_a_named_metric_is_taken_whatever_the_classes(metric):
    assert resolve_metric(metric, codes(99, 1)) == metric


def test_an_unknown_metric_is_refused_with_those_there_are():
    with pytest.raises(OptionError) as refused:
        resolve_metric("f1", codes(5, 5))
    assert str(refused.value) == ("The metric must be auto or one of: accuracy, balanced_accuracy, macro_f1. Got 'f1'.")


@pytest.mark.parametrize(("classes", "got"), [((), "no labels at all"), (("cat",), "only 'cat'")])
def test_fewer_than_two_classes_are_refused(classes, got):
    with pytest.raises(DataError, match=rf"needs rows of at least two classes\. Got {got}\. Check --target"):
        Task(classes, "image")


def test_two_classes_are_enough():
    assert Task(("a", "b"), "text").kind == "classification"
