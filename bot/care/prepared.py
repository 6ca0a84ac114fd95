"""Statements that come again are prepared: PostgreSQL parses and plans them once a connection, and not at every use.

Planning is most of what a short statement costs. psycopg 3 prepares by itself what it sees again; this does it for
psycopg 2, which SQLAlchemy 1.4 speaks: `execute` with the values takes the place of a statement from its third use on
a connection. Types of values are those that SQLAlchemy knows, and of words and JSON none, as where psycopg 2 writes
them into the statement. Sent as they are: a statement with a value of which SQLAlchemy does not know the type, one that
PostgreSQL cannot prepare, a text of our own, one for many rows. PostgreSQL plans anew where tables or their statistics
change.

Whoever puts a pooler between us and PostgreSQL has it keep one connection a session; announcements need that anyway. A
name stands for the content, so that no connection ever executes another statement than the one that was meant.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from psycopg2 import ProgrammingError
from psycopg2.errorcodes import FEATURE_NOT_SUPPORTED, INVALID_SQL_STATEMENT_NAME
from psycopg2.extensions import TRANSACTION_STATUS_INTRANS
from sqlalchemy import JSON, String, event, literal_column
from sqlalchemy.engine import Engine
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.types import NullType

USES = 2
"""A statement is prepared at the next use after so many on a connection: what is asked once is not worth it."""
MOST = 300
"""Statements prepared on a connection, at most; about ten kilobytes of the server's memory each."""

LARGEST = 2**31
"""From here on a number is no `integer` of PostgreSQL's."""

_VALUE = re.compile(r"%\((\w+)\)s|%%")
_KEY = "aftercare_prepared"


class _Statements:
    """What was prepared on one connection. known: how a statement with values of these kinds is executed, or how often
    it was used so far."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, tuple[type, ...]], str | int] = {}
        self.prepared = 0

    def instead(self, cursor: Any, statement: str, context: Any) -> str:
        """What to send for a statement; it may be prepared for it with `cursor`."""
        key = statement, tuple(type(bind.type) for bind in context.compiled.binds.values())
        known = self.known.get(key, 0)
        if isinstance(known, str):
            return known
        if not known and len(self.known) >= 2 * MOST:
            return statement
        self.known[key] = known + 1
        if known < USES:
            return statement
        types = _types(statement, context) if self.prepared < MOST else None
        self.known[key] = statement if types is None else self._prepared(cursor, statement, types)
        return str(self.known[key])

    def _prepared(self, cursor: Any, statement: str, types: dict[str, str]) -> str:
        """Prepare a statement; what executes it, or the statement itself where it cannot be prepared."""
        places = {value: f"${place}" for place, value in enumerate(types, start=1)}
        body = _VALUE.sub(lambda found: places[found[1]] if found[1] else "%", statement)
        declared = f" ({', '.join(types.values())})" if types else ""
        content = f"{declared} as {body}"
        name = f"aftercare_{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:24]}"
        if not _prepare(cursor, f"prepare {name}{content}"):
            return statement
        self.prepared += 1
        values = f"({', '.join(f'%({value})s' for value in types)})" if types else ""
        return f"execute {name}{values}"


def _prepare(cursor: Any, statement: str) -> bool:
    """True where it could be prepared. Otherwise nothing has happened: a transaction under way goes on."""
    guarded = not cursor.connection.autocommit
    if guarded:
        cursor.execute("savepoint aftercare_prepare")
    try:
        cursor.execute(statement)
    except ProgrammingError:
        if guarded:
            cursor.execute("rollback to savepoint aftercare_prepare")
        return False
    finally:
        if guarded and cursor.connection.info.transaction_status == TRANSACTION_STATUS_INTRANS:
            cursor.execute("release savepoint aftercare_prepare")
    return True


def _types(statement: str, context: Any) -> dict[str, str] | None:
    """PostgreSQL's type of each value of a statement, in order of first use; None where one is not known."""
    binds, dialect = context.compiled.binds, context.dialect
    types: dict[str, str] = {}
    for name in _VALUE.findall(statement):
        if not name:
            continue
        if name not in binds or isinstance(binds[name].type, NullType):
            return None
        kind = binds[name].type
        plain = isinstance(kind, (String, JSON)) or isinstance(getattr(kind, "impl", None), (String, JSON))
        try:
            types[name] = "unknown" if plain else dialect.type_compiler.process(kind.dialect_impl(dialect))
        except (CompileError, AttributeError):  # of what is inside a JSON value, or a list of nothing known
            return None
    return types


def constant(value: str) -> Any:
    """A word that belongs to the statement itself, and is no value of it: what a partial index is about, such as a
    state. A plan that is made once for all values could not use that index otherwise."""
    quoted = value.replace("'", "''")
    return literal_column(f"'{quoted}'", String())


def prepare_what_comes_again(engine: Engine) -> None:
    """Do so on every connection of `engine`."""

    @event.listens_for(engine, "do_execute")
    def send(cursor: Any, statement: str, values: Any, context: Any) -> bool:
        if not _may(context, values) or getattr(cursor, "name", None) is not None:
            return False
        statements = context.root_connection.info.setdefault(_KEY, _Statements())
        cursor.execute(statements.instead(cursor, statement, context), values)
        return True

    @event.listens_for(engine, "handle_error")
    def anew(context: Any) -> None:
        # A table was changed under what was prepared for it, or it is not there: this and all pooled connections go.
        if getattr(context.original_exception, "pgcode", None) in (
            FEATURE_NOT_SUPPORTED,
            INVALID_SQL_STATEMENT_NAME,
        ):
            context.is_disconnect = True


def _may(context: Any, values: Any) -> bool:
    """Whether a statement can be prepared, and these values fit the types that it was prepared with: a number
    that is too large for its column is compared with it all the same, where it stands in the statement."""
    compiled = getattr(context, "compiled", None)
    if compiled is None or getattr(compiled, "statement", None) is None or not isinstance(values, dict):
        return False
    known = context.isinsert or context.isupdate or context.isdelete or compiled.statement.is_select
    if not known or isinstance(compiled.statement, TextClause):
        return False
    return not any(isinstance(value, int) and not -LARGEST <= value < LARGEST for value in values.values())
