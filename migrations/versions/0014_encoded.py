"""A message brings along what the encoder made of it, so that the answer worker does not encode it again.

Revision: 0014, after 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column, empty but while a message waits for its answer. Processes of before leave it empty."""
    op.add_column("message", sa.Column("encoded", sa.LargeBinary()))
