"""Paging: the ladder, the roster and what was sent to whom.

Revision: 0003, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("alert", "message_id", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("alert", sa.Column("news_id", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("alert_event", sa.Column("key", sa.String(length=128), nullable=True))
    op.create_index(
        "uq_alert_event_key",
        "alert_event",
        ["key"],
        unique=True,
        postgresql_where=sa.text("key is not null"),
    )
