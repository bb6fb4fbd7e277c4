"""Sources: where pre-trained networks come from, one kind of place a file."""
