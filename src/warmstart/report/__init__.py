"""The page people read: from a run folder to HTML, without the training stack."""
