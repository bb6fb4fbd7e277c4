"""Find texts that are the same but for case, punctuation and a few letters, in time and memory linear in the texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

from warmstart.core.representation import blocks

SHINGLE = 5
JACCARD = 0.9
READ = 1000
LETTERS = 1 << 18
BUCKETS = 22
BINS = 64
PAIRS = 1 << 16
ROUNDING = 1e-9
"""1 - 0.9 is a little less than 0.1: a tenth of ten 5-grams is one."""


def near_texts(texts: Sequence[str]) -> np.ndarray:
    """Return pairs (pairs, 2) of texts whose letters are equal but for case, or that share 90 % of their 5-grams.

    Candidates share one of their rarest 5-grams (the prefix filter of set similarity joins: Chaudhuri
    and others, "A primitive operator for similarity joins in data cleaning", 2006); each is confirmed by
    the Jaccard similarity of the whole texts.
    """
    plain = [simplified(text) for text in texts]
    first: dict[str, int] = {}
    # Spaces do not count: who deletes punctuation makes "dont" of "don't", and who blanks it "don t".
    same = [(first.setdefault(text.replace(" ", ""), row), row) for row, text in enumerate(plain)]
    pairs = [pair for pair in same if pair[0] != pair[1]]
    rows = np.array(sorted(row for row in first.values() if len(plain[row]) > SHINGLE), dtype=np.int64)
    pairs += _confirmed(plain, rows[_candidates([plain[row][: READ + 1] for row in rows])])
    return np.array(sorted(set(pairs)), dtype=np.int64).reshape(-1, 2)


def simplified(text: str) -> str:
    """Return a text without case, accents' encoding, punctuation and repeated spaces; a text of signs only stays.

    >>> simplified("Very  GOOD, indeed!")
    'very good indeed'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.translate(_WORDS).split()) or " ".join(folded.split())


class _Words(dict[int, str]):
    """What every letter becomes: itself in a word, a space elsewhere."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = letter if letter.isalnum() or unicodedata.category(letter)[0] in "MS" else " "
        return self[code]


_WORDS = _Words()


def _confirmed(plain: Sequence[str], pairs: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs whose sets of 5-grams are alike."""
    found, last, left = [], -1, frozenset[str]()
    for one, two in pairs.tolist():
        if one != last:
            last, left = one, _shingles(plain[one])
        if _jaccard(left, _shingles(plain[two])) >= JACCARD:
            found.append((one, two))
    return found


def _shingles(text: str) -> frozenset[str]:
    """Return the 5-grams of a text."""
    return frozenset(text[place : place + SHINGLE] for place in range(len(text) - SHINGLE + 1))


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """Return the share of the elements of both that both have."""
    if min(len(left), len(right)) < JACCARD * max(len(left), len(right)):
        return 0.0
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)


def _candidates(texts: Sequence[str]) -> np.ndarray:
    """Return pairs (pairs, 2) of texts that share one of their rarest 5-grams, a number linear in the texts."""
    counts = np.zeros(1 << BUCKETS, dtype=np.uint32)
    for _, gram in _grams(texts):
        buckets, times = np.unique(_bucket(gram), return_counts=True)
        counts[buckets] += times.astype(np.uint32)
    owner, gram, bins = _prefixes(texts, counts)
    order = np.lexsort((owner, gram))
    owner, gram = owner[order], gram[order]
    new = np.concatenate([[True], gram[1:] != gram[:-1]]) if len(gram) else np.zeros(0, dtype=bool)
    later = np.flatnonzero(~new)
    head = np.maximum.accumulate(np.where(new, np.arange(len(gram)), 0))[later] if len(gram) else later
    pairs = np.concatenate([np.stack([owner[source], owner[later]], axis=1) for source in (later - 1, head)])
    short = np.array([len(text) <= READ for text in texts], dtype=bool)
    return _possible(np.unique(pairs.astype(np.int64), axis=0), bins, short)


def _prefixes(texts: Sequence[str], counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rarest 5-grams of every text that others have too, whose they are, and all grams by bins."""
    owners, grams, bins = [np.zeros(0, np.int32)], [np.zeros(0, np.uint64)], np.zeros((len(texts), BINS), np.uint8)
    for owner, gram in _grams(texts):
        low, sizes, times = owner[0], np.bincount(owner - owner[0]), counts[_bucket(gram)]
        order = np.lexsort((gram, times, owner))
        rank = np.arange(len(owner)) - (np.cumsum(sizes) - sizes)[owner - low]
        rare = order[(rank <= (1 - JACCARD) * sizes[owner - low] + ROUNDING) & (times[order] > 1)]
        owners.append(owner[rare].astype(np.int32))
        grams.append(gram[rare])
        places = (owner - low) * BINS + (_bucket(gram) % BINS).astype(np.int64)
        table = np.bincount(places, minlength=len(sizes) * BINS).reshape(-1, BINS)
        bins[low : low + len(sizes)] = np.minimum(table, 255)
    return np.concatenate(owners), np.concatenate(grams), bins


def _possible(pairs: np.ndarray, bins: np.ndarray, short: np.ndarray) -> np.ndarray:
    """Return the pairs that may be alike: of two short texts, no more is shared than the smaller of each bin."""
    kept = [np.zeros(0, dtype=bool)]
    for part in blocks(len(pairs), PAIRS):
        one, two = pairs[part].T
        shared = np.minimum(bins[one], bins[two]).sum(axis=1, dtype=np.int64)
        total = bins[one].sum(axis=1, dtype=np.int64) + bins[two].sum(axis=1, dtype=np.int64)
        kept.append((shared >= JACCARD * (total - shared)) | ~(short[one] & short[two]))
    return np.asarray(pairs[np.concatenate(kept)])


def _bucket(gram: np.ndarray) -> np.ndarray:
    """Return the place of every 5-gram in a table of fixed size; two may share one."""
    return np.asarray((gram * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - BUCKETS))


def _grams(texts: Sequence[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield, some texts at a time, which text every different 5-gram belongs to, and the 5-gram as a number."""
    start, letters = 0, 0
    for stop, text in enumerate(texts, start=1):
        letters += len(text)
        if letters >= LETTERS or stop == len(texts):
            yield _numbered([text[:READ] for text in texts[start:stop]], start)
            start, letters = stop, 0


def _numbered(texts: Sequence[str], first: int) -> tuple[np.ndarray, np.ndarray]:
    """Return owner and number of the different 5-grams of some texts, by owner."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    owner = np.repeat(np.arange(first, first + len(texts)), [len(text) for text in texts])
    inside = owner[: 1 - SHINGLE] == owner[SHINGLE - 1 :]
    value = np.zeros(len(inside), dtype=np.uint64)
    for step in range(SHINGLE):
        value = value * np.uint64(0x100000001B3) + codes[step : step + len(value)]
    owner, value = owner[: len(inside)][inside], value[inside]
    order = np.lexsort((value, owner))
    owner, value = owner[order], value[order]
    new = np.concatenate([[True], (value[1:] != value[:-1]) | (owner[1:] != owner[:-1])])
    return owner[new], value[new]
