"""Scores: how well a source is expected to transfer to a dataset, one score a file."""
