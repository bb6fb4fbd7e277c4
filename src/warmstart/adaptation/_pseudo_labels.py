"""Self-training: fit again with the rows of the target of whose class the head is surest."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from warmstart.adaptation._base import Domains
from warmstart.learning.linear import LinearHead, solve
from warmstart.learning.many_rows import some_places
from warmstart.learning.rotation import projected, rotate

SHARES = (0.2, 0.35, 0.5)
Scaling = tuple[np.ndarray, np.ndarray]


def self_trained(domains: Domains, start: LinearHead, source: Scaling, target: Scaling) -> LinearHead:
    """Return a head for the target, fitted on the source's labels and on the surest of its own answers.

    In each round the same share of the rows of every class is taken, so that easy classes do not crowd
    out hard ones (class-balanced self-training; Zou et al., 2018).

    Parameters
    ----------
    start : the head for the target whose answers come first, standardised by `target`.
    source, target : what is taken from the features of each domain, and by what they are divided.
    """
    rows, others = some_places(len(domains.source)), some_places(len(domains.target))
    labelled, unlabelled, codes = domains.source.take(rows), domains.target.take(others), domains.codes[rows]
    rotated = rotate(labelled)
    known, new = projected(labelled, *source, rotated.basis), projected(unlabelled, *target, rotated.basis)
    weight, bias = start.weight if rotated.basis is None else start.weight @ rotated.basis, start.bias
    for share in SHARES:
        proba = softmax((new @ weight.T + bias).astype(np.float64), axis=1)
        sure = surest(proba, share, domains.mix)
        told = np.concatenate([codes, sure[1]])
        weight, bias = solve(
            np.concatenate([known, new[sure[0]]]),
            told,
            domains.classes,
            domains.penalty,
            weights=_weights(domains, told),
        )
    return LinearHead(*target, rotated.unrotated(weight).astype(np.float32), bias.astype(np.float32))


def surest(proba: np.ndarray, share: float, mix: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return places of rows and their pseudo-labels: of every class the rows that are surest to be of it.

    Parameters
    ----------
    proba : (rows, classes).
    share : how much of every class is taken.
    mix : the share of every class; as many rows as were answered so where it is not known.
    """
    codes = proba.argmax(axis=1)
    counts = np.bincount(codes, minlength=proba.shape[1]) if mix is None else mix * len(proba)
    places, labels = [], []
    for code, count in enumerate(counts):
        best = np.argsort(-proba[:, code], kind="stable")[: round(share * count)]
        places.append(best)
        labels.append(np.full(len(best), code))
    return np.concatenate(places), np.concatenate(labels)


def _weights(domains: Domains, codes: np.ndarray) -> np.ndarray | None:
    """Return how much every row counts, so that the classes have the shares of the target where they are known."""
    if domains.mix is None:
        return None
    shares = np.bincount(codes, minlength=domains.classes) / len(codes)
    return np.asarray((domains.mix / np.maximum(shares, 1e-9))[codes])
