"""Pre-training: ways to go on training a source on inputs without labels, one a file."""
