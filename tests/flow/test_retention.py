from dataclasses import replace

import numpy as np
import pytest

from tests import tiny_tasks
from tests.flow import tiny_race
from warmstart.controls.hog import Hog
from warmstart.core.representation import read_rows
from warmstart.core.split import Split
from warmstart.errors import OptionError
from warmstart.flow.choose import Choice, Ready
from warmstart.flow.race import Race
from warmstart.flow.reference import Reference, load_reference
from warmstart.flow.retention import measure_forgetting
from warmstart.flow.split import Rows
from warmstart.flow.trial import Heat, Trial
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache
from warmstart.strategies._base import Assignment
from warmstart.strategies.partial import Partial
from warmstart.strategies.probe import Probe

NONE = np.zeros(0, dtype=np.int64)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("retention")


@pytest.fixture(scope="module")
def tiny(home):
    return tiny_tasks.images(home)


@pytest.fixture(scope="module")
def probe(tiny):
    setting = {"stages": "all", "cut": tiny.material.backbone.stages[-1].name}
    return Probe().fit(tiny.material, Assignment(tiny.train, tiny.folds, NONE, 0, setting))


@pytest.fixture(scope="module")
def tuned(tiny, probe):
    setting = {"cut": tiny.material.backbone.stages[0].name}
    return Partial().fit(tiny.material, Assignment(tiny.train, tiny.folds, NONE, 0, setting, epochs=4, start=probe))


def trial(part, adapted, setting=None, epochs=0, value=0.9):
    return Trial(part.name, part, setting or {}, epochs, adapted=adapted, value=value, loss=0.3)


def measured(tiny, probe, adapted, part, folder, *, reference=None, pays=True, beside=0.5, **plan):
    """Return what is measured where `adapted` was delivered into a folder."""
    bench = tiny_race.bench()
    bench.material, bench.split = tiny.material, Split(np.where(np.arange(40) < 30, "train", "test").astype("<U12"))
    bench.rows = Rows(tiny.material.codes, tiny.material.codes, np.arange(40))
    bench.plan = replace(bench.plan, **{"train_row": {tiny.material.backbone.stages[0].name: 0.001}, **plan})
    bench.pays_for = lambda step: pays
    bundle = Bundle.open(folder) if folder.exists() else tiny_tasks.saved_and_reloaded(tiny, adapted, folder)
    setting = {"cut": tiny.material.backbone.stages[0].name}
    chosen = Ready(trial(part, adapted, setting, 4), adapted, 1.0, np.ones(2))
    control = Ready(trial(Hog(), None, value=beside), adapted, 1.0, np.ones(2))
    race = Race(bench, Heat("main", tiny.train, tiny.held), [trial(Probe(), probe)])
    with Decoder(workers=1) as decoder:
        bench.tools.decoder, bench.tools.cache, bench.tools.threads = decoder, Cache(folder.parent / "cache"), 1
        return measure_forgetting(bench, race, Choice(chosen, control), bundle, tiny.held, reference)


@pytest.fixture(scope="module")
def kept(tiny, probe, tuned, home):
    codes = np.where(np.arange(40) < 30, tiny.material.codes, -1)
    return measured(tiny, probe, tuned, Partial(), home / "tuned", reference=Reference(tiny.material.dataset, codes))


def test_a_probe_leaves_the_base_as_it_was_by_hash(tiny, probe, home):
    found = measured(tiny, probe, probe, Probe(), home / "probe")
    assert found.base == found.delivered
    assert (found.retained, found.frontier) == ((), ())
    assert found.head_labels == 3


def test_training_changes_the_hash_and_what_is_left_is_measured(kept):
    assert kept.base != kept.delivered
    on_inputs, on_reference = kept.retained
    assert (on_inputs.on, on_inputs.rows, on_inputs.accuracy) == ("your inputs", 10, None)
    assert (on_reference.on, on_reference.rows, on_reference.labelled) == ("reference", 40, 30)
    assert on_inputs.agreement.low <= on_inputs.agreement.value <= on_inputs.agreement.high
    before, after, change = on_reference.accuracy
    assert change.value == pytest.approx(after.value - before.value)


