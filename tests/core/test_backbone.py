import dataclasses
import json

import numpy as np
import pytest

from warmstart.core.backbone import Backbone, SourceHead, Stage
from warmstart.core.card import Ancestor, Card
from warmstart.errors import OptionError

CARD = Card(
    "lite0", "package:x==1", "0" * 64, "Apache-2.0", "image", "tiny", 224, 9, "ImageNet",
    parameters={"depth": 3}, limits=("blind to blue",), prior=0.7, cost=0.4,
    lineage=(
        Ancestor("base", "here", "1" * 64, "MIT", ("a", "b")), Ancestor("next", "there", "2" * 64, "MIT", ("b", "c")),
    ),
)  # fmt: skip
BACKBONE = Backbone(CARD, tuple(Stage(name, 4) for name in ("stem", "block_1", "block_2")), {}, lambda: None)


def test_cuts_lie_after_the_stages_and_input_is_below_them_all():
    assert [BACKBONE.cut(name) for name in ("input", "stem", "block_1", "block_2")] == [0, 1, 2, 3]


@pytest.mark.parametrize("cut", range(4))
def test_every_cut_has_a_name_that_leads_back_to_it(cut):
    assert BACKBONE.cut(BACKBONE.cut_name(cut)) == cut


def test_an_unknown_stage_is_refused_with_the_nearest_name():
    with pytest.raises(OptionError) as refused:
        BACKBONE.cut("blok_2")
    assert str(refused.value) == (
        "'lite0' has no stage 'blok_2'. It must be one of: input, stem, block_1, block_2. Did you mean 'block_2'?"
    )


def test_a_backbone_is_of_the_modality_of_its_card():
    assert BACKBONE.modality == "image"


def test_a_card_comes_back_from_json_as_it_was_but_for_the_rows_that_were_seen():
    told = json.loads(json.dumps(CARD.to_json()))
    assert [step["rows"] for step in told["lineage"]] == [2, 2]
    rowless = tuple(dataclasses.replace(step, rows=()) for step in CARD.lineage)
    assert Card.from_json(told) == dataclasses.replace(CARD, lineage=rowless)


def test_a_card_knows_the_rows_that_any_ancestor_saw():
    assert CARD.rows_seen() == {"a", "b", "c"}


def test_a_card_becomes_one_step_of_its_descendants_lineage():
    step = CARD.as_ancestor(("d",))
    assert (step.name, step.sha256, step.licence, step.rows) == ("lite0", "0" * 64, "Apache-2.0", ("d",))


def test_a_head_reads_the_mean_over_positions_which_comes_first():
    head = SourceHead(("cat", "dog"), np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0.0, 1.0]))
    assert head.logits(np.array([[3.0, 4.0, 9.0, 9.0]])).tolist() == [[3.0, 9.0]]
