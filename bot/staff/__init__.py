"""The staff console: what waits for a person, who deals with it, and what was decided."""
