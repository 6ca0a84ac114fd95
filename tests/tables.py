"""Emptying the tables between two tests."""

from __future__ import annotations

import time

from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Base


def empty_tables(engine: Engine, *more: str) -> None:
    """Truncate every table of ours, and `more`. A server that is just ending may hold some of them: then once more."""
    names = [f'"{table.name}"' for table in Base.metadata.sorted_tables] + list(more)
    for pause in (0.1, 0.5, 2.0):
        try:
            with transaction(engine) as session:
                session.execute(text(f"truncate {', '.join(names)} restart identity cascade"))
            return
        except DatabaseUnavailable:  # a deadlock counts as that
            time.sleep(pause)
    with transaction(engine) as session:
        session.execute(text(f"truncate {', '.join(names)} restart identity cascade"))
