import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from tests.flow.tiny_race import Answers, Majority, Probe, Untouched
from tests.tiny_models import facts
from warmstart.flow import delivery
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.trial import Heat, Trial


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


@pytest.mark.parametrize(("again", "rows"), [(True, 10), (False, 7)])
def test_the_reference_is_of_the_rows_that_the_model_was_fitted_on_and_the_lineage_of_all_that_it_saw(
    monkeypatch, tmp_path, again, rows
):
    made = ready(Probe, 0.8)
    adapted = SimpleNamespace(deliver=lambda temperature: "model")
    candidate = dataclasses.replace(made, adapted=adapted, trial=dataclasses.replace(made.trial, again=again))
    control = dataclasses.replace(ready(Majority, 0.5), adapted=adapted)
    heat = Heat("main", np.arange(7), np.arange(7, 10))
    tools = SimpleNamespace(run=SimpleNamespace(bundle=tmp_path), decoder=None, threads=1)
    monkeypatch.setattr(delivery, "precise", lambda bench, model, fitted, **options: (model, fitted))
    monkeypatch.setattr(delivery, "_facts", lambda bench, choice, seen, precision: (len(seen), len(precision)))
    monkeypatch.setattr(delivery, "_check", lambda bench, ready, made, checked: None)
    monkeypatch.setattr(delivery, "_reference", lambda bench, fitted: {"rows": len(fitted)})
    monkeypatch.setattr(delivery, "deliver", lambda path, **options: options)
    given = delivery.deliver_choice(SimpleNamespace(tools=tools), Choice(candidate, control), heat)
    assert given["reference"]["rows"] == rows
    assert given["facts"] == (10, rows)