def test_where_no_answer_turns_right_or_wrong_the_change_of_accuracy_is_not_certain(tiny, probe, tuned, home):
    rows, last, inputs = np.arange(40), tiny.material.backbone.stages[-1].name, tiny.material.representation
    seen = read_rows(inputs.pooled[last], rows), tuned.pooled(inputs, rows)[last]
    answered = [tiny.material.backbone.head.logits(pooled).argmax(axis=1) for pooled in seen]
    neither = np.array([min({0, 1, 2} - {one, other}) for one, other in zip(*answered, strict=True)])
    reference = Reference(tiny.material.dataset, neither)
    change = measured(tiny, probe, tuned, Partial(), home / "tuned", reference=reference).retained[1].accuracy[2]
    assert change.value == 0.0
    assert change.low < -0.05
    assert change.high > 0.05


def test_below_the_cut_everything_is_as_before(kept, tiny):
    first, *_, last = (stage.name for stage in tiny.material.backbone.stages)
    assert kept.retained[1].similarity[first] == pytest.approx(1.0)
    assert kept.retained[1].similarity[last] < 1.0


def test_the_frontier_begins_at_the_untouched_source_and_ends_at_the_choice(kept, tiny, tuned):
    assert [point.share for point in kept.frontier] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert kept.frontier[0].retention.value == 1.0
    right = (
        tuned.predict_proba(tiny.material.representation, tiny.held).argmax(axis=1) == tiny.material.codes[tiny.held]
    )
    assert kept.frontier[-1].metric.value == pytest.approx(right.mean())


def test_a_source_without_a_head_is_judged_by_its_neighbours(tiny, probe, tuned, home):
    headless = replace(tiny, material=replace(tiny.material, backbone=replace(tiny.material.backbone, head=None)))
    found = measured(headless, probe, tuned, Partial(), home / "tuned")
    assert found.head_labels == 0
    assert found.retained[0].agreement is None
    assert found.frontier[0].retention.value == 1.0


def test_a_dear_network_is_measured_on_fewer_rows(tiny, probe, tuned, home, monkeypatch):
    monkeypatch.setattr("warmstart.flow.retention.FEWEST_ROWS", 6)
    dear = {tiny.material.backbone.stages[0].name: 10.0}
    found = measured(tiny, probe, tuned, Partial(), home / "tuned", train_row=dear)
    assert found.retained[0].rows <= 6


def test_once_the_budget_is_spent_nothing_is_measured(tiny, probe, tuned, home):
    assert measured(tiny, probe, tuned, Partial(), home / "tuned", pays=False) is None


def test_a_control_that_is_delivered_has_nothing_to_forget(tiny, probe, tuned, home):
    assert measured(tiny, probe, tuned, Partial(), home / "tuned", beside=0.95) is None


def test_a_reference_set_of_another_modality_is_refused(tiny, home):
    (home / "texts.csv").write_text(
        "text,label\none good film,a\none bad film,b\nanother good one,a\nanother bad one,b\n"
    )
    bench = tiny_race.bench()
    bench.material = tiny.material
    bench.tools.config.reference = str(home / "texts.csv")
    with Decoder(workers=1) as decoder:
        bench.tools.decoder, bench.tools.cache = decoder, None
        with pytest.raises(OptionError, match="must hold image inputs, as the data does"):
            load_reference(bench)


def test_reference_labels_are_those_of_the_sources_head(tiny, home):
    from tests.flow.tiny_runs import photos

    bench = tiny_race.bench()
    bench.material = tiny.material
    bench.tools.config.reference = str(photos(home / "reference", 8, seed=3))
    (home / "reference" / "blue").rename(home / "reference" / "unknown")
    with Decoder(workers=1) as decoder:
        bench.tools.decoder, bench.tools.cache = decoder, None
        found = load_reference(bench)
    assert sorted(found.codes.tolist()) == [-1] * 4 + [0] * 4
    bench.tools.config.reference = None
    assert load_reference(bench) is None


def test_a_reference_set_of_a_few_rows_is_refused(tiny, home):
    from tests.flow.tiny_runs import photos

    bench = tiny_race.bench()
    bench.material = tiny.material
    bench.tools.config.reference = str(photos(home / "few", 2, seed=4))
    with Decoder(workers=1) as decoder:
        bench.tools.decoder, bench.tools.cache = decoder, None
        with pytest.raises(OptionError, match=r"must hold at least 4 rows: .* holds 2\. Name a larger one"):
            load_reference(bench)
