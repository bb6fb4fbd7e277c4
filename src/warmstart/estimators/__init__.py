"""The scikit-learn face: estimators that run the experiments, and a transformer that only embeds."""
