"""One ONNX graph in ONNX Runtime: named arrays in, named arrays out."""

from __future__ import annotations

import mmap
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.errors import BundleError, listed
from warmstart.runtime import onnx_wire
from warmstart.store.hashing import sha256_bytes

STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
MOST_BYTES = 2**31
AGAIN = "Take it from where it was made again, or fit again."


class Graph:
    """An ONNX model on the CPU, loaded when it is first asked something.

    Parameters
    ----------
    model : the serialised model, or its file, which ONNX Runtime reads by itself with a third of the memory.
    threads : how many threads one run may use.
    sha256 : what the file must hash to when it is loaded; "" where it was just made.
    """

    def __init__(self, model: bytes | Path, *, threads: int, sha256: str = "") -> None:
        self._model = model
        self._threads = threads
        self._sha256 = sha256
        self._loading = threading.Lock()

    @property
    def inputs(self) -> list[str]:
        """The names of what it takes."""
        return [item.name for item in self.load().get_inputs()]

    @property
    def outputs(self) -> list[str]:
        """The names of what it gives."""
        return [item.name for item in self.load().get_outputs()]

    def load(self) -> Any:
        """Check and load the model, once, whichever thread asks first; return ONNX Runtime's session.

        Raises
        ------
        BundleError : the file has changed, is not ONNX, uses operators or files of others, or cannot be loaded.
        """
        with self._loading:
            return self._session

    def run(self, feeds: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Return the outputs by name.

        Parameters
        ----------
        feeds : an array for every input; arrays the graph does not take are left out.
        outputs : names of the outputs wanted; all by default.

        Raises
        ------
        BundleError : an input or output is missing, or does not have the shape that the graph expects.
        """
        session = self.load()
        wanted = list(outputs) if outputs is not None else self.outputs
        _require(wanted, self.outputs, "give")
        _require(self.inputs, list(feeds), "find")
        try:
            values = session.run(wanted, {name: feeds[name] for name in self.inputs})
        except Exception as error:
            shapes = listed(f"{name} {feeds[name].dtype}{feeds[name].shape}" for name in self.inputs)
            raise BundleError(f"The graph could not run on {shapes}: {_first_line(error)} {AGAIN}") from error
        return dict(zip(wanted, values, strict=True))

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        _check(self._content())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            model = self._model if isinstance(self._model, bytes) else str(self._model)
            return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise BundleError(f"The graph cannot be loaded: {_first_line(error)} {AGAIN}") from error

    def _content(self) -> bytes | mmap.mmap:
        """Return what is looked at before ONNX Runtime does; a file is mapped for it, and must be what it was."""
        if isinstance(self._model, bytes):
            return self._model
        content = _mapped(self._model)
        if self._sha256 and sha256_bytes(content) != self._sha256:
            raise BundleError(f"'{self._model}' has changed since it was made: its hash differs. {AGAIN}")
        return content


def _mapped(file: Path) -> bytes | mmap.mmap:
    """Return the content of a file without a copy of it in memory."""
    with file.open("rb") as opened:
        return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) if file.stat().st_size else b""


def _check(model: bytes | mmap.mmap) -> None:
    """Refuse a model that asks for anything but standard operators and its own bytes."""
    if len(model) > MOST_BYTES:
        raise BundleError(f"A graph must be smaller than 2 GiB. Got {len(model):,} bytes. Use a smaller source.")
    try:
        found = onnx_wire.needs(model)
    except ValueError as error:
        raise BundleError(f"The graph must be an ONNX model, but {error}. {AGAIN}") from None
    if found.nodes == 0:
        raise BundleError(f"The graph must be an ONNX model. It holds no operators. {AGAIN}")
    strange = sorted(found.domains - STANDARD_DOMAINS)
    if strange:
        raise BundleError(f"The graph may use standard operators only. It uses those of {listed(strange)}. {AGAIN}")
    if found.external:
        raise BundleError(f"The graph must hold all of its data. It reads another file. {AGAIN}")


def _require(names: Sequence[str], known: Sequence[str], verb: str) -> None:
    missing = [name for name in names if name not in known]
    if missing:
        raise BundleError(f"The graph does not {verb} {listed(missing)}. There is: {listed(known)}. {AGAIN}")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:300].rstrip(".") + "."
