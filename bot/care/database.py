"""The database: engines, transactions, migrations."""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg2.errorcodes import DISK_FULL
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session

from bot.care.models import Base
from bot.care.newer_tables import newer_revision
from bot.care.prepared import prepare_what_comes_again
from bot.clinic.errors import AftercareError

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

FRESH = 1.0
"""Seconds. What was connected just now is not looked at again: the pool connects once more at most."""


class DatabaseUnavailable(AftercareError):
    """PostgreSQL cannot be reached, or DATABASE_URL is not a PostgreSQL address."""

    code, status = "AC201", 503


class DatabaseFull(DatabaseUnavailable):
    """PostgreSQL has no room on its disk: it can be read, and nothing can be written."""


def sqlalchemy_url(url: str) -> str:
    """`url` (postgres:// or postgresql://, any driver) for SQLAlchemy on psycopg2.

    Raises DatabaseUnavailable where it is no PostgreSQL address.
    """
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        # What it was is not told, here or by the error behind this one: a password stands in it.
        raise DatabaseUnavailable(
            "DATABASE_URL cannot be read. Write it as postgresql://user:password@host/database."
        ) from None
    if parsed.get_backend_name() != "postgresql":
        raise DatabaseUnavailable(
            f"DATABASE_URL names {parsed.get_backend_name()!r}; Aftercare runs on PostgreSQL only. "
            "Write it as postgresql://user:password@host/database."
        )
    if "@" in (parsed.host or ""):  # a part of the password, which whoever cannot find that server would tell
        raise DatabaseUnavailable("DATABASE_URL holds more than one @. Write one in the password as %40.")
    return parsed.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def libpq_url(url: str) -> str:
    """The same address for psycopg 3, which knows no driver names."""
    return make_url(sqlalchemy_url(url)).set(drivername="postgresql").render_as_string(hide_password=False)


def engine_for(url: str, pool_size: int = 8) -> Engine:
    """An engine for `url`: `pool_size` connections, and as many again under load (bot/care/pools.py).

    Connections are looked at before use, so a database restart costs no request.
    A connection attempt gives up after 3 s and a statement after 30 s: a patient waits behind it. A server that has
    vanished without a word is given up on after 10 s. A transaction whose process stands still loses its locks after
    60 s; handing a text to a carrier that is slow takes less.
    """
    engine = create_engine(
        sqlalchemy_url(url),
        future=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        hide_parameters=True,  # an error quotes no patient, wherever it is logged
        connect_args={
            "connect_timeout": 3,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            "options": "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC",
        },
    )
    event.listen(engine, "checkout", _refuse_closed)
    prepare_what_comes_again(engine)
    return engine


def _refuse_closed(connection: Any, record: Any, proxy: Any) -> None:
    """Called by the pool before it lends a connection: one that the server has ended is replaced.

    A server that ends a connection says so on its socket, where otherwise nothing comes unasked. That is seen without
    asking it, which would be three statements (begin, select, rollback) more in every transaction.
    """
    if 0 <= time.time() - record.starttime < FRESH:
        return
    closed = bool(connection.closed)
    if not closed:
        socket = select.poll()
        socket.register(connection.fileno(), select.POLLIN)
        closed = bool(socket.poll(0))
    if closed:
        raise DisconnectionError("the server has ended this connection")


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: committed at the end of the block, rolled back on any exception.

    Raises DatabaseUnavailable where the database cannot be reached, DatabaseFull where it has no room.
    """
    try:
        with (
            Session(engine, future=True, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
    except (OperationalError, InterfaceError, NoConnectionFree) as error:
        if getattr(getattr(error, "orig", None), "pgcode", None) == DISK_FULL:
            raise DatabaseFull(
                "The disk of the database is full. Make room there: what came meanwhile is kept, and taken in then."
            ) from error
        raise DatabaseUnavailable(
            "The database cannot be reached. Check that it runs and that DATABASE_URL is right."
        ) from error


@contextmanager
def single_statements(engine: Engine) -> Iterator[Session]:
    """A session in which each statement is a transaction of its own, committed at once: for reading, and for what is
    written with one statement. It saves the beginning and the end, two statements of their own for PostgreSQL.

    Raises DatabaseUnavailable where the database cannot be reached.
    """
    with transaction(engine) as session:
        # Set at the driver: where SQLAlchemy sets it, the driver sends a statement when a connection is given back.
        connection = session.connection().connection.dbapi_connection
        connection.autocommit = True
        try:
            yield session
        finally:
            if not connection.closed:
                connection.autocommit = False


def ours_only(thing: Any, name: str, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Alembic's `include_object`: migrations speak of our tables, and leave Procrastinate's and Rasa's alone."""
    table = thing if kind == "table" else getattr(thing, "table", None)
    return table is None or table.name in Base.metadata.tables


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = sqlalchemy_url(url)
    return config


def migrate(url: str) -> bool:
    """Bring the database at `url` to the newest migration. Safe to call from two processes at once.

    False where a newer Aftercare has brought it further already: its tables are left as they are, and the log says so.
    Raises UnknownTables where nobody can tell what the tables are.
    """
    try:
        command.upgrade(_config(url), "head")
        return True
    except CommandError:
        engine = engine_for(url, pool_size=1)
        try:
            newer = newer_than_ours(engine)
        finally:
            engine.dispose()
        if newer is None:
            raise
        log.warning(
            "The database was migrated by a newer Aftercare, to %s. Its tables are left as they are, and this older "
            "version runs on them, since migrations only add.",
            newer,
        )
        return False


def newer_than_ours(engine: Engine) -> str | None:
    """The number of the migration that a newer version has brought the database to; None where this one knows it.

    Raises UnknownTables where it makes no sense, or where what this version needs is missing.
    """
    with engine.connect() as connection:
        return newer_revision(connection, ScriptDirectory(str(MIGRATIONS)))


def is_current(engine: Engine) -> bool:
    """True where the database has exactly the migrations that this code has."""
    script = ScriptDirectory(str(MIGRATIONS))
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(script.get_heads())
