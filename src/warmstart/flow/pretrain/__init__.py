"""`pretrain`: a source that goes on learning, from inputs without labels or from labelled sets."""
