"""The experiment, a step a file: load, rank, embed, adapt, evaluate, diagnose, deliver."""
