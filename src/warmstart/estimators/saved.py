"""Read back a model that was saved, or that a run folder holds."""

from __future__ import annotations

from pathlib import Path

from warmstart.estimators._label_kind import kept_labels
from warmstart.estimators.transfer_classifier import TransferClassifier
from warmstart.runtime.bundle import Bundle


def load(path: str | Path) -> TransferClassifier:
    """Return a saved model, verified; it predicts without the training libraries.

    Labels that were numbers or truth values are so again where `save` wrote the bundle; in one that a run wrote,
    from Python or by command, all labels are words.

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
    model._attach(bundle, kept_labels(bundle))
    return model
