"""What predicting needs, without torch: decode, prepare, run a graph, read a bundle."""
