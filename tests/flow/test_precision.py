from types import SimpleNamespace

import numpy as np
import pytest

from tests import tiny_tasks
from tests.flow import tiny_race
from warmstart.errors import OptionError
from warmstart.flow import precision
from warmstart.flow.choose import Ready
from warmstart.flow.precision import INT8, Precision, precise, predictor_of, require_precision
from warmstart.flow.split import Rows
from warmstart.flow.trial import Trial
from warmstart.learning.paired_loss import PairedLoss
from warmstart.store.cache import Cache
from warmstart.strategies._base import Assignment
from warmstart.strategies.probe import Probe

BYTES, FASTER = {"fp32": 400, "int8": 100}, {"fp32": 2.0, "int8": 1.0}
GOOD = precision._Comparison(800, PairedLoss(0.001, 0.004), 0.01, BYTES, FASTER)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    return tiny_tasks.texts(tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return tiny_tasks.images(tmp_path_factory.mktemp("photos"))


def fitted(task, rows, folds):
    nobody = task.held[:0]
    asked = Assignment(rows=rows, folds=folds, validation=nobody, seed=0, setting={"stages": "last", "cut": "layer_2"})
    part = Probe()
    return Ready(Trial("probe last", part), part.fit(task.material, asked), 1.0, np.ones(2))


@pytest.fixture(scope="module")
def raced(texts):
    return fitted(texts, texts.train, texts.folds)


@pytest.fixture
def bench(texts, decoder):
    made = tiny_race.bench()
    made.material = texts.material
    made.rows = Rows(texts.material.codes, texts.material.codes, texts.every)
    made.tools.config.precision = "auto"
    made.tools.decoder, made.tools.threads = decoder, 1
    made.tools.run.record[f"speed {texts.material.backbone.card.name}"] = {"embed_row": 0.001}
    made.crossed = False
    return made


@pytest.fixture
def model(raced):
    return raced.adapted.deliver()


def decided(bench, model, raced, texts, *, rows=None):
    rows = texts.held if rows is None else rows
    return precise(bench, model, texts.train, raced=raced, validation=rows)


def pretend(monkeypatch, found):
    monkeypatch.setattr(precision, "fewest_rows", lambda limit: 5)
    monkeypatch.setattr(precision, "_compared", lambda *_: found)


def test_int8_is_delivered_where_it_loses_little(bench, model, raced, texts, monkeypatch):
    pretend(monkeypatch, GOOD)
    given, why = decided(bench, model, raced, texts)
    assert (why.used, given.graph == model.graph) == ("int8", False)
    assert why.reason == (
        "On 800 validation rows int8 loses 0.1 points of accuracy (at most 0.4, with 95 % certainty) "
        "at 25.0 % of the size."
    )
    assert (given.tensors, given.preparation) == (model.tensors, model.preparation)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"loss": PairedLoss(0.0, 0.005)}, "fp32 is kept, because that is not below 0.5 point."),
        ({"bytes": {"fp32": 100, "int8": 100}}, "fp32 is kept, because it is no smaller."),
        ({"seconds": {"fp32": 1.0, "int8": 1.1}}, "fp32 is kept, because it is no faster on this machine."),
        ({"change": -1.0}, "fp32 is kept, because it changes the refitted model's probabilities by"),
    ],
)
def test_fp32_is_kept_where_int8_does_not_pay(bench, model, raced, texts, monkeypatch, changes, sentence):
    pretend(monkeypatch, precision._Comparison(**{**vars(GOOD), **changes}))
    monkeypatch.setattr(precision, "LEAST_CHANGE", 0.0)
    given, why = decided(bench, model, raced, texts)
    assert given is model
    assert why.used == "fp32"
    assert sentence in why.reason


def test_few_validation_rows_cannot_show_it(bench, model, raced, texts):
    given, why = decided(bench, model, raced, texts)
    assert given is model
    assert why.reason == (
        "10 validation rows cannot show that int8 loses less than 0.5 point: that takes at least 464."
    )


def test_a_run_without_time_keeps_fp32_and_says_so(bench, model, raced, texts, monkeypatch):
    pretend(monkeypatch, GOOD)
    bench.tools.run.seconds = bench.plan.budget_seconds
    assert decided(bench, model, raced, texts)[1].reason == (
        "No time was left to compare int8 with fp32: fp32 is kept."
    )


def test_what_was_decided_is_followed_and_not_measured_again(bench, model, raced, texts, monkeypatch):
    pretend(monkeypatch, GOOD)
    first = decided(bench, model, raced, texts)
    bench.tools.run.seconds = bench.plan.budget_seconds
    monkeypatch.setattr(precision, "_compared", None)
    again = decided(bench, model, raced, texts)
    assert again[1] == first[1]
    assert again[0].graph == first[0].graph


def test_what_is_asked_for_is_delivered(bench, model, raced, texts):
    bench.tools.config.precision = "int8"
    given, why = decided(bench, model, raced, texts)
    assert why.used == INT8
    assert why.reason.startswith("int8 was asked for. On 10 validation rows int8 loses ")
    assert set(why.seconds) == set(why.bytes) == {"fp32", "int8"}
    cells = texts.material.dataset.inputs[0].cells
    one, other = (predictor_of(bench, m).predict(cells, decoder=bench.tools.decoder).scores for m in (model, given))
    assert 0 < np.abs(one - other).max() < 0.05
    bench.tools.run.record.pop("precision")
    bench.tools.config.precision = "fp32"
    assert decided(bench, model, raced, texts) == (model, Precision("fp32", "fp32 was asked for."))


def test_under_outer_folds_it_is_fp32(bench, model, texts):
    assert decided(bench, model, None, texts)[1].reason.startswith("Every row is tested by outer folds")


def test_int8_is_refused_where_it_cannot_be_had(bench, photos, monkeypatch):
    bench.tools.config.precision = "int8"
    bench.tools.cache = Cache()
    require_precision(bench)
    bench.crossed = True
    with pytest.raises(OptionError, match="needs a test part"):
        require_precision(bench)
    bench.crossed, bench.material = False, photos.material
    with pytest.raises(OptionError, match=r"convolutions stay in fp32\. Leave --precision\."):
        require_precision(bench)


def test_a_network_of_convolutions_is_delivered_in_fp32(bench, photos, monkeypatch):
    pretend(monkeypatch, GOOD)
    bench.material = photos.material
    model = SimpleNamespace(graph=_convolutions(photos))
    given, why = precise(bench, model, photos.train, raced=object(), validation=photos.held)
    assert given is model
    assert why.reason == (
        "int8 is not applicable: it has no matrix products by constant weights; convolutions stay in fp32."
    )


def _convolutions(task):
    from warmstart.training.stage_graph import network_graph

    return network_graph(task.material.backbone)
