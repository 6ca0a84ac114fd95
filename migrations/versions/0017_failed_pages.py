"""When a page failed: what the carrier reports later is counted from then, and not from when the page was due.

Revision: 0017, after 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column with its index. Of pages that failed before it, the last try is the nearest that is known."""
    op.add_column("page", sa.Column("failed_at", sa.DateTime(timezone=True)))
    op.execute("update page set failed_at = coalesce(attempted_at, due_at) where state = 'failed'")
    op.create_index("ix_page_failed_at", "page", ["failed_at"], postgresql_where=sa.text("state = 'failed'"))
