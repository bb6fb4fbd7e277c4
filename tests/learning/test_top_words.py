import numpy as np

from warmstart.learning.top_words import top_words

TEXTS = ["the battery charges fast", "battery and charger", "a fine film with actors", "the film and its actors"]


def test_words_tell_the_groups_apart():
    battery, film = top_words(TEXTS, np.array([0, 0, 1, 1]), 2, most=2)
    assert battery[0] == "battery"
    assert set(film) == {"film", "actors"}


def test_a_group_of_stop_words_has_no_words():
    assert top_words(["and the", "the of"], np.array([0, 1]), 2) == [[], []]
    assert top_words(["and the", "good"], np.array([0, 1]), 2) == [[], ["good"]]
