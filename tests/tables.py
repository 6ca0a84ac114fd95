"""Emptying the tables between two tests."""

from __future__ import annotations

import time

from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Base


def empty_tables(engine: Engine, *more: str) -> None:
    """Truncate every table of ours, and `more`, as `empty_these` does."""
    empty_these(engine, *(f'"{table.name}"' for table in Base.metadata.sorted_tables), *more)


def empty_these(engine: Engine, *names: str) -> None:
    """Truncate these tables and what refers to them. A server beside the test may hold some: then once more."""
    for pause in (0.1, 0.5, 2.0):
        try:
            with transaction(engine) as session:
                truncate(session, *names)
            return
        except DatabaseUnavailable:  # a deadlock counts as that
            time.sleep(pause)
    with transaction(engine) as session:
        truncate(session, *names)


def truncate(session: Session, *names: str) -> None:
    """Empty these tables and what refers to them; of history too, which the database refuses otherwise."""
    session.execute(text("set local session_replication_role = replica"))
    session.execute(text(f"truncate {', '.join(names)} restart identity cascade"))
