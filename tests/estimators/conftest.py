"""What every estimator is tested on: a tiny source, and runs that draw little."""

import pytest

from tests.flow import tiny_runs
from warmstart.sources._tiny import tiny_folder


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with pytest.MonkeyPatch.context() as patch:
        tiny_runs.draw_less(patch)
        tiny_runs.leave_out(patch, "hog", "scratch")
        yield


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("source") / "tiny", "resnet")
