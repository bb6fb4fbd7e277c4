import dataclasses

import numpy as np

from warmstart.learning.ridge import leave_one_out_accuracy
from warmstart.scores._example import two_looks
from warmstart.scores.linear_probe import LinearProbe


def test_a_class_that_the_look_missed_does_not_count():
    look, _ = two_looks()
    skipped = dataclasses.replace(look, codes=np.where(look.codes == 2, 7, look.codes))
    assert LinearProbe().score(skipped) == leave_one_out_accuracy(look.features, look.codes)
