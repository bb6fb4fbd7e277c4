"""Run a source over a dataset once, and keep what every stage sees on disk."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.dataset import Dataset
from warmstart.core.progress import Progress, silent
from warmstart.core.representation import Boundary, Dense, Ragged, Representation
from warmstart.errors import DataError, OptionError
from warmstart.flow.passes import Batches, image_batches, text_batches
from warmstart.flow.stored import POOLED, PREPARED, Part, allocate, saved_batches, write
from warmstart.flow.trunk import Trunk
from warmstart.runtime.decode import Decoder
from warmstart.runtime.prepare import TextPreparation, preparation
from warmstart.store.cache import Cache
from warmstart.store.hashing import content_address, sha256_bytes
from warmstart.training.allocator import give_back
from warmstart.training.stage_graph import stage_graph

VERSION = 1
SAVE_SECONDS = 5.0
UNCOUNTED = 2


def embed(
    dataset: Dataset,
    backbone: Backbone,
    *,
    cuts: Collection[int] = (),
    cache: Cache,
    decoder: Decoder,
    threads: int = 2,
    progress: Progress | None = None,
    view: str = "plain",
    rows: np.ndarray | None = None,
) -> Representation:
    """Return pooled features after every stage and unpooled ones at the wanted cuts, computing what is not cached.

    A pass that was killed goes on at the last saved batch; batches do not depend on where it stopped,
    and so neither do the numbers.

    Parameters
    ----------
    cuts : cuts whose boundary is wanted; 0 is the prepared input, the number of stages the last output.
    threads : how many ONNX Runtime may use.
    progress : called with ("embed", rows done, rows).
    view : under which view (`warmstart.runtime.views`) the inputs are taken.
    rows : compute these rows only; the arrays have all rows, and what was not computed is zero.

    Raises
    ------
    DataError : an input cannot be decoded.
    OptionError : a cut lies outside the network.
    """
    _check_cuts(backbone, cuts)
    key = representation_key(dataset, backbone, view=view, rows=rows)
    wanted = [POOLED, *(f"cut_{cut}" for cut in sorted(set(cuts)))]

    def run() -> _Pass:
        batches = _batches(dataset, backbone, cache, decoder, view=view, rows=rows)
        return _Pass(batches, backbone, cache, threads, progress or silent)

    _fill(wanted, key, cache, run)
    return _opened(backbone, key, sorted(set(cuts)), cache)


def prepare_inputs(
    dataset: Dataset, backbone: Backbone, *, cache: Cache, decoder: Decoder, progress: Progress = silent
) -> Boundary:
    """Return the prepared inputs (cut 0) of every row, from the cache where they are; the network is not run.

    Parameters
    ----------
    progress : called with ("prepare", rows done, rows).

    Raises
    ------
    DataError : an input cannot be decoded.
    """
    key = representation_key(dataset, backbone)

    def run() -> _Pass:
        batches = _batches(dataset, backbone, cache, decoder)
        return _Pass(batches, backbone, cache, 1, lambda step, done, total: progress("prepare", done, total))

    _fill([PREPARED], key, cache, run)
    return _boundary(_found(cache, PREPARED, key), 0)


def _fill(wanted: Sequence[str], key: str, cache: Cache, run: Callable[[], _Pass]) -> None:
    """Compute the parts of a representation that are not in the cache."""
    missing = [part for part in wanted if cache.find(part, key) is None]
    if missing:
        with ExitStack() as building:
            folders = {part: building.enter_context(cache.building(part, key)) for part in missing}
            todo = {part: folder for part, folder in folders.items() if cache.find(part, key) is None}
            if todo:
                run().compute(todo)
                give_back()


def is_embedded(dataset: Dataset, backbone: Backbone, cache: Cache) -> bool:
    """Return whether a dataset's pooled features under a source are in the cache."""
    return cache.find(POOLED, representation_key(dataset, backbone)) is not None


def representation_key(
    dataset: Dataset, backbone: Backbone, *, view: str = "plain", rows: np.ndarray | None = None
) -> str:
    """Return the content address of a dataset's rows under a source, its preparation and a view."""
    parts: dict[str, Any] = {
        "version": VERSION,
        "rows": _content(dataset) if dataset.hashes is None or _may_differ(dataset) else dataset.fingerprint,
        "weights": backbone.card.sha256,
        "architecture": backbone.card.architecture,
        "parameters": backbone.card.parameters,
        "preparation": backbone.preparation,
        "assets": {name: sha256_bytes(data) for name, data in backbone.assets.items()},
        "view": view,
        "only": None if rows is None else sha256_bytes(np.ascontiguousarray(rows, dtype=np.int64).tobytes()),
    }
    return content_address(parts)[:40]


def measure(
    dataset: Dataset, backbone: Backbone, rows: np.ndarray, *, cache: Cache, decoder: Decoder, threads: int = 2
) -> float:
    """Return the seconds a row that a pass takes on this machine, decoding included.

    The first batches, in which everything starts up, are run once more than the others, and do not count then.

    Parameters
    ----------
    rows : about a hundred rows to measure on.
    """
    sample = dataset.take(rows)
    batches = _batches(sample, backbone, cache, decoder)
    engine = Trunk(backbone, stage_graph(backbone, cache, sample=_sample(batches), threads=threads), threads)
    names = [f"pooled_{number}" for number in range(1, len(backbone.stages) + 1)]
    for _, feeds in itertools.islice(batches.iterate(0), UNCOUNTED):
        engine.run(feeds, names)
    started = time.perf_counter()
    for _, feeds in batches.iterate(0):
        engine.run(feeds, names)
    return (time.perf_counter() - started) / len(sample)


