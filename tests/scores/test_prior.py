from warmstart.scores._base import Look
from warmstart.scores._example import card
from warmstart.scores.prior import Prior


def test_of_equal_report_the_larger_source_and_the_deeper_cut_come_first():
    values = [
        Prior().score(look)
        for look in (
            Look(card(prior=0.70, parameter_count=10**9), depth=0.2),
            Look(card(prior=0.75, parameter_count=10**6), depth=0.2),
            Look(card(prior=0.75, parameter_count=10**7), depth=0.2),
            Look(card(prior=0.75, parameter_count=10**7), depth=1.0),
        )
    ]
    assert values == sorted(values)
    assert len(set(values)) == len(values)
