"""The database of this machine, for a single command: given, running, or started for the length of a block."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bot.care.database import sqlalchemy_url
from bot.children import InstanceLock
from bot.clinic.errors import AftercareError
from bot.clinic.paths import data_home
from bot.embedded import EmbeddedPostgres, running_url


class NothingRuns(AftercareError):
    """There is no database to name: none is given, and the embedded one does not run."""

    code = "AC018"


def running_database() -> str:
    """The address of the database: DATABASE_URL, else that of the running embedded one. Raises NothingRuns."""
    given = os.environ.get("DATABASE_URL", "").strip()
    found = sqlalchemy_url(given) if given else running_url(data_home() / "postgres")
    if found is None:
        raise NothingRuns("No database runs here. Start the assistant with make run, or set DATABASE_URL.")
    return found


@contextmanager
def database() -> Iterator[str]:
    """The address of the database: DATABASE_URL; else the running embedded one; else that one, started for the block.

    Raises AftercareError where it cannot be had.
    """
    try:
        running = running_database()
    except NothingRuns:
        pass
    else:
        yield running
        return
    home = data_home()
    lock = InstanceLock(home).take()
    server = EmbeddedPostgres(home / "postgres", home / "logs" / "postgres.log")
    try:
        yield server.start()
    finally:
        server.stop()
        lock.release()
