"""Adaptation: ways to fit a head for inputs of which no label is known, one a file."""
