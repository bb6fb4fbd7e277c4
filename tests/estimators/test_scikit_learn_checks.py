import pickle

import pytest
from sklearn.utils import estimator_checks

from warmstart import DomainAdaptationClassifier, FeatureExtractor, TransferClassifier, TransferClustering

ESTIMATORS = (TransferClassifier, DomainAdaptationClassifier, TransferClustering, FeatureExtractor)


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize(
    "check",
    [
        "check_no_attributes_set_in_init",
        "check_do_not_raise_errors_in_init_or_set_params",
        "check_parameters_default_constructible",
        "check_get_params_invariance",
        "check_set_params",
        "check_estimator_repr",
        "check_estimator_cloneable",
        "check_estimator_tags_renamed",
        "check_valid_tag_types",
        "check_mixin_order",
        "check_estimators_unfitted",
    ],
)
def test_it_passes_the_checks_of_scikit_learn_that_apply(kind, check):
    if check == "check_estimators_unfitted" and kind is FeatureExtractor:
        pytest.skip("not applicable: a transformer that reads images has no table to refuse")
    getattr(estimator_checks, check)(kind.__name__, kind())


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_one_that_is_not_fitted_goes_to_other_processes(kind):
    """As a search over parameters with several jobs sends it."""
    one = kind(seed=3) if "seed" in kind().get_params() else kind(stages="all")
    assert pickle.loads(pickle.dumps(one)).get_params() == one.get_params()
