import numpy as np
import pytest

from warmstart.core.backbone import Backbone, SourceHead, Stage
from warmstart.flow.look import MOST_CUTS, cuts_to_rank, rows_to_look_at, score_cuts
from warmstart.scores._example import card

CODES = np.arange(40) % 2


def network(stages, head=None):
    return Backbone(card(), tuple(Stage(f"s{place}", 4) for place in range(1, stages + 1)), {}, lambda: None, head=head)


def seen(backbone):
    """Pooled features of width 8 that know the classes the better, the deeper the stage."""
    noise = np.random.default_rng(0).normal(size=(len(CODES), 8)).astype(np.float32)
    depths = enumerate(backbone.stages, start=1)
    return {stage.name: noise + np.float32(depth) * CODES[:, None] for depth, stage in depths}


def test_looks_at_every_class_in_its_share_and_at_no_row_without_a_label():
    codes = np.array([0] * 300 + [1] * 100 + [-1] * 50)
    rows = rows_to_look_at(codes, np.arange(450), 80)
    assert len(np.unique(rows)) == 80
    assert np.bincount(codes[rows]).tolist() == [60, 20]


def test_looks_at_all_rows_where_there_are_few_and_only_at_those_given():
    assert rows_to_look_at(CODES, np.array([3, 5, 8])).tolist() == [3, 5, 8]


@pytest.mark.parametrize("stages", [1, 2, 6, 7, 18])
def test_cuts_are_spread_over_the_stages_and_end_with_the_whole_network(stages):
    cuts = cuts_to_rank(network(stages))
    assert cuts[-1] == stages
    assert len(cuts) == min(stages, MOST_CUTS)
    assert min(cuts) >= 1


def test_scores_every_cut_from_one_pass():
    backbone = network(3)
    found = score_cuts(backbone, seen(backbone), CODES)
    assert [one.cut for one in found] == ["s1", "s2", "s3"]
    assert found[0].scores["linear_probe"] < found[-1].scores["linear_probe"]
    assert [one.look.depth for one in found] == pytest.approx([1 / 3, 2 / 3, 1])


def test_the_sources_own_head_is_asked_where_it_reads_and_nowhere_else():
    head = SourceHead(("yes", "no"), np.eye(2, 4, dtype=np.float32), np.zeros(2, np.float32))
    backbone = network(2, head)
    found = score_cuts(backbone, seen(backbone), CODES)
    assert "leep" not in found[0].scores
    assert found[0].reasons["leep"] == "'tiny' has no head of its own that reads this cut."
    assert found[1].look.source_proba.shape == (40, 2)
    assert np.isfinite(found[1].scores["leep"])
