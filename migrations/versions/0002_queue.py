"""Procrastinate's tables and functions: the queue between web and the workers.

Revision: 0002, after 0001

The schema is the one that the locked release of Procrastinate ships. A later release that changes it comes with
migration scripts of its own; each needs a revision here.
"""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver: the script holds colons and percent signs that SQLAlchemy would take for parameters.
    cursor = op.get_bind().connection.cursor()
    cursor.execute(SchemaManager.get_schema())
    cursor.close()
