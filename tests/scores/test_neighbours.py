import numpy as np
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from warmstart.scores._example import two_looks
from warmstart.scores.neighbours import Neighbours


def test_is_the_leave_one_out_accuracy_of_one_neighbour():
    for look in two_looks():
        model, values = KNeighborsClassifier(1), look.spectrum.features
        assert Neighbours().score(look) == np.mean(cross_val_score(model, values, look.codes, cv=LeaveOneOut()))
