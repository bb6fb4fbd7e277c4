import numpy as np
import pytest

from warmstart.core.representation import Dense, Representation
from warmstart.flow.views import TRIED_ROWS, Turned, choose_views, some_rows, views_of

ROWS = 120
CODES = np.arange(ROWS) % 2
FOLDS = np.arange(ROWS) // 2 % 3


def seen(seed, *, wrong=False, noise=1.0):
    """Features that tell two classes apart; or, of a view that turns one into the other, the wrong way round."""
    rng = np.random.default_rng(seed)
    side = np.where(wrong, -1, 1) * (2.0 * CODES - 1)
    return Representation("key", {"last": (side[:, None] + rng.normal(0, noise, (ROWS, 12))).astype(np.float32)}, {})


def chosen(changed, plain=None):
    return choose_views(plain or seen(0), changed, CODES, np.arange(ROWS), FOLDS)


def test_views_that_keep_the_classes_apart_are_all_taken():
    assert chosen({"mirror": seen(1), "half turn": seen(2)}) == ("mirror", "half turn")


def test_views_that_confuse_the_classes_are_left_out():
    assert chosen({"mirror": seen(1, wrong=True), "half turn": seen(2, wrong=True)}) == ()


def test_where_only_a_later_view_confuses_the_first_is_taken_alone():
    changed = {"mirror": seen(1), "upside down": seen(2, wrong=True), "half turn": seen(3, wrong=True)}
    assert chosen(changed) == ("mirror",)


def test_without_views_there_is_nothing_to_choose():
    assert chosen({}) == ()


def test_only_the_rows_that_are_given_are_looked_at():
    rows = np.arange(60)
    plain, mirror = seen(0), seen(1)
    before = choose_views(plain, {"mirror": mirror}, CODES, rows, FOLDS[rows])
    for values in (plain.pooled["last"], mirror.pooled["last"]):
        values[60:] = np.nan
    assert choose_views(plain, {"mirror": mirror}, CODES, rows, FOLDS[rows]) == before


def test_texts_have_no_views():
    assert views_of("text") == ()
    assert views_of("image")[0] == "mirror"


@pytest.mark.parametrize("rows", [1, 399, 400, 401, 5000])
def test_views_are_tried_on_few_rows_spread_over_all(rows):
    tried = some_rows(np.arange(rows))
    assert min(rows, TRIED_ROWS) / 2 <= len(tried) <= TRIED_ROWS
    assert tried[0] == 0
    assert tried[-1] >= rows - 1 - rows / len(tried)


def test_prepared_inputs_are_turned_when_they_are_read():
    pixels = np.arange(2 * 2 * 3 * 3, dtype=np.uint8).reshape(2, 2, 3, 3)
    turned = Turned(Dense("pixels", pixels), "mirror")
    np.testing.assert_array_equal(turned.batch(np.array([1]))["pixels"], pixels[1:, :, ::-1])
    assert len(turned) == 2
    assert turned.lengths().tolist() == [1, 1]
    np.testing.assert_array_equal(pixels, np.arange(36).reshape(2, 2, 3, 3))
