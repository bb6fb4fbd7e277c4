"""Everything that was measured, with no model inside; a diagnosis only interprets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from warmstart.core.note import Note
from warmstart.core.task import Task

Evaluation = Literal["held-out", "cross-fitted", "new data", "updated"]


@dataclass(frozen=True)
class Predictions:
    """One model's answers on the test rows: probabilities (rows, classes) and decided codes (rows,)."""

    proba: np.ndarray
    codes: np.ndarray


@dataclass(frozen=True)
class Validation:
    """What the delivered model answered on its validation rows, before it was fitted again on them too.

    Parameters
    ----------
    truth : class codes (rows,).
    answered : calibrated probabilities and decided codes.
    temperature : by what its logits were divided; 1 leaves them as they are.
    """

    truth: np.ndarray
    answered: Predictions
    temperature: float = 1.0


@dataclass(frozen=True)
class CurvePoint:
    """A point of a learning curve: a model fitted on `labels` rows answered these codes on the test rows.

    Parameters
    ----------
    stand_in : the cheaper model that was fitted, where `model` is too dear to fit again and again.
    share : of the rows, that was drawn: repeats of one may be of other sizes, where whole groups are drawn; None in
        evidence from before it was kept.
    """

    model: str
    labels: int
    codes: np.ndarray
    stand_in: str = ""
    share: float | None = None


@dataclass(frozen=True)
class OutOfFold:
    """What a probe answers for every labelled row, fitted on the folds that do not hold it.

    Parameters
    ----------
    ids : what a person calls each row.
    parts : for what each row was used: "train", "validation" or "test".
    given : the label that each row came with, as a class code (rows,).
    proba : (rows, classes).
    """

    ids: tuple[str, ...]
    parts: tuple[str, ...]
    given: np.ndarray
    proba: np.ndarray


@dataclass(frozen=True)
class Measured:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Retention:
    """How much of the untouched source is left in the delivered model, on some inputs.

    Parameters
    ----------
    on : "your inputs" (of the task) or "reference" (a set that the user brought).
    agreement : share of rows for which the source's own head answers as before; None where it has none.
    neighbours : share of every row's ten nearest rows that still are.
    similarity : debiased linear CKA by stage, of the stages that vary over the rows.
    accuracy : of the source's own head on labelled reference rows: before, after, and the change, paired.
    labelled : how many reference rows have a label that the head knows.
    """

    on: str
    rows: int
    agreement: Measured | None
    neighbours: Measured
    similarity: Mapping[str, float]
    accuracy: tuple[Measured, Measured, Measured] | None = None
    labelled: int = 0


@dataclass(frozen=True)
class FrontierPoint:
    """Weights at a share of the way from the source and its probe (0) to the chosen ones (1), on validation rows.

    Parameters
    ----------
    metric : of the task.
    retention : agreement of the source's own head with itself before; shared neighbours where it has none.
    """

    share: float
    metric: Measured
    retention: Measured


@dataclass(frozen=True)
class Forgetting:
    """What is left of the source.

    Parameters
    ----------
    base, delivered : hashes of the untouched source's weights and of the delivered ones.
    head_labels : how many answers the source's own head can give; 0 where it has none.
    """

    base: str
    delivered: str
    head_labels: int = 0
    retained: tuple[Retention, ...] = ()
    frontier: tuple[FrontierPoint, ...] = ()


@dataclass(frozen=True)
class Shortcut:
    """Something beside the content that tells the class by itself.

    Parameters
    ----------
    name : what it is, such as "the file format" or "the column 'site'".
    seen : whether the model sees it.
    tells : balanced accuracy of a small tree that reads nothing else, cross-fitted on training rows.
    classes, rows : how many were told apart, on how many rows.
    """

    name: str
    seen: bool
    tells: Measured
    classes: int
    rows: int


@dataclass(frozen=True)
class Licence:
    """Under what something that the model is made from may be used: "the source lite0", and its licence as stated."""

    of: str
    licence: str


@dataclass(frozen=True)
class Repeated:
    """What copies on both sides of the user's split would do to a score: a probe fitted with them and without.

    Parameters
    ----------
    places : which test rows stand among the training rows too (repeated,).
    copies : how many training rows repeat a test row.
    fitted_with, fitted_without : class codes that the probe answers on the test rows (rows,).
    """

    places: np.ndarray
    copies: int
    fitted_with: np.ndarray
    fitted_without: np.ndarray


