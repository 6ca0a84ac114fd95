"""The record of care: what was said, flagged, asked and answered, and the operations on it."""
