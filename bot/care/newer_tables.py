"""Tables that a newer Aftercare has migrated: whether this one may run on them.

Migrations only add (docs/operations.md, Upgrades), so an older version runs on newer tables as long as all that it
knows is still there.
"""

from __future__ import annotations

import re

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from bot.care.models import Base
from bot.clinic.errors import AftercareError

_NUMBER = re.compile(r"[0-9]{4}")
"""A revision of ours. They are numbered without gaps, from 0001."""


class UnknownTables(AftercareError):
    """The database says of itself what no version of ours does, or lacks what this version needs."""

    code, status = "AC023", 503


def newer_revision(connection: Connection, script: ScriptDirectory) -> str | None:
    """The number of the migration that a newer version has brought this database to; None where this one knows it.

    Raises UnknownTables where what the database says makes no sense, or where a table or column that this version needs
    is not in it.
    """
    said = MigrationContext.configure(connection).get_current_heads()
    ours = {one.revision for one in script.walk_revisions()}
    if len(said) < 2 and ours.issuperset(said):
        return None
    newest = max(ours)
    if len(said) != 1 or not _NUMBER.fullmatch(said[0]) or said[0] < newest:
        raise UnknownTables(
            f"The database says that its tables are those of {_quoted(said)}; this Aftercare knows 0001 to {newest}, "
            "one at a time. Nothing was changed. See that DATABASE_URL names the right database; if it does, its table "
            "alembic_version was changed by hand: put the number of the last migration back, or restore a backup."
        )
    if missing := _missing(connection):
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise UnknownTables(
            f"The database was migrated by a newer Aftercare (to {said[0]}; this one knows 0001 to {newest}), and "
            f"lacks what this one needs: {', '.join(missing[:3])}{more}. Nothing was changed. Run the newer Aftercare "
            "on it, or restore a backup from before."
        )
    return said[0]


def _quoted(said: tuple[str, ...]) -> str:
    return " and ".join(repr(one) for one in sorted(said))


def _missing(connection: Connection) -> list[str]:
    """Tables and columns of ours that the database does not have."""
    there = inspect(connection)
    tables = set(there.get_table_names())
    found = []
    for table in Base.metadata.sorted_tables:
        if table.name not in tables:
            found.append(str(table.name))
            continue
        columns = {one["name"] for one in there.get_columns(table.name)}
        found += [f"{table.name}.{one.name}" for one in table.columns if one.name not in columns]
    return found
