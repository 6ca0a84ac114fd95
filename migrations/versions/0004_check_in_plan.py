"""The plan of check-ins, and consent.

Revision: 0004, after 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("patient", sa.Column("time_zone", sa.String(length=64), nullable=True))
    op.alter_column("check_in", "started_at", existing_type=MOMENT, nullable=True)
    op.add_column("check_in", sa.Column("treatment_id", sa.Integer(), nullable=True))
    op.add_column("check_in", sa.Column("plan_key", sa.String(length=32), server_default="", nullable=False))
    op.add_column("check_in", sa.Column("channel", sa.String(length=8), nullable=True))
    moments = ("due_at", "send_by", "expires_at", "held_at", "sent_at", "remind_at", "reminded_at")
    for moment in moments:
        op.add_column("check_in", sa.Column(moment, MOMENT, nullable=True))
    op.add_column("check_in", sa.Column("held_because", sa.String(length=32), nullable=True))
    op.add_column("check_in", sa.Column("reason", sa.String(length=32), nullable=True))
    op.create_foreign_key(op.f("fk_check_in_treatment_id"), "check_in", "treatment", ["treatment_id"], ["id"])
    op.add_column("check_in", sa.Column("requested_by_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_check_in_requested_by_id"), "check_in", "staff_member", ["requested_by_id"], ["id"]
    )
    op.create_index(
        "uq_check_in_planned",
        "check_in",
        ["treatment_id", "plan_key"],
        unique=True,
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(
        "ix_check_in_due", "check_in", ["due_at"], postgresql_where=sa.text("state = 'scheduled'")
    )
    op.create_index(
        "ix_check_in_waiting",
        "check_in",
        ["expires_at"],
        postgresql_where=sa.text("state in ('sent', 'open')"),
    )
    op.create_table(
        "check_in_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("how", sa.String(length=32), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_how", sa.String(length=32), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_check_in_consent_patient_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff_member.id"], name=op.f("fk_check_in_consent_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["staff_member.id"], name=op.f("fk_check_in_consent_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_consent")),
    )
    op.create_index("ix_check_in_consent_patient_id", "check_in_consent", ["patient_id"])
    op.create_index(
        "uq_check_in_consent_standing",
        "check_in_consent",
        ["patient_id", "channel"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
