"""Estimators that answer from a bundle: what fitting made, verified and read back."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from warmstart.core.decision import decide
from warmstart.core.evidence import Evidence
from warmstart.core.finding import Finding
from warmstart.errors import BundleError, PathError
from warmstart.estimators._inputs import cells_of, require_read
from warmstart.estimators._label_kind import keep_kind
from warmstart.runtime.bundle import Bundle


class AnswersFromBundle(BaseEstimator):
    """Probabilities from the bundle that fitting delivered, and the bundle itself to keep.

    Attributes
    ----------
    bundle_ : the delivered bundle.
    result_ : what result.json holds.
    """

    bundle_: Bundle
    result_: dict[str, Any]
    threads: int | None
    out: str | Path | None
    _up_to_255: bool = False

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities of shape (rows, classes).

        Raises
        ------
        DataError : an input cannot be read; it is named.
        """
        check_is_fitted(self, "bundle_")
        cells = cells_of(X, self.bundle_.input_kind, up_to_255=self._up_to_255)
        found = self.bundle_.predict(cells, threads=self.threads)
        require_read(found.failed)
        return np.asarray(found.proba)

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
            self._write(fresh)
        return target

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the files of the bundle in place of its running graph."""
        state = dict(super().__getstate__())
        if "bundle_" in state:
            folder = self.bundle_.path
            files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
            state["bundle_"] = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take up what was pickled; the bundle's hashes are checked as always."""
        files: Mapping[str, bytes] | None = state.get("bundle_")
        super().__setstate__({**state, "bundle_": None})
        del self.bundle_
        if files is not None:
            folder = self._temporary()
            for name, data in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
            self.bundle_ = Bundle.open(folder)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.non_deterministic = False
        return tags

    def _write(self, folder: Path) -> None:
        """Copy the bundle into a folder that is there."""
        shutil.copytree(self.bundle_.path, folder, dirs_exist_ok=True)

    def _folder(self) -> Path:
        """Return the run folder: the one that was named, else one that is removed with this object."""
        return self._temporary() if self.out is None else Path(self.out)

    def _temporary(self) -> Path:
        """Return a folder that is removed with this object."""
        folder = tempfile.mkdtemp(prefix="warmstart-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)


class ClassifiesFromBundle(ClassifierMixin, AnswersFromBundle):
    """Labels from a bundle, and the evidence in it.

    Attributes
    ----------
    classes_ : the labels, sorted, in the order of the columns of `predict_proba`.
    """

    classes_: np.ndarray

    def predict(self, X: Any) -> np.ndarray:
        """Return the label of every input, of shape (rows,)."""
        proba = self.predict_proba(X)
        return np.asarray(self.classes_[decide(proba, self.bundle_.labels.weights[self._order])])

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities of shape (rows, classes), in the order of `classes_`.

        Raises
        ------
        DataError : an input cannot be read; it is named.
        """
        proba = super().predict_proba(X)
        return np.asarray(proba[:, self._order])

    @property
    def evidence_(self) -> Evidence | None:
        """The evidence that the bundle carries, or None where it carries none."""
        check_is_fitted(self, "bundle_")
        return self.bundle_.evidence()

    @property
    def findings_(self) -> list[Finding]:
        """What the diagnoses found; of a model that was loaded, what they find in the evidence of its bundle.

        Raises
        ------
        BundleError : it was loaded, and the bundle carries no evidence of single rows.
        """
        if hasattr(self, "result_"):
            return [Finding(**finding) for finding in self.result_["findings"]]
        evidence = self.evidence_
        if evidence is None or not len(evidence.truth):
            raise BundleError(
                "The findings of a model that was loaded are made from the evidence in its bundle. "
                f"'{self.bundle_.path}' carries none of single rows. Read the result.json of the run that made it."
            )
        from warmstart.flow.diagnose import diagnose

        return diagnose(evidence)

    def _attach(self, bundle: Bundle, labels: Mapping[str, Any]) -> None:
        """Answer from a bundle, with labels as they were given by what they are called in it.

        The bundle has its classes in the order in which people read them, and `classes_` in that of `np.unique`,
        on which scikit-learn's scorers rely.
        """
        given = np.array([labels.get(name, name) for name in bundle.labels.classes])
        self.bundle_ = bundle
        self._order = _sorted(given)
        self.classes_ = given[self._order]

    def _write(self, folder: Path) -> None:
        """Copy the bundle into a folder that is there, and say of what kind its labels are."""
        super()._write(folder)
        keep_kind(folder, self.bundle_.manifest, self.classes_)

    def _labels(self) -> dict[str, Any]:
        """Return the labels by what they are called in the bundle."""
        names = [self.bundle_.labels.classes[place] for place in self._order]
        return dict(zip(names, self.classes_.tolist(), strict=True))


def _sorted(labels: np.ndarray) -> np.ndarray:
    """Return the places of labels in the order of `np.unique`; as they are where they cannot be compared."""
    try:
        return np.argsort(labels, kind="stable")
    except TypeError:
        return np.arange(len(labels))
