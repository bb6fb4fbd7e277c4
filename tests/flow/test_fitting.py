import numpy as np
import pytest

from tests.flow import tiny_race
from warmstart.flow.fitting import Fitting
from warmstart.flow.race import Race
from warmstart.flow.trial import Heat

HEAT = Heat("main", np.arange(140), np.arange(140, 200))


@pytest.fixture(autouse=True)
def _parts(monkeypatch):
    tiny_race.replace_parts(monkeypatch)


def test_an_average_is_fitted_again_by_fitting_its_members_again(monkeypatch):
    monkeypatch.setattr(tiny_race.Partial, "shares", {"top": 0.9, "middle": 0.88})
    race = Race(tiny_race.bench(tiny_race.plan(("top", 2), ("middle", 2))), HEAT)
    average = next(trial for trial in race.run() if trial.members)
    tiny_race.ASKED.clear()
    assert Fitting(race.bench, HEAT).fit(average).share == tiny_race.AVERAGED
    assert [one.setting["cut"] for one in tiny_race.ASKED] == ["top", "middle"]
