"""Corrections of intents and levels, as examples to learn from.

Revision: 0010, after 0009
"""

from __future__ import annotations

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
