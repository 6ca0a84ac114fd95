"""What is asked after a crisis message.

Revision: 0007, after 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The questions after a crisis text with their answers, and where somebody may be found whom nobody can phone."""
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("alert_id", sa.Integer, sa.ForeignKey("alert.id"), nullable=False, unique=True),
        sa.Column("conversation_id", sa.Integer, sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("script", sa.String(32), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("question", sa.String(32)),
        sa.Column("asked", sa.Integer, nullable=False, server_default="0"),
        sa.Column("asked_seq", sa.Integer),
        sa.Column("asked_at", TIME),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("ending", sa.String(16)),
    )
    op.create_index("ix_follow_up_conversation_id", "follow_up", ["conversation_id"])
    op.create_table(
        "follow_up_answer",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("follow_up_id", sa.Integer, sa.ForeignKey("follow_up.id"), nullable=False),
        sa.Column("question", sa.String(32), nullable=False),
        sa.Column("meaning", sa.String(16), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("message_id", sa.BigInteger, sa.ForeignKey("message.id"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.UniqueConstraint("follow_up_id", "question"),
    )
    op.create_table(
        "whereabouts",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("alert_id", sa.Integer, sa.ForeignKey("alert.id"), nullable=False, index=True),
        sa.Column("message_id", sa.BigInteger, sa.ForeignKey("message.id"), nullable=False, unique=True),
        sa.Column("number", sa.String(20)),
        sa.Column("at", TIME, nullable=False),
    )
