"""The database of this machine, for a single command: given, running, or started for the length of a block."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bot.care.database import sqlalchemy_url
from bot.children import InstanceLock
from bot.clinic.paths import data_home
from bot.embedded import EmbeddedPostgres, running_url


@contextmanager
def database() -> Iterator[str]:
    """The address of the database: DATABASE_URL; else the running embedded one; else that one, started for the block.

    Raises AftercareError where it cannot be had.
    """
    given = os.environ.get("DATABASE_URL", "").strip()
    if given:
        yield sqlalchemy_url(given)
        return
    home = data_home()
    running = running_url(home / "postgres")
    if running:
        yield running
        return
    lock = InstanceLock(home).take()
    server = EmbeddedPostgres(home / "postgres", home / "logs" / "postgres.log")
    try:
        yield server.start()
    finally:
        server.stop()
        lock.release()
