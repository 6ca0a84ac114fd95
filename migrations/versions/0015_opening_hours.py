"""Opening hours are of the roster: edited in the console, and clinic.yml's only at the first start.

Revision: 0015, after 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, filled by whichever process first looks after the roster. Until then clinic.yml counts, as before."""
    op.create_table(
        "opening_hours",
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_opening_hours_weekday")),
        sa.CheckConstraint(
            "(opens is null) = (closes is null) and (closes > opens or closes = time '00:00')",
            name=op.f("ck_opening_hours_times_in_order"),
        ),
        sa.PrimaryKeyConstraint("weekday", name=op.f("pk_opening_hours")),
    )
