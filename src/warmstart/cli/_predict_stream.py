"""Predict what is named as it is listed, and hand the answers on, so that memory does not grow with the inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from warmstart.runtime.answers import Answers

if TYPE_CHECKING:
    from warmstart.cli._late_progress import LateProgress
    from warmstart.cli._predict_inputs import Inputs, Item
    from warmstart.core.progress import Progress
    from warmstart.runtime.bundle import Bundle
    from warmstart.runtime.decode import Decoder

AT_ONCE = 2048
"""So many are sorted by length together, and answered before any is written: seconds of work, a few MB."""


@dataclass(frozen=True)
class Stream:
    """Answers from a bundle, in the order of the inputs.

    Parameters
    ----------
    threads : how many the graph may use; None is all.
    batch_size : images that go through the graph together.
    """

    bundle: Bundle
    decoder: Decoder
    threads: int | None
    batch_size: int

    def answers(self, inputs: Inputs, progress: LateProgress) -> Iterator[Answers]:
        """Yield the answers for the inputs, AT_ONCE of them at a time."""
        done = 0

        def watch(step: str, part: int, parts: int) -> None:
            progress(step, done + part, inputs.total)

        while items := list(islice(inputs.items, AT_ONCE)):
            yield self._of(items, watch)
            done += len(items)

    def _of(self, items: list[Item], progress: Progress) -> Answers:
        """Return the answers for some inputs: those that can be read, beside the names of all."""
        classes = self.bundle.labels.classes
        failed = {row: item.reason for row, item in enumerate(items) if item.reason is not None}
        good = [row for row in range(len(items)) if row not in failed]
        proba, codes = np.full((len(items), len(classes)), np.nan, dtype=np.float32), np.full(len(items), -1)
        p_values = np.full(len(items), np.nan)
        if good:
            found = self.bundle.predict(
                [items[row].cell for row in good],
                decoder=self.decoder,
                batch_size=self.batch_size,
                threads=self.threads,
                progress=progress,
            )
            proba[good], codes[good], p_values[good] = found.proba, found.codes, found.p_values
            failed |= {good[place]: reason for place, reason in found.failed.items()}
        return Answers([item.name for item in items], classes, proba, codes, dict(sorted(failed.items())), p_values)
