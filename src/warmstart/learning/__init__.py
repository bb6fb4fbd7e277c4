"""Heads, metrics and intervals, on numpy, scipy and scikit-learn."""
