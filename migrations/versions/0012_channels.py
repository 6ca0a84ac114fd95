"""Limits that hold over all processes.

Revision: 0012, after 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """How much one sender sent lately. Not logged: after a crash it is empty, and the limits begin anew."""
    op.create_table(
        "lately",
        sa.Column("sender", sa.String(64), primary_key=True),
        sa.Column("step", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=False),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_lately_gone_at", "lately", ["gone_at"])
