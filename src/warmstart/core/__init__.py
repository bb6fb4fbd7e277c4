"""The nouns: what a dataset, a split, a backbone, a piece of evidence is. Needs numpy only."""
