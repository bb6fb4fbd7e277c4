import numpy as np

from warmstart.learning import near_texts as module
from warmstart.learning.near_texts import near_texts


def test_texts_equal_but_for_case_and_punctuation_are_near():
    assert near_texts(["Very good!", "very  GOOD", "very bad"]).tolist() == [[0, 1]]


def test_texts_that_share_nine_tenths_are_near_and_others_are_not():
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefghij"), 6)) for _ in range(200)]
    texts = [" ".join(rng.choice(words, 60)) for _ in range(100)]
    edited = [text[:-3] + "xyz" for text in texts]
    assert near_texts([*texts, *edited]).tolist() == [[row, row + 100] for row in range(100)]


def test_texts_of_few_letters_that_share_exactly_nine_tenths_are_near():
    assert near_texts(["abcdefghijklmn", "abcdefghijklm"]).tolist() == [[0, 1]]


def test_texts_of_signs_only_are_compared_as_they_are():
    assert near_texts([":-)", ":-("]).size == 0


def test_looking_at_few_letters_at_a_time_gives_the_same(monkeypatch):
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list("abcdefghij"), 6)) for _ in range(100)]
    texts = [" ".join(rng.choice(words, 20)) for _ in range(60)]
    texts += [f"{text} x" for text in texts[::2]]
    whole = near_texts(texts)
    monkeypatch.setattr(module, "LETTERS", 300)
    monkeypatch.setattr(module, "PAIRS", 7)
    assert len(whole) == 30
    assert near_texts(texts).tolist() == whole.tolist()


def test_long_texts_that_differ_late_are_compared_whole():
    rng = np.random.default_rng(2)
    start = "".join(rng.choice(list("abcdefghij"), module.READ))
    ends = ["".join(rng.choice(list("abcdefghij"), 2 * module.READ)) for _ in range(2)]
    assert near_texts([start + ends[0], start + ends[1], start + ends[1] + "k"]).tolist() == [[1, 2]]


def test_copies_in_a_table_too_small_for_its_5_grams_are_still_found(monkeypatch):
    monkeypatch.setattr(module, "BUCKETS", 6)
    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(list("abcdefghijklmnop"), 80)) for _ in range(50)]
    assert near_texts([*texts, *(text + "q" for text in texts)]).tolist() == [[row, row + 50] for row in range(50)]


def test_punctuation_may_be_deleted_or_blanked():
    assert near_texts(["I don't like it", "I dont like it", "I don t like it"]).tolist() == [[0, 1], [0, 2]]