@dataclass(frozen=True)
class _Pass:
    """What a pass runs on, with what, and whom it tells."""

    batches: Batches
    backbone: Backbone
    cache: Cache
    threads: int
    progress: Progress

    def compute(self, todo: Mapping[str, Path]) -> None:
        """Fill the folders of what is missing, going on where an earlier pass was killed."""
        batches, total = self.batches, self.batches.rows_until(len(self.batches.rows))
        self.progress("embed", 0, total)
        outputs = self._outputs(todo)
        trunk = self._trunk() if outputs else None
        first = min(saved_batches(folder) for folder in todo.values())
        parts: dict[str, Part] = {}
        saved, done = time.monotonic(), first
        for rows, feeds in batches.iterate(first):
            found = {**feeds, **(trunk.run(feeds, outputs) if trunk else {})}
            parts = parts or {name: allocate(name, folder, found, batches) for name, folder in todo.items()}
            for name, part in parts.items():
                write(name, part, found, rows, batches)
            done += 1
            if time.monotonic() - saved > SAVE_SECONDS or done == len(batches.rows):
                for part in parts.values():
                    part.save(done)
                saved = time.monotonic()
            self.progress("embed", batches.rows_until(done), total)

    def _outputs(self, todo: Mapping[str, Path]) -> list[str]:
        """Return the outputs of the network that the missing parts are made of."""
        pooled = [f"pooled_{number}" for number in range(1, len(self.backbone.stages) + 1)] if POOLED in todo else []
        return pooled + [f"hidden_{part.removeprefix('cut_')}" for part in todo if part not in (POOLED, PREPARED)]

    def _trunk(self) -> Trunk:
        graph = stage_graph(self.backbone, self.cache, sample=_sample(self.batches), threads=self.threads)
        return Trunk(self.backbone, graph, self.threads)


def _opened(backbone: Backbone, key: str, cuts: Sequence[int], cache: Cache) -> Representation:
    """Return the cached arrays, memory-mapped."""
    pooled = _found(cache, POOLED, key)
    features = {
        stage.name: np.load(pooled / f"pooled_{number}.npy", mmap_mode="r")
        for number, stage in enumerate(backbone.stages, start=1)
    }
    return Representation(key, features, {cut: _boundary(_found(cache, f"cut_{cut}", key), cut) for cut in cuts})


def _boundary(folder: Path, cut: int) -> Boundary:
    values = np.load(folder / "values.npy", mmap_mode="r")
    offsets = folder / "offsets.npy"
    if offsets.is_file():
        return Ragged("input_ids" if cut == 0 else "hidden", values, np.load(offsets))
    return Dense("pixels" if cut == 0 else "hidden", values)


def _found(cache: Cache, part: str, key: str) -> Path:
    folder = cache.find(part, key)
    if folder is None:
        raise DataError(f"The cache lost '{part}' of this dataset while it was in use. Run the command again.")
    return folder


def _batches(
    dataset: Dataset,
    backbone: Backbone,
    cache: Cache,
    decoder: Decoder,
    *,
    view: str = "plain",
    rows: np.ndarray | None = None,
) -> Batches:
    """Return the dataset's prepared inputs in fixed batches; from the cache where they were kept."""
    prepare = preparation(backbone.preparation, backbone.assets)
    if isinstance(prepare, TextPreparation):
        return text_batches(dataset, prepare)
    kept = cache.find("cut_0", representation_key(dataset, backbone))
    pixels = np.load(kept / "values.npy", mmap_mode="r") if kept is not None else None
    return image_batches(dataset, prepare, decoder, pixels, view=view, rows=rows)


def _sample(batches: Batches) -> Callable[[], dict[str, np.ndarray]]:
    """Return a function that gives a few prepared rows: the start of the first batch."""

    def first() -> dict[str, np.ndarray]:
        for _, feeds in batches.iterate(0, most=1):
            return {name: values[:4] for name, values in feeds.items()}
        return {}

    return first


def _may_differ(dataset: Dataset) -> bool:
    """Return whether rows of one hash may look different to a source: texts may, in their spaces alone."""
    return dataset.inputs[0].kind == "text"


def _content(dataset: Dataset) -> str:
    """Return a hash of the cells themselves."""
    digest = hashlib.sha256()
    for cell in dataset.inputs[0].cells:
        if isinstance(cell, np.ndarray):
            data = f"{cell.dtype}{cell.shape}".encode() + cell.tobytes()
        elif isinstance(cell, bytes):
            data = cell
        else:
            data = (
                Path(cell).read_bytes() if dataset.modality == "image" else str(cell).encode("utf-8", "surrogatepass")
            )
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


def _check_cuts(backbone: Backbone, cuts: Collection[int]) -> None:
    wrong = [cut for cut in cuts if not 0 <= cut <= len(backbone.stages)]
    if wrong:
        raise OptionError(
            f"A cut of '{backbone.card.name}' must be from 0 to {len(backbone.stages)}. Got {wrong[0]}. "
            f"`warmstart sources show {backbone.card.name}` lists its stages."
        )
