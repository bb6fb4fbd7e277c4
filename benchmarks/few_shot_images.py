"""Eight labelled emoji a class: `warmstart fit`, and logistic regression on features of the same network.

python benchmarks/few_shot_images.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from _benchmark import Benchmark
from _few_shot import TESTED, accuracies, drawn, learnt, ours
from _networks import Stages, efficientnet_lite0, normalised, read_photo
from _ours import IMAGES, prepared
from _rounds import Reading, Readings, Side, Work
from _runs import SHARED
from _tables import Comparison

EMOJI = SHARED / "emoji" / "twitter"
BATCH = 16


def emoji() -> list[tuple[str, str]]:
    """Return the paths of the emoji with the kind that each is of."""
    return [(str(file), file.parent.name) for file in sorted(EMOJI.glob("*/*.png"))]


def prepare(work: Work) -> None:
    """Export the source's graph."""
    prepared(work.folder, IMAGES)


def fit(work: Work) -> Reading:
    """Our side."""
    return ours(work, emoji(), column="image")


def embedded(work: Work) -> Reading:
    """Features of EfficientNet-Lite0's last layer under scikit-learn's logistic regression, standardised."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    given, network = drawn(emoji(), work), Stages(efficientnet_lite0())
    head = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    head.fit(_features(network, given.cells), given.labels)
    seconds = work.elapsed()
    return learnt(work, given, seconds, head.predict(_features(network, given.tested)))


def _features(network: Stages, paths: list[str]) -> np.ndarray:
    """Return mean and maximum of the last layer, (rows, width)."""
    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    return np.concatenate(
        [network(normalised(np.stack([read_photo(path) for path in batch])))[-1] for batch in batches]
    )


OURS = "warmstart fit"
PEER = "EfficientNet-Lite0 + logistic regression"


def more(readings: Readings) -> str:
    """Return the accuracies of both."""
    return accuracies(readings, OURS)


BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary=f"Eight kinds of emoji, eight labels each, drawn anew every round and tested on {TESTED:,} others. The "
    "time is from the first import until it has learnt, ours that of the command, with controls, outer folds and the "
    "bundle, the source's graph exported before.",
    prepare=prepare,
    sides=(Side(OURS, fit), Side(PEER, embedded)),
    comparisons=(Comparison("learning", OURS, PEER),),
    rows=64,
    repeats=10,
    more=more,
)

if __name__ == "__main__":
    BENCHMARK.main()
