"""Paging: the ladder, the roster and what was sent to whom.

Revision: 0003, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


# What happened to an alert is never rewritten. Only the erasure of a patient may, and has to say so.
_APPEND_ONLY = """
create function alert_event_is_append_only() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('aftercare.erasing', true), '') = 'yes' then
    return case when tg_op = 'DELETE' then old else new end;
  end if;
  raise exception 'the history of an alert is append-only';
end $$;
create trigger alert_event_append_only before update or delete on alert_event
  for each row execute function alert_event_is_append_only();
"""


def upgrade() -> None:
    op.alter_column("alert", "message_id", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("alert", sa.Column("news_id", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("alert_event", sa.Column("key", sa.String(length=128), nullable=True))
    op.create_index(
        "uq_alert_event_key",
        "alert_event",
        ["key"],
        unique=True,
        postgresql_where=sa.text("key is not null"),
    )
    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "responder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responder")),
        sa.UniqueConstraint("email", name=op.f("uq_responder_email")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("responder_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_absence_days_in_order")),
        sa.ForeignKeyConstraint(["responder_id"], ["responder.id"], name=op.f("fk_absence_responder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_responder_id"), "absence", ["responder_id"], unique=False)
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("responder_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(
            ["responder_id"], ["responder.id"], name=op.f("fk_contact_point_responder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
    )
    op.create_index(op.f("ix_contact_point_responder_id"), "contact_point", ["responder_id"], unique=False)
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("responder_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.CheckConstraint("(weekday is null) <> (day is null)", name=op.f("ck_shift_weekday_or_day")),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_shift_weekday")),
        sa.ForeignKeyConstraint(["responder_id"], ["responder.id"], name=op.f("fk_shift_responder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index(op.f("ix_shift_responder_id"), "shift", ["responder_id"], unique=False)
    op.create_table(
        "climb",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_climb_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_climb")),
    )
    op.create_index(op.f("ix_climb_alert_id"), "climb", ["alert_id"], unique=False)
    op.create_index(
        "ix_climb_next_at", "climb", ["next_at"], unique=False, postgresql_where=sa.text("state <> 'ended'")
    )
    op.create_index(
        "uq_climb_alert_id", "climb", ["alert_id"], unique=True, postgresql_where=sa.text("state <> 'ended'")
    )
    op.create_table(
        "page",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("climb_id", sa.BigInteger(), nullable=True),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("rung", sa.Integer(), server_default="0", nullable=False),
        sa.Column("responder_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=32), nullable=True),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_page_alert_id")),
        sa.ForeignKeyConstraint(["climb_id"], ["climb.id"], name=op.f("fk_page_climb_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact_point.id"], name=op.f("fk_page_contact_id")),
        sa.ForeignKeyConstraint(["responder_id"], ["responder.id"], name=op.f("fk_page_responder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("key", name=op.f("uq_page_key")),
    )
    op.create_index(op.f("ix_page_alert_id"), "page", ["alert_id"], unique=False)
    op.create_index(op.f("ix_page_climb_id"), "page", ["climb_id"], unique=False)
    op.create_index(
        "ix_page_due_at", "page", ["due_at"], unique=False, postgresql_where=sa.text("state = 'due'")
    )
    op.create_table(
        "page_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_page_link_page_id")),
        sa.ForeignKeyConstraint(["used_by_id"], ["staff_member.id"], name=op.f("fk_page_link_used_by_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_page_link")),
    )
    op.create_index(op.f("ix_page_link_page_id"), "page_link", ["page_id"], unique=False)
    op.add_column("alert", sa.Column("follows_id", sa.Integer(), nullable=True))
    op.add_column("alert", sa.Column("last_attempt", sa.String(length=16), nullable=True))
    op.add_column("alert", sa.Column("next_step", sa.String(length=16), nullable=True))
    op.add_column("alert", sa.Column("next_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_alert_next_at",
        "alert",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at is not null"),
    )
    op.create_foreign_key(op.f("fk_alert_follows_id"), "alert", "alert", ["follows_id"], ["id"])
    op.execute(_APPEND_ONLY)
