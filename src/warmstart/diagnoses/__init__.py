"""Diagnoses: pure functions of Evidence that find one kind of thing each."""
