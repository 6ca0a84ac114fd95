"""Failed pages to whoever has no address, and what was answered in which message after a crisis, found at once.

Revision: 0019, after 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two indexes more: the banner of every queue asks for the first, retention for the second."""
    nowhere = sa.text("contact_id is null and state = 'failed'")
    op.create_index("ix_page_nowhere", "page", ["responder_id"], postgresql_where=nowhere)
    op.create_index("ix_follow_up_answer_message_id", "follow_up_answer", ["message_id"])
