"""Modalities: how to look into, compare and show an input, one kind of input a file."""
