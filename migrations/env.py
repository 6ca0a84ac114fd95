"""Alembic's environment. The address comes from `bot.care.database.migrate` or, on the command line, DATABASE_URL."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import create_engine, text

from bot.care.database import ours_only, sqlalchemy_url
from bot.care.models import Base

# Any number will do, as long as everybody who migrates uses the same: two supervisors take turns.
MIGRATION_LOCK = 7_214_001


def run() -> None:
    url = context.config.attributes.get("url") or sqlalchemy_url(os.environ["DATABASE_URL"])
    engine = create_engine(url, future=True)
    with engine.connect() as connection, connection.begin():
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=ours_only,
        )
        context.run_migrations()
    engine.dispose()


run()
