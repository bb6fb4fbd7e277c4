"""What every test is kept away from (the user's cache, and the network), and what tests of several folders use."""

import pytest

from tests.flow import tiny_runs
from warmstart.runtime.decode import Decoder


@pytest.fixture(scope="session", autouse=True)
def _kept_away(tmp_path_factory):
    """Put the cache into a folder of the session, and refuse the Hub."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARMSTART_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module")
def decoder():
    """One process that reads images."""
    with Decoder(workers=1) as running:
        yield running


@pytest.fixture
def few_draws(monkeypatch):
    """Intervals from few draws, where a test looks at other things."""
    tiny_runs.draw_less(monkeypatch)
