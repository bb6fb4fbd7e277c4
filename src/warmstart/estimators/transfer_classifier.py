"""The classifier that runs the whole experiment of `warmstart fit`, and learns on with `update`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from warmstart.errors import OptionError
from warmstart.estimators._from_bundle import ClassifiesFromBundle
from warmstart.estimators._inputs import goes_to_255, labels_by_name, names, one_a_row, plain, seconds
from warmstart.runtime.bundle import Bundle


class TransferClassifier(ClassifiesFromBundle):
    """Adapts a pre-trained source to labelled images or texts, and measures whether that helped.

    Parameters
    ----------
    source, strategy : names, or "auto"; as `--source` and `--strategy` of the command line.
    cut : the stage to cut after, or "auto".
    metric : "auto", "accuracy", "balanced_accuracy" or "macro_f1".
    test_size : share of the rows that is sealed for the evidence (with fewer than 1,000 rows every row
        is tested, by five outer folds); the delivered model is not fitted on it.
    tolerance : what a model that forgets less of the source may lose, as a share.
    budget : time from the call to the verified model, such as "90s", "5m", or seconds.
    seed : of everything random.
    threads : processor threads; None for as many as there are.
    precision : "auto", "fp32" or "int8": what the delivered graph computes in.
    reference : the path of labelled rows of what the source knew, on which to measure what it forgets: a folder
        of class folders or a table, as `--reference`; None measures it on the inputs alone.
    l2_sp : how strongly `partial` and `full` hold weights near the source's; 0 for none, as `--l2-sp`.
    out : a run folder that is kept, and from which a stopped fit goes on; None for a temporary one.

    Attributes
    ----------
    classes_ : the labels, sorted, in the order of the columns of `predict_proba`.
    result_ : what result.json holds.
    evidence_ : per-row predictions of the delivered model and of every control on identical test rows.
    findings_ : what the diagnoses found.

    Examples
    --------
    >>> from warmstart import TransferClassifier
    >>> model = TransferClassifier(budget="2m").fit(paths, labels)  # doctest: +SKIP
    >>> model.result_["transfer_gain"]["verdict"]  # doctest: +SKIP
    'helps'
    """

    def __init__(
        self,
        source: str | Sequence[str] = "auto",
        strategy: str | Sequence[str] = "auto",
        *,
        cut: str = "auto",
        metric: str = "auto",
        test_size: float = 0.2,
        tolerance: float = 0.003,
        budget: str | float = "5m",
        seed: int = 0,
        threads: int | None = None,
        precision: str = "auto",
        reference: str | Path | None = None,
        l2_sp: float = 0.0,
        out: str | Path | None = None,
    ) -> None:
        self.source = source
        self.strategy = strategy
        self.cut = cut
        self.metric = metric
        self.test_size = test_size
        self.tolerance = tolerance
        self.budget = budget
        self.seed = seed
        self.threads = threads
        self.precision = precision
        self.reference = reference
        self.l2_sp = l2_sp
        self.out = out

    def fit(
        self,
        X: Any,
        y: Sequence[Any],
        *,
        groups: Sequence[Any] | None = None,
        attributes: Mapping[str, Sequence[Any]] | None = None,
    ) -> Self:
        """Run the experiment on inputs and labels.

        Parameters
        ----------
        X : paths, texts, PIL images, encoded images, or an array of images (rows, height, width[, 3]).
        y : the label of every row.
        groups : rows that belong together share a value; they are never split apart.
        attributes : columns to audit, by name.

        Raises
        ------
        DataError, SourceError, BudgetError : what the caller can mend.
        """
        from warmstart.flow.experiment import fit
        from warmstart.readers.arrays import Examples

        y = one_a_row(y)
        examples = Examples(X, plain(y), groups, dict(attributes or {}))
        folder = self._folder()
        outcome = fit(self._config(examples, folder))
        self.result_ = outcome.result
        self._up_to_255 = goes_to_255(X)
        self._attach(Bundle.open(folder / "bundle"), labels_by_name(y))
        return self

    def update(
        self,
        X: Any,
        y: Sequence[Any],
        *,
        groups: Sequence[Any] | None = None,
        test_size: float = 0.2,
        most_forgotten: float = 0.01,
        force: bool = False,
        out: str | Path | None = None,
    ) -> Self:
        """Return a model that knows further rows too, also of new classes; this one stays as it is.

        The network stays and the head grows, from what the bundle stores of its classes and not from the rows
        that it was fitted on. `result_["update"]` says what became of the old classes.

        Parameters
        ----------
        X, y, groups : the new rows, as of `fit`.
        test_size : share of the new rows that is held back to test on, from 0 to 0.5.
        most_forgotten : what the old classes may lose in accuracy on their own test rows, as a share.
        force : keep the update also where they lose more.
        out : a run folder that is new or empty; None for a temporary one.

        Raises
        ------
        DataError : the old classes lose more than they may, or a new class differs from another by case alone.
        OptionError : a share is outside what it may be.
        RunConflict : the run folder holds something.
        BundleError : the model stores too little of its classes, because it was fitted on too few rows.
        """
        check_is_fitted(self, "bundle_")
        from warmstart.flow.update.growing import Terms, update_bundle
        from warmstart.readers._base import ReadOptions
        from warmstart.readers.arrays import Examples
        from warmstart.runtime.decode import Decoder
        from warmstart.store.cache import Cache

        y = one_a_row(y)
        grown: Self = clone(self).set_params(out=out)
        grown._up_to_255 = self._up_to_255 or goes_to_255(X)
        folder, examples = grown._folder(), Examples(X, plain(y), groups, up_to_255=grown._up_to_255)
        terms = Terms(test_size, most_forgotten, force, seed=self.seed)
        with Decoder() as decoder:
            grown.result_ = update_bundle(
                self.bundle_, examples, ReadOptions(), folder, terms,
                decoder=decoder, threads=self.threads, cache=Cache(),
            )  # fmt: skip
        grown._attach(Bundle.open(folder / "bundle"), {**labels_by_name(y), **self._labels()})
        return grown

    def _config(self, data: Any, out: Path) -> Any:
        """Return the parameters as the experiment's configuration."""
        from warmstart.flow.config import FitConfig

        return FitConfig(
            data=data,
            out=out,
            source=names(self.source),
            strategy=names(self.strategy),
            cut=self.cut,
            metric=self.metric,
            test_size=self.test_size,
            tolerance=self.tolerance,
            budget=seconds(self.budget),
            seed=self.seed,
            threads=self.threads or 0,
            precision=self.precision,
            reference=self._reference(),
            l2_sp=self.l2_sp,
        )

    def _reference(self) -> str | None:
        """Return the path of the reference set, if there is one that can be read."""
        from warmstart.flow.load import find_reader

        if self.reference is None:
            return None
        if not isinstance(self.reference, str | Path):
            got = type(self.reference).__name__
            raise OptionError(f"`reference` must be the path of a folder of class folders, or of a table. Got a {got}.")
        find_reader(Path(self.reference))
        return str(self.reference)
