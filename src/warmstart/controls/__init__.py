"""Controls: what not transferring (or not adapting) would give, one a file."""
