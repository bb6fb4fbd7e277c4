"""How many processor threads torch may use."""

from __future__ import annotations

import torch


def use_threads(threads: int) -> None:
    """Let torch use this many threads inside an operation; results depend on it in the last digits."""
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
