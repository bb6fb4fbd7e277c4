import numpy as np
import pytest

from tests.flow import tiny_race
from warmstart.flow.race import Race
from warmstart.flow.trial import Heat

HEAT = Heat("main", np.arange(140), np.arange(140, 200))


@pytest.fixture(autouse=True)
def _parts(monkeypatch):
    tiny_race.replace_parts(monkeypatch)


def test_what_a_resumed_fold_has_not_trained_again_counts_all_the_same():
    bench = tiny_race.bench(tiny_race.plan(("top", 4)), crossed=True)
    race = Race(bench, HEAT)
    race.run()
    # Five more heats of 4 epochs of 140 rows at 0.01 s, and a control that takes half a second twice; six fit again.
    spare = 95 - 10 - 5 * (5.6 + 1.0) - 6 * 4 * 200 * 0.01
    assert race.deadline.allows((spare - 0.1) / 6)
    assert not race.deadline.allows((spare + 0.1) / 6)
