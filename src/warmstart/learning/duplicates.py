"""Find rows that are the same but for re-encoding, and say which rows repeat which."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

NEAR_SHARE = 0.4
SMALL_SIDE = 64
LARGE_SIDE = 256
MOST_CANDIDATES = 50
SHINGLE = 5
JACCARD = 0.9
READ = 1000


def stars(hashes: Sequence[str], near: np.ndarray) -> np.ndarray:
    """Return for every row the row it repeats, itself where it repeats none, integers of shape (rows,).

    Groups are stars: a row joins another only if the two were found alike, never through a third row.

    Parameters
    ----------
    hashes : content hashes; equal ones are exact duplicates.
    near : pairs of rows (pairs, 2) that are alike.

    Examples
    --------
    >>> stars(["a", "b", "c", "a"], np.array([[0, 1], [1, 2]])).tolist()
    [1, 1, 1, 1]
    """
    first: dict[str, int] = {}
    exact = np.array([first.setdefault(value, row) for row, value in enumerate(hashes)], dtype=np.int64)
    friends: dict[int, set[int]] = {}
    for one, two in exact[near].tolist() if len(near) else []:
        if one != two:
            friends.setdefault(one, set()).add(two)
            friends.setdefault(two, set()).add(one)
    centre = np.arange(len(exact))
    free = set(friends)
    for row in sorted(friends, key=lambda row: (-len(friends[row]), row)):
        if row in free:
            members = {row, *(friends[row] & free)}
            centre[list(members)] = row
            free -= members
    return np.asarray(centre[exact])


def exact_pairs(hashes: Sequence[str]) -> np.ndarray:
    """Return pairs (pairs, 2) of every repeated row with the first row that has its hash."""
    first: dict[str, int] = {}
    pairs = [(first.setdefault(value, row), row) for row, value in enumerate(hashes)]
    return _pairs([pair for pair in pairs if pair[0] != pair[1]])


def near_images(signatures: np.ndarray, colours: np.ndarray, sides: np.ndarray) -> np.ndarray | None:
    """Return pairs of images that differ no more than re-encoding or resizing makes them differ.

    Candidates are near each other in a coarse picture (4 × 4), found with a k-d tree; each is confirmed by
    the difference of the slightly blurred 32 × 32 pictures after their brightness is aligned, measured
    against the detail that they have. Small images lose more when they are re-encoded, and so may differ more.

    Parameters
    ----------
    signatures : grey pictures (rows, 32, 32) of uint8.
    colours : coarse colour pictures (rows, 8, 8, 3) of uint8.
    sides : the shorter side of every image in pixels, (rows,).

    Returns
    -------
    Pairs (pairs, 2), the lower row first; None if the images are too much alike to tell.
    """
    from scipy.spatial import cKDTree

    if len(signatures) < 2:
        return _pairs([])
    soft, detail = _softened(signatures)
    reach = NEAR_SHARE * (1.0 + detail) * _loss(sides)
    coarse = soft.reshape(-1, 4, 8, 4, 8).mean(axis=(2, 4)).reshape(len(soft), 16)
    tree = cKDTree(coarse)
    radius = reach * np.sqrt(coarse.shape[1])
    if tree.query_ball_point(coarse, radius, return_length=True).sum() > MOST_CANDIDATES * len(soft):
        return None
    layout = colours.astype(np.float32).reshape(-1, 4, 2, 4, 2, 3).mean(axis=(2, 4)).reshape(len(soft), -1)
    found: list[tuple[int, int]] = []
    for row, others in enumerate(tree.query_ball_point(coarse, radius)):
        near = np.array([other for other in others if other != row], dtype=np.int64)
        bound = NEAR_SHARE * (1.0 + np.minimum(detail[row], detail[near])) * _loss(np.minimum(sides[row], sides[near]))
        alike = _distance(soft[near], soft[row]) <= bound
        alike &= _distance(layout[near], layout[row]) <= 2.0 + np.minimum(detail[row], detail[near])
        found += [(min(row, other), max(row, other)) for other in near[alike].tolist()]
    return _pairs(found)


def _softened(signatures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures blurred and with mean zero, (rows, 1024), and the strength of what blurring took."""
    sharp = signatures.astype(np.float32)
    padded = np.pad(sharp, ((0, 0), (1, 1), (1, 1)), mode="edge")
    down = 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]
    soft = 0.25 * down[:, :, :-2] + 0.5 * down[:, :, 1:-1] + 0.25 * down[:, :, 2:]
    detail = np.sqrt(((sharp - soft) ** 2).mean(axis=(1, 2)))
    soft = soft.reshape(len(soft), -1)
    return soft - soft.mean(axis=1, keepdims=True), detail


