"""A whole experiment on photos of solar cells, against fine-tuning the same network in torch, on the same rows.

python benchmarks/whole_fit_images.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from _benchmark import Benchmark
from _data import photos
from _rounds import ALLOCATOR, SET, Reading, Side, Work
from _tables import Bar, Comparison
from _whole_fit import accuracies, answered, ours, read_both, write_split

EPOCHS = 3
TIMED_SHARE = 0.1


def prepare(work: Work) -> None:
    """Write the train and the test rows."""
    paths, labels = photos(work.rows, work.folder)
    rows = [{"image": path, "label": label} for path, label in zip(paths, labels, strict=True)]
    write_split(work.folder, rows, paths)


def torch_loop(work: Work, *, share: float = 1.0) -> Reading:
    """Fine-tune all layers in torch.

    Parameters
    ----------
    share : of the steps that are taken; the training time is scaled to all, and the answers are not kept.
    """
    from _photo_loop import answers, train

    (cells, labels), (test, wanted) = read_both(work.folder, "image")
    classes, codes = np.unique(labels, return_inverse=True)
    trained = train(cells, codes, epochs=EPOCHS, share=share, seed=work.round)
    slower = trained.seconds * (1 / trained.share - 1)
    return answered(work, classes[answers(trained.network, test)] == wanted, share=share, slower=slower)


PEER = "torch loop"
THIRD = "warmstart, a third of its time"


BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary="Functional against defective solar cells, a fifth tested; from the first import to the answers on the "
    "test rows, ours as a command. `warmstart fit` chooses, fits controls, races, measures and writes the bundle, from "
    f"an empty cache. The peer fine-tunes all layers of EfficientNet-Lite0 in torch for {EPOCHS} epochs (AdamW at "
    f"3e-4, mirror images, batch 32); without the allocator set it is timed over {TIMED_SHARE:.0%} of its steps, and "
    "scaled.",
    prepare=prepare,
    sides=(
        Side(PEER + SET, torch_loop, ALLOCATOR),
        Side(THIRD, partial(ours, column="image", options=("--target", "label"), peer=PEER + SET, share=1 / 3)),
        Side(PEER, partial(torch_loop, share=TIMED_SHARE), rounds=1),
    ),
    comparisons=(
        Comparison("whole fit", THIRD, PEER + SET, Bar("≤", 1 / 3)),
        Comparison("whole fit", THIRD, PEER, Bar("≤", 1 / 3)),
    ),
    rows=2624,
    repeats=1,
    more=partial(accuracies, mine={THIRD: -0.5}, peer=PEER + SET),
)

if __name__ == "__main__":
    BENCHMARK.main()
