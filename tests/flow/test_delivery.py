from types import SimpleNamespace

import numpy as np
import pytest

from tests.flow.tiny_race import Answers, Majority, Probe, Untouched
from tests.tiny_models import facts
from warmstart.flow import delivery
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.trial import Trial


def ready(kind, value):
    adapted = Answers(np.arange(4) % 2, 0.8)
    return Ready(Trial(kind.name, kind(), adapted=adapted, value=value), adapted, 1.0, np.ones(2))


@pytest.mark.parametrize(
    ("control", "value", "told"), [(Untouched, 0.9, True), (Majority, 0.9, False), (Majority, 0.7, True)]
)
def test_the_card_of_what_is_made_from_the_source_has_its_licence_and_lineage(
    monkeypatch, tmp_path, control, value, told
):
    choice = Choice(ready(Probe, 0.8), ready(control, value))
    card = facts().card
    tools = SimpleNamespace(run=SimpleNamespace(folder=tmp_path / "run"), config=SimpleNamespace(row_data=True))
    bench = SimpleNamespace(tools=tools, material=SimpleNamespace(backbone=SimpleNamespace(card=card)))
    monkeypatch.setattr(delivery, "add_evidence", lambda bundle, evidence, *, readme, row_data: readme)
    written = delivery.seal_evidence(bench, None, choice, None, {"chosen": {"is_control": choice.delivers_control}})
    assert (f"| {card.name} | {card.licence} |" in written) == told
    assert ("It was made from no pre-trained source." in written) != told