def _loss(sides: np.ndarray) -> np.ndarray:
    """Return how much re-encoding may change an image, 1 for a small one down to 1/4 for a large one."""
    return np.asarray(np.clip(SMALL_SIDE / np.maximum(sides, 1), SMALL_SIDE / LARGE_SIDE, 1.0))


def _distance(rows: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Return the root mean squared difference of every row to one."""
    return np.asarray(np.sqrt(((rows - row) ** 2).mean(axis=1)))


def near_texts(texts: Sequence[str]) -> np.ndarray:
    """Return pairs (pairs, 2) of texts that are equal but for case and punctuation, or share 90 % of their 5-grams.

    Candidates share one of their rarest 5-grams (the prefix filter of set similarity joins: Chaudhuri
    and others, "A primitive operator for similarity joins in data cleaning", 2006); each is confirmed by
    the Jaccard similarity of the whole texts.
    """
    plain = [simplified(text) for text in texts]
    first: dict[str, int] = {}
    same = [(first.setdefault(text, row), row) for row, text in enumerate(plain)]
    pairs = [pair for pair in same if pair[0] != pair[1]]
    rows = np.array(sorted(row for text, row in first.items() if len(text) > SHINGLE), dtype=np.int64)
    sets: dict[int, set[str]] = {}
    for one, two in sorted(_candidates([plain[row][:READ] for row in rows])):
        left, right = int(rows[one]), int(rows[two])
        if _jaccard(_shingles(plain, left, sets), _shingles(plain, right, sets)) >= JACCARD:
            pairs.append((left, right))
    return _pairs(pairs)


def simplified(text: str) -> str:
    """Return a text without case, accents' encoding, punctuation and repeated spaces; a text of signs only stays.

    >>> simplified("Very  GOOD, indeed!")
    'very good indeed'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(letter if letter.isalnum() or unicodedata.category(letter)[0] in "MS" else " " for letter in folded)
    return " ".join(words.split()) or " ".join(folded.split())


def _shingles(plain: Sequence[str], row: int, known: dict[int, set[str]]) -> set[str]:
    """Return the 5-grams of a text, remembered."""
    if row not in known:
        text = plain[row]
        known[row] = {text[place : place + SHINGLE] for place in range(len(text) - SHINGLE + 1)}
    return known[row]


def _jaccard(left: set[str], right: set[str]) -> float:
    """Return the share of the elements of both that both have."""
    if min(len(left), len(right)) < JACCARD * max(len(left), len(right)):
        return 0.0
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)


def _candidates(texts: Sequence[str]) -> set[tuple[int, int]]:
    """Return pairs of texts that share one of their rarest 5-grams, a number linear in the texts."""
    owner, gram = _grams(texts)
    if not len(gram):
        return set()
    _, place, counts = np.unique(gram, return_inverse=True, return_counts=True)
    order = np.lexsort((place, counts[place], owner))
    owner, place = owner[order], place[order]
    sizes = np.bincount(owner, minlength=len(texts))
    rank = np.arange(len(owner)) - (np.cumsum(sizes) - sizes)[owner]
    rare = (rank <= (1 - JACCARD) * sizes[owner]) & (counts[place] > 1)
    owner, place = owner[rare], place[rare]
    order = np.lexsort((owner, place))
    owner, place = owner[order], place[order]
    new = np.concatenate([[True], place[1:] != place[:-1]]) if len(place) else np.zeros(0, dtype=bool)
    start = (
        np.maximum.accumulate(np.where(new, np.arange(len(place)), 0)) if len(place) else np.zeros(0, dtype=np.int64)
    )
    later = np.flatnonzero(~new)
    before, head = owner[later - 1], owner[start[later]]
    return {
        (int(one), int(two))
        for source in (before, head)
        for one, two in zip(source, owner[later], strict=True)
        if one != two
    }


def _grams(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return which text every different 5-gram belongs to, and the 5-gram as a number."""
    letters = [np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32) for text in texts]
    owners, grams = [], []
    for row, codes in enumerate(letters):
        if len(codes) < SHINGLE:
            continue
        value = np.zeros(len(codes) - SHINGLE + 1, dtype=np.uint64)
        for step in range(SHINGLE):
            value = value * np.uint64(0x100000001B3) + codes[step : step + len(value)]
        value = np.unique(value)
        owners.append(np.full(len(value), row, dtype=np.int64))
        grams.append(value)
    if not owners:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    return np.concatenate(owners), np.concatenate(grams)


def _pairs(found: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return pairs as a sorted array without repetitions, (pairs, 2)."""
    return np.array(sorted(set(found)), dtype=np.int64).reshape(-1, 2)
