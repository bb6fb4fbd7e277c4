"""Torch: stages, the fit loop, freezing, checkpoints, export."""
