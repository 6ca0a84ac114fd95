"""Alerts that were acknowledged and then left page again; figures of reports are kept; no history can be emptied.

Revision: 0013, after 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# What happened, and who said what. A trigger for rows never hears of `truncate`.
KEPT = (
    "audit_entry", "audit_link", "alert", "alert_event", "message", "note", "correction", "guidance_sign_off", "page",
)  # fmt: skip

_NEVER_EMPTIED = """
create function history_is_never_emptied() returns trigger language plpgsql as $$
begin
  raise exception 'the history in % is append-only and is never emptied', tg_table_name;
end $$;
"""


def upgrade() -> None:
    """When an acknowledged alert counts as left, and why the ladder is climbed; what reports came to; guards."""
    op.add_column("alert", sa.Column("act_by", sa.DateTime(timezone=True)))
    op.create_index("ix_alert_act_by", "alert", ["act_by"], postgresql_where=sa.text("act_by is not null"))
    op.add_column("climb", sa.Column("cause", sa.String(32), server_default="opened", nullable=False))
    # Those that are in somebody's hands now are watched from now on.
    op.execute(
        "update alert set act_by = now() + case when level in ('crisis', 'emergency') then interval '30 minutes'"
        " else interval '4 hours' end where state = 'acknowledged' and next_at is null"
    )
    op.create_table(
        "report_snapshot",
        sa.Column("days", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
    )
    op.execute(_NEVER_EMPTIED)
    for table in KEPT:
        op.execute(
            f"create trigger {table}_never_emptied before truncate on {table} "
            "for each statement execute function history_is_never_emptied()"
        )
