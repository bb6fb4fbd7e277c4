"""The classifier for inputs without labels, learned from labelled ones of another domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from sklearn.utils.validation import check_is_fitted

from warmstart.estimators._from_bundle import ClassifiesFromBundle
from warmstart.estimators._inputs import goes_to_255, labels_by_name, names, one_a_row, plain, seconds
from warmstart.runtime.bundle import Bundle


class DomainAdaptationClassifier(ClassifiesFromBundle):
    """Adapts a source domain's labels to the inputs of a target domain, as `warmstart adapt` does.

    Where the evidence for adapting is not good, it answers as a model of the source domain alone would.

    Parameters
    ----------
    source, strategy : names, or "auto"; as `--source` and `--strategy` of `warmstart adapt`. A source is a
        pre-trained network here; the source domain is what `fit` is given.
    target_mix : the share of every class in the target by label, where it is known; None where it is not.
    budget : time from the call to the verified model, such as "90s", "5m", or seconds.
    seed : of everything random.
    threads : processor threads; None for as many as there are.
    out : a run folder that is kept, and from which a stopped fit goes on; None for a temporary one.

    Attributes
    ----------
    classes_ : the labels, sorted, in the order of the columns of `predict_proba`.
    result_ : what result.json holds.
    adaptation_ : of it, how far apart the domains are, what was tried and chosen, and the gain: estimated, or,
        with `y_target`, measured.
    evidence_ : with `y_target`, per-row predictions of every method on identical target rows; else None.

    Examples
    --------
    >>> from warmstart import DomainAdaptationClassifier
    >>> model = DomainAdaptationClassifier().fit(reviews, stars, tweets)  # doctest: +SKIP
    >>> model.adaptation_["estimate"]["sentence"]  # doctest: +SKIP
    """

    def __init__(
        self,
        source: str | Sequence[str] = "auto",
        strategy: str | Sequence[str] = "auto",
        *,
        target_mix: Mapping[Any, float] | None = None,
        budget: str | float = "5m",
        seed: int = 0,
        threads: int | None = None,
        out: str | Path | None = None,
    ) -> None:
        self.source = source
        self.strategy = strategy
        self.target_mix = target_mix
        self.budget = budget
        self.seed = seed
        self.threads = threads
        self.out = out

    def fit(
        self,
        X: Any,
        y: Sequence[Any],
        X_target: Any,
        y_target: Sequence[Any] | None = None,
        *,
        groups: Sequence[Any] | None = None,
    ) -> Self:
        """Adapt labelled inputs of one domain to inputs of another.

        Parameters
        ----------
        X, y : inputs of the source domain, as of `TransferClassifier.fit`, and the label of every row.
        X_target : inputs of the target domain, at least 20.
        y_target : labels of target rows, None or NaN where unknown; with 50 or more the choice is measured.
        groups : rows of X that belong together share a value.

        Raises
        ------
        DataError, OptionError, SourceError, BudgetError, RunConflict : what the caller can mend.
        """
        from warmstart.flow.adapt.experiment import adapt
        from warmstart.readers.arrays import Examples

        y = one_a_row(y)
        self._up_to_255 = up = goes_to_255(X)
        labelled, target = Examples(X, plain(y), groups, up_to_255=up), Examples(X_target, up_to_255=up)
        known = None if y_target is None else plain(one_a_row(y_target, "y_target"))
        labels = None if known is None else Examples(X_target, known, up_to_255=up)
        folder = self._folder()
        self.result_ = adapt(self._config(labelled, target, labels, folder)).result
        self._attach(Bundle.open(folder / "bundle"), labels_by_name(y))
        return self

    @property
    def adaptation_(self) -> dict[str, Any]:
        """What was found out about the two domains, what was chosen, and what that is likely worth."""
        check_is_fitted(self, "result_")
        found: dict[str, Any] = self.result_["adaptation"]
        return found

    def _config(self, data: Any, target: Any, labels: Any, out: Path) -> Any:
        """Return the parameters as the adaptation's configuration.

        Raises
        ------
        OptionError : a method does not exist, or the shares of the mix are none.
        """
        from warmstart.flow.adapt.config import AdaptConfig
        from warmstart.flow.config import FitConfig

        source = FitConfig(
            data=data,
            out=out,
            source=names(self.source),
            budget=seconds(self.budget),
            seed=self.seed,
            threads=self.threads or 0,
        )
        shares = self.target_mix or {}
        mix = {name: float(shares[label]) for name, label in labels_by_name(shares).items()}
        return AdaptConfig(source, target, methods=names(self.strategy), mix=mix, labels=labels)
