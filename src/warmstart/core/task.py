"""What is to be predicted: the kind of task, its classes, and the metric that judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from warmstart.errors import DataError, OptionError, listed

Kind = Literal["classification"]
METRICS = ("accuracy", "balanced_accuracy", "macro_f1")
RARE = 0.2


@dataclass(frozen=True)
class Task:
    """A classification task over named classes.

    Parameters
    ----------
    classes : the class names in the order of their codes, at least two.
    modality : the name of the modality of the inputs, such as "image".
    """

    classes: tuple[str, ...]
    modality: str
    kind: Kind = "classification"

    def __post_init__(self) -> None:
        if len(self.classes) < 2:
            got = f"only '{self.classes[0]}'" if self.classes else "no labels at all"
            raise DataError(
                f"Classification needs rows of at least two classes. Got {got}. "
                "Check --target and --classes, or use a folder with one sub-folder a class."
            )


def resolve_metric(metric: str, codes: np.ndarray) -> str:
    """Return the metric that judges the task; "auto" is accuracy unless a class is rare.

    Parameters
    ----------
    metric : "auto" or one of METRICS.
    codes : class codes of the labelled rows, integers of shape (rows,).

    Raises
    ------
    OptionError : the metric is not known.
    """
    if metric in METRICS:
        return metric
    if metric != "auto":
        raise OptionError(f"The metric must be auto or one of: {listed(METRICS)}. Got '{metric}'.")
    shares = np.unique(codes, return_counts=True)[1] / max(len(codes), 1)
    return "accuracy" if shares.min() >= RARE else "balanced_accuracy"
