"""The deliverable: a verified folder that predicts without what trained it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from warmstart.core.progress import Progress
from warmstart.errors import BundleError, WarmstartError
from warmstart.runtime.bundle_prediction import BundlePrediction, Labels, decided, one_after_the_other
from warmstart.runtime.cores import available_threads
from warmstart.runtime.graph import Graph
from warmstart.runtime.predictor import IMAGES_AT_ONCE, Predictor
from warmstart.runtime.sealed_folder import REMEDY, SealedFolder, open_sealed

if TYPE_CHECKING:
    from warmstart.core.card import Ancestor, Card
    from warmstart.core.evidence import Evidence, Novelty
    from warmstart.core.feature_reference import FeatureReference
    from warmstart.core.task import Task
    from warmstart.runtime.decode import Decoder

GRAPH, PREPARATION, LABELS, ASSETS = "graphs/model.onnx", "preprocess.json", "labels.json", "assets/"
WEIGHTS, CONFIG, REFERENCE, FEATURE_REFERENCE, README, CONTROL = (
    "weights.safetensors",
    "config.json",
    "reference.json",
    "reference.safetensors",
    "README.md",
    "control/",
)
CELLS_AT_ONCE = 1024
"""Whose embeddings are in memory together: of 3,024 numbers each, 12 MB, and a few times that to see where they lie."""
SOURCE_ONLY = "embedding"
"""The task kind of a network without a head, as `pretrain` writes it: a source, which answers nothing."""


@dataclass(frozen=True)
class Bundle:
    """A model of a task, or the control beside it, in a verified folder.

    Parameters
    ----------
    folder : the verified folder.
    prefix : where in the folder the model lies: "" or "control/".
    """

    folder: SealedFolder
    prefix: str = ""
    _predictors: dict[int, Predictor] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(cls, path: Path | str) -> Bundle:
        """Verify a bundle, every file of it, and open it; nothing but JSON is parsed yet.

        Raises
        ------
        PathError : there is no such folder.
        BundleError : it is damaged, incomplete, unsafe, or of a newer version.
        """
        bundle = cls(open_sealed(Path(path)))
        if bundle.is_source_only:
            raise BundleError(
                f"'{path}' is a source that `warmstart pretrain` made, and answers nothing by itself. "
                f"Fit with it: warmstart fit DATA --source {path}"
            )
        return bundle._checked()

    @classmethod
    def open_network(cls, path: Path | str) -> Bundle:
        """Verify a bundle for the network inside, which need not have a task; raises as `open` does."""
        bundle = cls(open_sealed(Path(path)))
        return bundle if bundle.is_source_only else bundle._checked()

    def _checked(self) -> Bundle:
        """Return the bundle itself, once what it says of its task makes sense."""
        _ = self.labels, self.task, self.card, self.input_kind
        return self

    @property
    def is_source_only(self) -> bool:
        """Whether it holds a network that has no task."""
        with _sound("task"):
            return bool(self.manifest["task"]["kind"] == SOURCE_ONLY)

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder.path

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What it says of itself, as plain values."""
        return self.folder.manifest

    @cached_property
    def labels(self) -> Labels:
        """The class names and how a class is decided."""
        return _labels(self.folder.read_json(self.prefix + LABELS))

    @cached_property
    def task(self) -> Task:
        """The task that it answers."""
        from warmstart.core.task import Task

        with _sound("task"):
            entry = self.manifest["task"]
            if entry["kind"] != "classification":
                raise BundleError(
                    f"This warmstart reads bundles of classification. '{self.path}' is of {entry['kind']!r}. "
                    "Update with: pip install --upgrade warmstart"
                )
            return Task(self.labels.classes, str(entry["modality"]), entry["kind"])

    @cached_property
    def card(self) -> Card | None:
        """What its source is; None where it is a control that has none."""
        from warmstart.core.card import Card

        with _sound("source"):
            source = self.manifest["source"]
            return None if source is None or self.prefix else Card.from_json(source)

    @cached_property
    def lineage(self) -> tuple[Ancestor, ...]:
        """The models it comes from, oldest first, with the hashes of the rows that each saw here."""
        from warmstart.core.card import Ancestor
        from warmstart.runtime import rows_seen

        with _sound("lineage"):
            seen = rows_seen.unpack(self.folder.read(rows_seen.FILE))
            steps = zip(self.manifest["lineage"], seen, strict=True)
            return tuple(Ancestor.from_json(step, rows) for step, rows in steps)

    @property
    def input_name(self) -> str:
        """The name of the input column it was fitted on."""
        with _sound("input"):
            return str(self.manifest["input"]["column"])

    @property
    def input_kind(self) -> str:
        """What an input is: "image" or "text"."""
        with _sound("input"):
            return str(self.manifest["input"]["kind"])

    @cached_property
    def preparation(self) -> dict[str, Any]:
        """How an input becomes the graph's input, as plain values."""
        return _mapping(self.folder.read_json(self.prefix + PREPARATION), PREPARATION)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The architecture's name and parameters, to go on training."""
        return _mapping(self.folder.read_json(CONFIG), CONFIG)

    @cached_property
    def reference(self) -> dict[str, Any]:
        """A summary of the training features."""
        return _mapping(self.folder.read_json(REFERENCE), REFERENCE)

    @cached_property
    def feature_reference(self) -> FeatureReference | None:
        """Where the training rows lie among its features; None where that does not apply, or it is from before."""
        if self.prefix or FEATURE_REFERENCE not in self.folder.seals:
            return None
        from safetensors.numpy import load

        from warmstart.core.feature_reference import FeatureReference

        with _sound(FEATURE_REFERENCE):
            return FeatureReference.from_tensors(load(self.folder.read(FEATURE_REFERENCE)))

    @property
    def no_feature_reference(self) -> str:
        """Why it cannot tell what is unlike its training data, as a clause; "" where it can."""
        if self.feature_reference is not None:
            return ""
        reason = "" if self.prefix else str(self.reference.get("no_feature_reference") or "")
        return reason or "the bundle was made before this was measured."

    def novelty(self, found: BundlePrediction) -> Novelty:
        """Return how unlike the training rows answered rows are, by the distances that travel along."""
        from warmstart.core.evidence import Novelty

        known = self.feature_reference
        return Novelty(found.p_values, self.no_feature_reference, found.columns, len(known.distances) if known else 0)

    def assets(self) -> dict[str, bytes]:
        """Return the files that preparing needs, by name."""
        return self.folder.under(self.prefix + ASSETS)

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights to go on training, by name."""
        from safetensors.numpy import load

        with _sound(WEIGHTS):
            return dict(load(self.folder.read(WEIGHTS)))

    def graph(self, threads: int | None = None) -> Graph:
        """Return the graph from prepared inputs to "scores" and, but for TF-IDF, "embedding"."""
        file, sha256 = self.folder.file(self.prefix + GRAPH)
        return Graph(file, threads=threads or available_threads(), sha256=sha256)

    def predictor(self, threads: int | None = None) -> Predictor:
        """Return what turns cells into scores, loaded once per number of threads."""
        count = threads or available_threads()
        if count not in self._predictors:
            from warmstart.runtime.prepare import preparation

            with _sound(PREPARATION):
                prepare = preparation(self.preparation, self.assets())
            by_length = self.preparation.get("kind") == "text"
            self._predictors[count] = Predictor(prepare, self.graph(count), by_length=by_length)
        return self._predictors[count]

    def control(self) -> Bundle | None:
        """Return the best control, where it was small enough to travel along."""
        if self.prefix or CONTROL + GRAPH not in self.folder.seals:
            return None
        return Bundle(self.folder, CONTROL)

    def evidence(self) -> Evidence | None:
        """Return the evidence that it was delivered with, or None.

        Raises
        ------
        BundleError : it is there and damaged.
        """
        from warmstart.runtime.evidence_file import ARRAYS, PLAIN, unpack

        if PLAIN not in self.folder.seals:
            return None
        return unpack(self.folder.read(PLAIN), self.folder.read(ARRAYS))

    def predict(
        self,
        cells: Sequence[Any],
        *,
        decoder: Decoder | None = None,
        batch_size: int = IMAGES_AT_ONCE,
        threads: int | None = None,
        progress: Progress | None = None,
        columns: bool = False,
    ) -> BundlePrediction:
        """Return classes and probabilities for every cell; one that cannot be read gets a reason.

        What the stages saw of the cells is held for CELLS_AT_ONCE of them at a time.

        Parameters
        ----------
        cells : image paths, bytes or arrays; or texts.
        decoder : reads images in processes that can be killed; one is made where none is given.
        batch_size : how many images go through the graph together.
        threads : how many threads the graph may use; all there are by default.
        progress : told the step, how many cells are done, and of how many.
        columns : whether to say where the cells lie among the features, too.

        Raises
        ------
        BundleError : the graph does not fit the preparation or the labels.
        """
        predictor, known, parts = self.predictor(threads), self.feature_reference, []
        with _decoder(decoder, len(cells)) as reading:
            for start in range(0, max(len(cells), 1), CELLS_AT_ONCE):
                some, told = cells[start : start + CELLS_AT_ONCE], _further(progress, start, len(cells))
                found = predictor.predict(some, decoder=reading, batch_size=batch_size, progress=told)
                parts.append(decided(found, self.labels, len(some), known, columns=columns))
        return one_after_the_other(parts)


def _further(progress: Progress | None, start: int, total: int) -> Progress | None:
    """Return what tells how far a part of the cells is as how far all of them are."""
    if progress is None:
        return None
    return lambda step, done, _: progress(step, start + done, total)


def _decoder(decoder: Decoder | None, count: int) -> AbstractContextManager[Decoder]:
    """Return the decoder that was given, or one of our own that is closed at the end."""
    if decoder is not None:
        return nullcontext(decoder)
    from warmstart.runtime.decode import Decoder

    return Decoder(workers=max(1, min(2, count)))


def _labels(data: Any) -> Labels:
    """Check labels.json: distinct names, a weight each, a temperature."""
    with _sound(LABELS):
        classes = tuple(data["classes"])
        weights = np.array(data["decision_weights"], dtype=np.float64)
        temperature = float(data["temperature"])
        abstain_below = float(data.get("abstain_below", 0.0))
    names = all(isinstance(name, str) for name in classes) and len(set(classes)) == len(classes) >= 2
    numbers = weights.shape == (len(classes),) and bool((weights > 0).all()) and math.isfinite(temperature)
    if not (names and numbers and temperature > 0 and 0 <= abstain_below <= 1):
        raise BundleError(
            f"{LABELS} must hold at least two distinct classes, a decision weight above 0 for each, a temperature "
            f"above 0, and a probability to abstain below. It does not. {REMEDY}"
        )
    return Labels(classes, weights, temperature, abstain_below)


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BundleError(f"{name} must be a JSON object. Got {type(value).__name__}. {REMEDY}")
    return value


@contextmanager
def _sound(part: str) -> Iterator[None]:
    """Turn any failure to make sense of verified data into a sentence that names the part."""
    try:
        yield
    except WarmstartError:
        raise
    except Exception as error:
        detail = str(error).strip().split("\n")[0][:200]
        raise BundleError(f"The bundle's {part} makes no sense ({type(error).__name__}: {detail}). {REMEDY}") from error
