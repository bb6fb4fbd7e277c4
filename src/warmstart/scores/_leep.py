"""The likelihood that LEEP and N-LEEP share."""

from __future__ import annotations

import numpy as np

FLOOR = 1e-12


def expected_log_likelihood(proba: np.ndarray, codes: np.ndarray) -> float:
    """Return the mean log likelihood of the codes (rows,) under P(code | label) P(label | row).

    Parameters
    ----------
    proba : P(label | row), (rows, labels); P(code | label) follows from it and the codes.
    """
    classes = codes[:, None] == np.unique(codes)
    joint = classes.T.astype(np.float64) @ proba
    given_label = joint / np.maximum(joint.sum(axis=0), FLOOR)
    likelihood = np.sum(classes * (proba @ given_label.T), axis=1)
    return float(np.mean(np.log(np.maximum(likelihood, FLOOR))))
