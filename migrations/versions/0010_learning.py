"""Corrections of intents and levels, as examples to learn from, and the indexes that reports look by.

Revision: 0010, after 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BLOCKS = {"postgresql_using": "brin", "postgresql_with": {"pages_per_range": 16}}


def upgrade() -> None:
    """What staff say that a message should have been taken for; and what happened when, found without reading all."""
    op.create_table(
        "correction",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column(
            "message_id", sa.BigInteger, sa.ForeignKey("message.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff_member.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(16)),
        sa.Column("intent", sa.String(64)),
        sa.CheckConstraint(
            "level is not null or intent is not null", name=op.f("ck_correction_says_something")
        ),
        sa.CheckConstraint(
            "level in ('none', 'urgent', 'emergency', 'crisis')", name=op.f("ck_correction_level")
        ),
    )
    op.create_index("ix_correction_message_id", "correction", ["message_id"])
    op.create_index("ix_message_at", "message", ["at"], **BLOCKS)
    op.create_index(
        "ix_message_not_covered",
        "message",
        ["at"],
        postgresql_where=sa.text("question = 'Shall I pass this on to the clinic?'"),
    )
    op.create_index("ix_check_in_answer_at", "check_in_answer", ["at"], **BLOCKS)
    op.create_index("ix_alert_opened_at", "alert", ["opened_at"])
    op.create_index("ix_item_opened_at", "item", ["opened_at"])
    op.create_index("ix_check_in_due_at", "check_in", ["due_at"])
    op.create_index("ix_check_in_started_at", "check_in", ["started_at"])
    op.create_index("ix_page_asked_at", "page", ["due_at"])
