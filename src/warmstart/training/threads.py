"""How torch uses the processor's cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

SPINS = "1000"


def use_threads(threads: int) -> None:
    """Let torch use this many threads inside an operation; results depend on it in the last digits.

    Called before torch is first imported, it also keeps threads from waiting for each other busily:
    where another program uses the same cores, training was seen to run at a third of its speed.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    import torch

    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """Let torch, and meanwhile every other library that computes, use this many threads inside an operation."""
    from threadpoolctl import threadpool_limits

    use_threads(threads)
    with threadpool_limits(threads):
        yield
