"""Pre-training: ways to go on training a source one a file."""