@dataclass(frozen=True)
class Novelty:
    """How unlike the training rows each test row is, in the features of the delivered model.

    Parameters
    ----------
    p_values : how likely a row like the training rows is as far from them (rows,); not a number where the model
        that answered the row has nothing to compare with.
    reason : why not every row has one, as a clause; "" where every row does.
    columns : where each row lies, as the bundle's feature reference has it (rows, columns + 1), from which an update
        of the bundle tells what becomes of the row; None where other models than the bundle's answered.
    distances : with how many distances each row was compared, the fewest of any row; 0 in evidence from before it
        was kept.
    """

    p_values: np.ndarray
    reason: str = ""
    columns: np.ndarray | None = None
    distances: int = 0


@dataclass(frozen=True)
class DataFacts:
    """What loading found out about the rows.

    Parameters
    ----------
    exact, near : pairs of row ids whose contents are equal, or equal but for re-encoding.
    conflicts : pairs of ids with equal content and different labels.
    skipped : id and reason of every row left out.
    rare : classes with fewer rows than can be split, with their counts.
    across : duplicate pairs that a split given by the user puts on both sides.
    overlap : ids of rows that the source saw before.
    notes : further sentences about the inputs (truncated texts, unknown script), with their numbers.
    shortcuts : what beside the content tells the class by itself, on training rows; None where nobody looked.
    """

    rows: int = 0
    exact: tuple[tuple[str, str], ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    conflicts: tuple[tuple[str, str], ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    rare: Mapping[str, int] = field(default_factory=dict)
    across: tuple[tuple[str, str], ...] = ()
    overlap: tuple[str, ...] = ()
    near_grouped: bool = True
    notes: tuple[Note, ...] = ()
    shortcuts: tuple[Shortcut, ...] | None = None


@dataclass(frozen=True)
class Evidence:
    """Per-row predictions of the chosen model and of every control on identical test rows, and more.

    Parameters
    ----------
    ids : what a person calls each test row.
    truth : class codes (rows,).
    chosen, candidate, control : names into `predictions`: what is delivered; the best transferred
        candidate and the best control, both as named on validation.
    predictions : per model name, its answers on the test rows.
    groups : rows resampled together, or None.
    attributes : columns to audit, (rows,) each.
    curve : points of learning curves of the best control and of what is delivered.
    labels : on how many rows the control was fitted, and the candidate too unless time lacked to fit it again.
    data : what loading found.
    out_of_fold : a probe's answers for all labelled rows, to judge their labels by; None where not measured.
    forgetting : what is left of the source; None where nothing is borrowed, or it was not measured.
    seconds : by step of the run.
    hashes : the content hash of each test row, by which runs find the rows that both were tested on.
    other_sources : names into `predictions` of models that another source gave under the candidate's strategy,
        or as a probe where that was trained in epochs.
    not_compared : why no other source was, as the end of a sentence; "" where one was or nothing is audited.
    no_control : why no control answered these rows, as the end of a sentence, so that `control` names what is
        delivered though it is none; "" where one did.
    validation : what the delivered model answered on validation rows.
    abstain_below : per test row (rows,) the probability below which the delivered model abstains, chosen
        without that row, 0 where no threshold was found; None in evidence from before it was looked for.
    licences : of the source and its ancestors where something is borrowed, and of the data where it is known.
    repeated : what copies across the user's split would do to the score; None where there are none.
    novelty : how unlike the training rows each test row is; None in evidence from before it was measured.
    """

    task: Task
    metric: str
    evaluation: Evaluation
    ids: tuple[str, ...]
    truth: np.ndarray
    chosen: str
    candidate: str
    control: str
    predictions: Mapping[str, Predictions]
    groups: np.ndarray | None = None
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)
    curve: tuple[CurvePoint, ...] = ()
    labels: int = 0
    data: DataFacts = field(default_factory=DataFacts)
    seconds: Mapping[str, float] = field(default_factory=dict)
    hashes: tuple[str, ...] = ()
    out_of_fold: OutOfFold | None = None
    forgetting: Forgetting | None = None
    other_sources: tuple[str, ...] = ()
    not_compared: str = ""
    no_control: str = ""
    validation: Validation | None = None
    abstain_below: np.ndarray | None = None
    repeated: Repeated | None = None
    licences: tuple[Licence, ...] = ()
    novelty: Novelty | None = None

    @property
    def of_a_fit(self) -> bool:
        """Whether it was measured when a model was fitted, and not later, on a bundle."""
        return self.evaluation in ("held-out", "cross-fitted")
