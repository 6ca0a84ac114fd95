"""Alembic migrations of the record of care."""
