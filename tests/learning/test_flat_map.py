import sys
from types import SimpleNamespace

import numpy as np
import pytest

from warmstart.errors import MissingExtra
from warmstart.learning import flat_map as module
from warmstart.learning.flat_map import flat_map


@pytest.fixture
def two():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(size=(30, 5)), rng.normal(size=(30, 5)) + 20]).astype(np.float32)


def apart(places):
    """Whether every row lies nearer to the middle of its own half than to that of the other."""
    middles = [places[:30].mean(axis=0), places[30:].mean(axis=0)]
    far = np.stack([np.linalg.norm(places - middle, axis=1) for middle in middles])
    return bool((far.argmin(axis=0) == np.repeat([0, 1], 30)).all())


@pytest.mark.parametrize("way", ["t-sne", "pca"])
def test_groups_lie_apart_on_the_map(two, way):
    found = flat_map(two, way=way, seed=0)
    assert (found.way, found.laid_out, found.places.shape) == (way, 60, (60, 2))
    assert apart(found.places)


def test_rows_beyond_the_sample_lie_among_their_own(two, monkeypatch):
    monkeypatch.setitem(module.MAPPED, "t-sne", 24)
    found = flat_map(two, way="t-sne", seed=0)
    assert found.laid_out == 24
    assert apart(found.places)


def test_auto_takes_umap_where_it_is_installed(two, monkeypatch):
    asked = {}

    class Umap:
        def __init__(self, **options):
            asked.update(options)

        def fit_transform(self, values):
            return values[:, :2]

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Umap, __spec__=object()))
    found = flat_map(two, seed=7)
    assert found.way == "umap"
    assert asked == {"n_neighbors": 15, "random_state": 7, "n_jobs": 1}


def test_umap_that_is_not_installed_is_one_sentence(two, monkeypatch):
    monkeypatch.setattr(module, "_has_umap", lambda: False)
    assert flat_map(two, way="auto", seed=0).way == "t-sne"
    with pytest.raises(MissingExtra, match=r"pip install 'warmstart\[umap\]'"):
        flat_map(two, way="umap")
