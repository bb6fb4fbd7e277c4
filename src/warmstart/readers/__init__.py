"""Readers: from what the user has to a Dataset, one kind of data a file."""
