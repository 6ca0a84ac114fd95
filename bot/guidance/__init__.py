"""Approved answers: load, validate, choose by topic, phase and channel. The words themselves lie in `guidance/`."""
