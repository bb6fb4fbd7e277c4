import shutil

import numpy as np
import pytest
from PIL import Image

from tests.flow import tiny_runs
from warmstart.flow.experiment import fit
from warmstart.runtime.bundle import Bundle
from warmstart.sources._tiny import tiny_folder
from warmstart.store.cache import Cache

TRAINED, SEALED, COPIED = 40, 20, 6


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Photos, and a test part that repeats some of them: half exactly, half brighter by one."""
    folder = tmp_path_factory.mktemp("repeated")
    tiny_runs.photos(folder / "photos", TRAINED, seed=0)
    tiny_runs.photos(folder / "sealed", SEALED, seed=1)
    for place, path in enumerate(sorted((folder / "photos" / "red").iterdir())[:COPIED]):
        copy = folder / "sealed" / "red" / f"copy of {path.name}"
        if place % 2:
            Image.fromarray(np.minimum(np.asarray(Image.open(path)), 254) + 1).save(copy)
        else:
            shutil.copy(path, copy)
    return folder


@pytest.fixture(scope="module")
def run(home, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        tiny_runs.draw_less(patch)
        tiny_runs.leave_out(patch, "scratch")
        source = str(tiny_folder(home / "tiny", "resnet"))
        result = fit(tiny_runs.command(home, source), cache=Cache(tmp_path_factory.mktemp("cache"))).result
    return result, Bundle.open(home / "run" / "bundle").evidence()


def test_copies_are_found_and_trained_on_by_nothing(run):
    result, evidence = run
    assert len(evidence.data.across) == COPIED
    assert result["task"]["rows"]["train"] + result["task"]["rows"]["validation"] == TRAINED - COPIED


def test_a_probe_answers_every_test_row_fitted_with_the_copies_and_without(run):
    _, evidence = run
    repeated = evidence.repeated
    assert repeated.copies == COPIED
    assert all("copy of" in evidence.ids[place] for place in repeated.places)
    assert len(repeated.places) == COPIED
    assert len(repeated.fitted_with) == len(repeated.fitted_without) == SEALED + COPIED
    with_copies, without = (codes[repeated.places] for codes in (repeated.fitted_with, repeated.fitted_without))
    truth = evidence.truth[repeated.places]
    assert np.sum(with_copies == truth) >= np.sum(without == truth)


def test_the_score_with_and_without_is_said(run):
    result, _ = run
    [finding] = [one for one in result["findings"] if one["code"] == "leakage_across_split"]
    assert f"copies of test rows: {COPIED}. Fitted with them, a probe would reach" in finding["sentence"]
    assert f"on the {SEALED} without a copy." in finding["sentence"]
    assert finding["numbers"]["test_rows_repeated"] == COPIED
    assert finding["numbers"]["inflation"]["low"] <= finding["numbers"]["inflation"]["value"]
