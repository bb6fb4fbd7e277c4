"""Eight labelled emoji a class: `warmstart fit`, and logistic regression on features of the same network.

python benchmarks/few_shot_images.py [--rows N] [--repeats N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

import numpy as np
from _few_shot import OURS, drawn, few_shot, learnt
from _networks import Stages, efficientnet_lite0, normalised, read_photo
from _ours import IMAGES
from _rounds import Reading, Side, Work
from _runs import SHARED
from _tables import Comparison

EMOJI = SHARED / "emoji" / "twitter"
BATCH = 16


def emoji() -> list[tuple[str, str]]:
    """Return the paths of the emoji with the kind that each is of."""
    return [(str(file), file.parent.name) for file in sorted(EMOJI.glob("*/*.png"))]


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


PEER = "EfficientNet-Lite0 + logistic regression"

BENCHMARK = few_shot(
    __file__,
    "Eight kinds of emoji, eight labels each",
    emoji,
    source=IMAGES,
    column="image",
    peers=(Side(PEER, embedded),),
    comparisons=(Comparison("learning", OURS, PEER),),
    rows=64,
)

if __name__ == "__main__":
    BENCHMARK.main()
