"""The last page to an address, found at once: it tells whether somebody can be reached.

Revision: 0018, after 0017
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index more. Pages of the last hour that failed are counted no longer, so their index goes."""
    op.create_index("ix_page_contact_id", "page", ["contact_id", "id"])
    op.drop_index("ix_page_failed_at", "page")
