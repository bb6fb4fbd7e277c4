"""What every test is kept away from: the user's cache, and the network."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _kept_away(tmp_path_factory):
    """Put the cache into a folder of the session, and refuse the Hub."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARMSTART_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield
