"""Decode cells in processes that can be killed, so that no file can hang us or take the memory."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from warmstart.errors import WarmstartError
from warmstart.runtime import wire

LOOK_AHEAD = 4
START_SECONDS = 120.0
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Decoded:
    """What became of a cell: either the job's value or the reason why there is none, never both."""

    value: dict[str, Any] | None
    reason: str | None


class Decoder:
    """A few decoding processes, started when they are first needed.

    Parameters
    ----------
    workers : how many processes.
    seconds : wall-clock time that a cell may take before its process is killed.
    memory_mb : memory that a process may take, in MiB.

    Examples
    --------
    >>> with Decoder(workers=1) as decoder:
    ...     [decoded] = decoder.map("inspect", [b""])
    >>> decoded.reason
    'is empty'
    """

    def __init__(self, *, workers: int = 2, seconds: float = 10.0, memory_mb: int = 1024) -> None:
        self.workers = workers
        self.seconds = seconds
        self.memory_mb = memory_mb
        self._guard = threading.Lock()
        self._free: queue.SimpleQueue[_Worker] | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._started: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def map(self, job: str, cells: Iterable[Any], options: Mapping[str, Any] | None = None) -> Iterator[Decoded]:
        """Yield what becomes of every cell, in order, working a little ahead of the consumer.

        Parameters
        ----------
        job : "inspect", "pixels", "thumbnail" or "hog" (see `decode_worker`).
        cells : paths, encoded bytes, or arrays of uint8 (height, width, 3).
        options : plain values for the job.
        """
        pool = self._start()
        pending: deque[Future[Decoded]] = deque()
        try:
            for cell in cells:
                pending.append(pool.submit(self._ask, job, cell, dict(options or {})))
                if len(pending) >= LOOK_AHEAD * self.workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()

    def close(self) -> None:
        """Kill the processes and wait until they are gone; the decoder can be used again."""
        with self._guard:
            pool, started, self._pool, self._free, self._started = self._pool, self._started, None, None, []
        for worker in started:
            worker.close()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        for worker in started:
            worker.kill()

    def _start(self) -> ThreadPoolExecutor:
        """Return the threads that talk to the processes; the processes start with their first job."""
        with self._guard:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="decode")
                self._free = queue.SimpleQueue()
                self._started = [_Worker(self.seconds, self.memory_mb) for _ in range(self.workers)]
                for worker in self._started:
                    self._free.put(worker)
            return self._pool

    def _ask(self, job: str, cell: Any, options: dict[str, Any]) -> Decoded:
        """Give the cell to a process that is free."""
        if cell is None:
            return Decoded(None, "is missing")
        if isinstance(cell, os.PathLike):
            cell = os.fspath(cell)
        if not isinstance(cell, str | bytes | np.ndarray) or (isinstance(cell, np.ndarray) and cell.dtype.hasobject):
            return Decoded(None, f"is a {type(cell).__name__}, not a path, bytes or an array of uint8")
        free = self._free
        if free is None:
            return Decoded(None, "was not decoded: the decoder was closed")
        worker = free.get()
        try:
            return worker.ask({"job": job, "cell": cell, "options": options})
        finally:
            free.put(worker)


class _Worker:
    """One decoding process, and its replacement after it had to be killed."""

    def __init__(self, seconds: float, memory_mb: int) -> None:
        self.seconds = seconds
        self.memory_mb = memory_mb
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._failed = ""

    def ask(self, request: Mapping[str, Any]) -> Decoded:
        """Return the answer of the process, or why a fresh one gave none either.

        What ends or stops a process may have nothing to do with the cell that it holds: the system may be
        short of memory, or busy. Only a cell that does it twice is to blame.
        """
        return self._once(request) or self._once(request) or Decoded(None, self._failed)

    def _once(self, request: Mapping[str, Any]) -> Decoded | None:
        """Return the answer, or None where the process gave none, had to be killed, and `_failed` says why."""
        process = self._ready()
        if process is None:
            return Decoded(None, "was not decoded: the decoder was closed")
        try:
            _send(process, request)
            deadline = time.monotonic() + self.seconds
            reply = wire.unpack(lambda size: _receive(process, size, deadline))
        except TimeoutError:
            self.kill()
            self._failed = f"took longer than {self.seconds:g} s to decode"
            return None
        except (EOFError, OSError, ValueError):
            self.kill()
            self._failed = "ended the process that was decoding it"
            return None
        reason = reply.get("reason")
        return Decoded(None, reason) if reason is not None else Decoded(reply, None)

    def kill(self) -> None:
        """End the process and collect it."""
        with self._guard:
            process, self._process = self._process, None
        if process is not None:
            _end(process)

    def close(self) -> None:
        """End the process for good, also under a job that runs."""
        with self._guard:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def _ready(self) -> subprocess.Popen[bytes] | None:
        """Return the running process, started anew where there is none; None once closed."""
        with self._guard:
            if self._closed:
                return None
            if self._process is None:
                self._process = _launch(self.seconds, self.memory_mb)
                fresh = True
            else:
                fresh = False
            process = self._process
        if fresh:
            self._greet(process)
        return process

    def _greet(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until a new process says that it is ready."""
        deadline = time.monotonic() + START_SECONDS
        try:
            wire.unpack(lambda size: _receive(process, size, deadline))
        except (EOFError, OSError, TimeoutError):
            self.kill()
            if not self._closed:
                raise WarmstartError(
                    "The process that decodes images did not start. "
                    f"See what it says with `{sys.executable} -m warmstart.runtime.decode_worker 10 {self.memory_mb}`."
                ) from None


def _launch(seconds: float, memory_mb: int) -> subprocess.Popen[bytes]:
    """Start a decoding process; it needs no `__main__` of the user's, and no environment of ours."""
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "warmstart.runtime.decode_worker", str(seconds), str(memory_mb)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **one_thread, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"},
        process_group=0 if os.name == "posix" else None,
    )


def _send(process: subprocess.Popen[bytes], request: Mapping[str, Any]) -> None:
    """Write a message to the process."""
    if process.stdin is None:
        raise EOFError
    process.stdin.write(wire.pack(request))
    process.stdin.flush()


def _receive(process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    """Read exactly that many bytes from the process before the deadline.

    Raises
    ------
    TimeoutError : it took too long.
    EOFError : the process has ended.
    """
    if process.stdout is None:
        raise EOFError
    handle = process.stdout.fileno()
    pieces = bytearray()
    while len(pieces) < size:
        wait = deadline - time.monotonic()
        if wait <= 0 or not select.select([handle], [], [], wait)[0]:
            raise TimeoutError
        piece = os.read(handle, min(size - len(pieces), 1 << 20))
        if not piece:
            raise EOFError
        pieces += piece
    return bytes(pieces)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process, collect it, and close its pipes."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
