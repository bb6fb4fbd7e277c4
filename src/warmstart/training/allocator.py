"""Keep freed memory in the process, where glibc would hand it back to the system after every step."""

from __future__ import annotations

import ctypes
import functools

# The parameter numbers of mallopt in glibc's <malloc.h>.
_TRIM_THRESHOLD = -1
_TOP_PAD = -2
_MMAP_THRESHOLD = -3


@functools.cache
def keep_memory() -> bool:
    """Tell glibc to reuse large blocks instead of returning them; do it once, before the first large one.

    A convolution's workspace is large enough that glibc maps it anew and gives it back at every call,
    and the system must then zero every page again: torch trains and infers several times slower.

    Returns
    -------
    True where glibc took all three settings, False elsewhere (another C library, another system).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    settings = ((_MMAP_THRESHOLD, 1_000_000_000), (_TRIM_THRESHOLD, 2_000_000_000), (_TOP_PAD, 256 << 20))
    return all(mallopt(parameter, value) == 1 for parameter, value in settings)


def give_back() -> None:
    """Return freed memory to the system, between steps; within a step `keep_memory` keeps it. No-op off glibc."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return
