"""Check-ins that pause for a worrying message.

Revision: 0011, after 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Since when a check-in rests, and why."""
    op.add_column("check_in", sa.Column("paused_at", sa.DateTime(timezone=True)))
    op.add_column("check_in", sa.Column("paused_because", sa.String(16)))
