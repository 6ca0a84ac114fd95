"""Operation: retention, legal hold, and indexes for size.

Revision: 0008, after 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Whose record must not be thinned out; which messages have lost their words; what was read as a whole before."""
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("patient_id", sa.Integer, sa.ForeignKey("patient.id"), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("placed_at", TIME, nullable=False),
        sa.Column("placed_by", sa.String(100), nullable=False),
        sa.Column("lifted_at", TIME),
        sa.Column("lifted_by", sa.String(100)),
    )
    op.create_index(
        "uq_legal_hold_standing",
        "legal_hold",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.add_column("message", sa.Column("expired_at", TIME))
    op.create_index(
        "ix_message_expiring", "message", ["at", "id"], postgresql_where=sa.text("expired_at is null")
    )
    op.create_index("ix_treatment_infusion_at", "treatment", ["infusion_at"])
    op.create_index(
        "ix_check_in_not_sent",
        "check_in",
        ["ended_at"],
        postgresql_where=sa.text("state = 'expired' and sent_at is null"),
    )
    op.create_index(
        "ix_check_in_answer_message_id",
        "check_in_answer",
        ["message_id"],
        postgresql_where=sa.text("message_id is not null"),
    )
