"""Who writes: invitations, sessions that end, several numbers.

Revision: 0005, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Invitations, used identities, shared phones; which number a text belongs to; which number is preferred."""
    op.create_table(
        "invite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME),
        sa.Column("withdrawn_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_invite"),
        sa.UniqueConstraint("token_hash", name="uq_invite_token_hash"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_invite_patient_id"),
        sa.ForeignKeyConstraint(["made_by_id"], ["staff_member.id"], name="fk_invite_made_by_id"),
    )
    op.create_index("ix_invite_patient_id", "invite", ["patient_id"])
    op.create_table(
        "identity_use",
        sa.Column("nonce_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("nonce_hash", name="pk_identity_use"),
    )
    op.create_index("ix_identity_use_expires_at", "identity_use", ["expires_at"])
    op.create_table(
        "phone_share",
        sa.Column("phone_number_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("phone_number_id", "patient_id", name="pk_phone_share"),
        sa.ForeignKeyConstraint(
            ["phone_number_id"],
            ["phone_number.id"],
            name="fk_phone_share_phone_number_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_phone_share_patient_id"),
    )
    op.create_index("ix_phone_share_patient_id", "phone_share", ["patient_id"])

    op.add_column("patient", sa.Column("portal_id", sa.String(64)))
    op.create_unique_constraint("uq_patient_portal_id", "patient", ["portal_id"])
    op.add_column("conversation", sa.Column("continued_in_id", sa.Integer()))
    op.create_foreign_key(
        "fk_conversation_continued_in_id", "conversation", "conversation", ["continued_in_id"], ["id"]
    )
    op.create_index("ix_conversation_continued_in_id", "conversation", ["continued_in_id"])
    op.add_column(
        "phone_number", sa.Column("preferred", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index(
        "uq_phone_number_preferred",
        "phone_number",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("preferred"),
    )
    op.add_column("message", sa.Column("phone_number_id", sa.Integer()))
    op.create_foreign_key(
        "fk_message_phone_number_id",
        "message",
        "phone_number",
        ["phone_number_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index("ix_message_phone_number_id", "message", ["phone_number_id"])
    op.create_index(
        "uq_message_delivery",
        "message",
        ["external_id"],
        unique=True,
        postgresql_where=sa.text("channel = 'sms' and sender = 'patient'"),
    )
