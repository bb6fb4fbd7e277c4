"""What skada is trusted with, against the traps that it was met with; see also the contract test of `adaptation/`."""

import importlib.util

import numpy as np
import pytest
import sklearn

from warmstart.adaptation import _skada
from warmstart.adaptation._base import Domains
from warmstart.core.representation import FeatureTable
from warmstart.errors import MissingExtra, NotApplicable
from warmstart.learning.linear import fit_logistic

ROWS, WIDTH = 150, 5
ADAPTERS = ("CORALAdapter", "SubspaceAlignmentAdapter", "LinearOTMappingAdapter")
needs_skada = pytest.mark.skipif(importlib.util.find_spec("skada") is None, reason="not applicable: no skada here")


def domains():
    rng = np.random.default_rng(0)
    codes = np.arange(ROWS) % 2
    turn = np.linalg.qr(rng.normal(size=(WIDTH, WIDTH)))[0]
    source, target = (rng.normal(0, 0.3, (ROWS, WIDTH)) + np.eye(2, WIDTH)[codes] for _ in range(2))
    tables = [FeatureTable((rows.astype(np.float32),), np.arange(ROWS)) for rows in (source, 1 + target @ turn)]
    head, penalty = fit_logistic(tables[0], codes, 2, np.arange(ROWS) % 3, penalties=(1e-2,))
    return Domains(tables[0], codes, 2, tables[1], head, penalty)


@needs_skada
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_rows_keep_their_order(adapter):
    pair = domains()
    source, target = pair.source[:].astype(float), pair.target[:].astype(float)
    whole = _skada._mapped(adapter, source, pair.codes, target).source
    order = np.random.default_rng(1).permutation(ROWS)
    turned = _skada._mapped(adapter, source[order], pair.codes[order], target).source
    np.testing.assert_allclose(turned, whole[order], atol=1e-6)


@needs_skada
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_process_is_left_as_it_was(adapter):
    pair = domains()
    before, codes = sklearn.get_config(), pair.codes.copy()
    _skada.mapped_head(pair, adapter, name="it")
    assert sklearn.get_config() == before
    np.testing.assert_array_equal(pair.codes, codes)


@needs_skada
def test_mapped_rows_have_the_targets_covariance():
    pair = domains()
    target = pair.target[:].astype(float)
    moved = _skada._mapped("CORALAdapter", pair.source[:].astype(float), pair.codes, target).source
    np.testing.assert_allclose(np.cov(moved.T), np.cov(target.T), atol=0.05)


@needs_skada
def test_what_fails_there_is_a_sentence_here():
    with pytest.raises(NotApplicable, match=r"skada fails on these rows: .*Nothing"):
        _skada.mapped_head(domains(), "NothingLikeIt", name="it")


def test_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"`coral` needs skada. Install it with `pip install 'warmstart\[adapt\]'`"):
        _skada.mapped_head(domains(), "CORALAdapter", name="coral")
