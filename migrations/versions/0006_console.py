"""Access to the console: the chain of the audit, second factors, sessions that can be told apart.

Revision: 0006, after 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)

# The database itself chains what it is given, at commit: nobody who writes an entry can leave it out, and whoever holds
# the lock waits for nothing else, so that it can take part in no deadlock. bot/care/audit_chain.py computes the same
# digest to check it. Each field stands behind its length: no two entries read alike.
_CHAIN = """
create function audit_chain(entry audit_entry) returns void language plpgsql as $$
declare
  previous audit_link%rowtype;
  place bigint;
  content text;
begin
  perform pg_advisory_xact_lock(6172636861756469);
  select * into previous from audit_link order by position desc limit 1;
  place := coalesce(previous.position, 0) + 1;
  select string_agg(length(field) || ':' || field, '' order by number) into content
    from unnest(array[
      coalesce(previous.hash, ''), place::text, entry.id::text,
      to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
      coalesce(entry.staff_id::text, ''), entry.action, entry.subject, entry.detail::text
    ]) with ordinality as fields(field, number);
  insert into audit_link (position, entry_id, hash)
    values (place, entry.id, encode(sha256(convert_to(content, 'UTF8')), 'hex'));
end $$;

create function audit_entry_is_chained() returns trigger language plpgsql as $$
begin
  perform audit_chain(new);
  return null;
end $$;
create constraint trigger audit_entry_chained after insert on audit_entry
  deferrable initially deferred for each row execute function audit_entry_is_chained();

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is append-only';
end $$;
create trigger audit_entry_append_only before update or delete on audit_entry
  for each row execute function audit_is_append_only();
create trigger audit_link_append_only before update or delete on audit_link
  for each row execute function audit_is_append_only();
"""

_CHAIN_WHAT_IS_THERE = """
do $$
declare
  entry audit_entry%rowtype;
begin
  for entry in select * from audit_entry order by id loop
    perform audit_chain(entry);
  end loop;
end $$;
"""


def upgrade() -> None:
    """The chain of the audit; second factors and recovery codes; which browser a session is, and what it waits for."""
    op.create_table(
        "audit_link",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_link"),
        sa.UniqueConstraint("entry_id", name="uq_audit_link_entry_id"),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name="fk_audit_link_entry_id"),
    )
    op.execute(_CHAIN)
    op.execute(_CHAIN_WHAT_IS_THERE)
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])
    op.create_index("ix_audit_entry_staff_id", "audit_entry", ["staff_id"])
    op.create_index("ix_audit_entry_action", "audit_entry", ["action"])

    op.create_table(
        "second_factor",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("confirmed_at", _TIME),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_second_factor"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name="fk_second_factor_staff_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.UniqueConstraint("code_hash", name="uq_recovery_code_code_hash"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name="fk_recovery_code_staff_id"),
    )
    op.create_index("ix_recovery_code_staff_id", "recovery_code", ["staff_id"])
    op.add_column("staff_session", sa.Column("waits_for", sa.String(16), server_default="", nullable=False))
    op.add_column("staff_session", sa.Column("browser", sa.String(200), server_default="", nullable=False))
