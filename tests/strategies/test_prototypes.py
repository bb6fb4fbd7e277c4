from types import SimpleNamespace

import numpy as np

from warmstart.core.representation import FeatureTable
from warmstart.strategies._base import Assignment
from warmstart.strategies.prototypes import Prototypes

ROWS = 200_000
NONE = np.zeros(0, dtype=np.int64)
SETTING = {"stages": "last", "cut": "top", "shrinkage": 0.0, "sharpness": 1.0}


def test_means_of_many_rows_are_as_exact_as_of_few():
    few = np.float32([[3.1, 100.7], [2.9, 100.3]] * 10)
    many = np.tile(few, (ROWS // len(few), 1))
    heads = []
    for features in (few, many):
        codes, every = np.arange(len(features)) % 2, np.arange(len(features))
        backbone = SimpleNamespace(stages=(SimpleNamespace(name="top"),), modality="image")
        table = SimpleNamespace(table=lambda stages, rows, features=features: FeatureTable((features,), rows))
        material = SimpleNamespace(backbone=backbone, representation=table, codes=codes, classes=2)
        heads.append(Prototypes().fit(material, Assignment(every, codes, NONE, 0, SETTING)).head)
    np.testing.assert_allclose(heads[1].mean, heads[0].mean, rtol=1e-6)
    np.testing.assert_allclose(heads[1].weight, heads[0].weight, rtol=1e-3)
