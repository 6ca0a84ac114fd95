"""No alert is ever deleted: what became of a worrying message is known for as long as there is a record.

Revision: 0016, after 0015
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Erasing a patient, too, blanks the words of an alert and keeps its row: nobody needs an exception.
_NEVER_DELETED = """
create function alert_is_never_deleted() returns trigger language plpgsql as $$
begin
  raise exception 'an alert is never deleted: it is resolved';
end $$;
create trigger alert_never_deleted before delete on alert
  for each row execute function alert_is_never_deleted();
"""


def upgrade() -> None:
    """A guard on one table; no column changes."""
    op.execute(_NEVER_DELETED)
