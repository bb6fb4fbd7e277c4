import numpy as np
import pytest

from tests.flow.tiny_updates import counting_model
from warmstart.core.feature_reference import FeatureReference
from warmstart.learning.grown_head import Moments, grow
from warmstart.runtime.graph import Graph
from warmstart.training.grown_graph import grown_graph

FEEDS = {"input_ids": np.random.default_rng(0).integers(0, 6, (30, 12)), "attention_mask": np.ones((30, 12), np.int64)}


def reference():
    rng = np.random.default_rng(1)
    shapes = (10,), (10, 3), (3, 3), (2, 3), (1,), (20,)
    arrays = [rng.normal(size=shape) for shape in shapes]
    return FeatureReference(*(array.astype(np.float32) for array in arrays))


def grown(classes, *, seed=3, known=None):
    rng = np.random.default_rng(seed)
    before = known or Moments(rng.normal(size=(2, 3)), np.array([20, 30]), np.eye(3))
    codes = np.arange(24) % classes
    return grow(before, rng.normal(size=(24, 3)) + codes[:, None], codes, classes)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_graph_answers_as_the_head(classes):
    model, known, head = counting_model().graph, reference(), grown(classes)
    before = Graph(model, threads=1).run(FEEDS)
    after = Graph(grown_graph(model, known, head), threads=1).run(FEEDS)
    expected = head.proba(before["scores"], known.columns(before["embedding"])[:, :-1])
    np.testing.assert_allclose(after["scores"], expected, atol=1e-5)
    np.testing.assert_array_equal(after["embedding"], before["embedding"])


def test_a_grown_graph_can_grow_again():
    known, head = reference(), grown(3)
    once = grown_graph(counting_model().graph, known, head)
    again = grown(4, known=head.moments)
    before = Graph(once, threads=1).run(FEEDS)
    after = Graph(grown_graph(once, known, again), threads=1).run(FEEDS)
    expected = again.proba(before["scores"], known.columns(before["embedding"])[:, :-1])
    np.testing.assert_allclose(after["scores"], expected, atol=1e-5)


def test_it_needs_no_torch():
    import subprocess
    import sys

    imports = "import warmstart.training.grown_graph, warmstart.flow.update.growing"
    code = f"import sys; {imports}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
