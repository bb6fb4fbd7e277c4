"""Strategies: ways to adapt a source to a task, one a file."""
