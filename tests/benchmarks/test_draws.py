import dataclasses

import numpy as np
import pytest

from tests import tiny_tasks
from warmstart.core.dataset import UNLABELLED
from warmstart.flow.config import FitConfig
from warmstart.flow.run import open_run
from warmstart.flow.workbench import Tools
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_tasks.texts(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def tools(tmp_path):
    config = FitConfig(data="tiny", threads=1)
    with Decoder(workers=1) as decoder, open_run(tmp_path / "run", config.to_json()) as run:
        yield Tools(config, run, decoder, Cache(tmp_path / "cache"), 1)


def bench_of(tiny, tools, fitted, tested):
    from _draws import CLOSED_FORMS_ALONE, World, workbench

    world = World(tiny.material, {})
    return world, workbench(world, tools, np.array(fitted), np.array(tested, np.int64), plan=CLOSED_FORMS_ALONE)


def test_the_procedure_knows_no_label_of_the_rest(tiny, tools):
    _, bench = bench_of(tiny, tools, range(20), range(20, 30))
    assert not bench.crossed
    assert bench.split.rows("test").tolist() == list(range(20, 30))
    assert bench.split.rows("train", "validation").tolist() == list(range(20))
    assert (bench.material.codes[30:] == UNLABELLED).all()


def test_few_rows_without_a_test_part_are_cross_fitted_and_all_answered(tiny, tools):
    from _draws import judge

    _, bench = bench_of(tiny, tools, range(30), [])
    assert bench.crossed
    judged = judge(bench)
    assert judged.evidence.evaluation == "cross-fitted"
    assert len(judged.evidence.truth) == 30


def test_the_truth_is_told_by_the_rows_that_are_not_in_the_draw(tiny, tools):
    from _draws import controls_in_truth, judge, truth_of

    world, bench = bench_of(tiny, tools, range(20), range(20, 30))
    judged = judge(bench)
    controls = controls_in_truth(world, bench, judged)
    assert set(controls) == {"majority", "tf-idf", "untouched"}
    assert controls["majority"] == 0.5
    turned = dataclasses.replace(tiny.material, codes=1 - tiny.material.codes)
    there = truth_of(world, bench, judged.choice.delivered)
    assert truth_of(dataclasses.replace(world, material=turned), bench, judged.choice.delivered) == pytest.approx(
        1 - there
    )
