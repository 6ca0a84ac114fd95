"""An older version on tables that a newer one has migrated; and that migrations only add, on which this rests."""

from __future__ import annotations

import ast
import logging
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from bot.care.database import MIGRATIONS, engine_for, is_current, migrate, transaction
from bot.care.models import Conversation
from bot.care.newer_tables import UnknownTables
from bot.cli import main

SINCE = sorted((MIGRATIONS / "versions").glob("*.py"))[1:]
"""All migrations but the first."""

TAKEN_AWAY: dict[str, str] = {}
"""What a migration may drop or rename: `0017 drop_column`, with the release since which nothing used it."""


def change(url: str, *statements: str) -> None:
    engine = engine_for(url, pool_size=1)
    with transaction(engine) as session:
        for statement in statements:
            session.execute(text(statement))
    engine.dispose()


def stamped(url: str, *revisions: str) -> None:
    """What the database says that its tables are."""
    change(
        url,
        "delete from alembic_version",
        *(f"insert into alembic_version values ('{one}')" for one in revisions),
    )


def test_tables_of_a_newer_version_are_left_alone_and_work(
    fresh_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    change(
        fresh_database_url,
        "alter table conversation add column mood text not null default ''",
        "create table of_the_newer (id serial)",
    )
    stamped(fresh_database_url, "9999")
    with caplog.at_level(logging.WARNING):
        assert migrate(fresh_database_url) is False
    assert "newer Aftercare, to 9999" in caplog.text and "left as they are" in caplog.text
    engine = engine_for(fresh_database_url)
    assert not is_current(engine)
    with transaction(engine) as session:
        session.add(Conversation(last_seq=7))
    with transaction(engine) as session:
        assert session.execute(select(Conversation.last_seq)).scalar_one() == 7
        assert session.execute(text("select version_num from alembic_version")).scalar_one() == "9999"
    engine.dispose()


def test_tables_of_our_own_version_are_brought_up_to_date(fresh_database_url: str) -> None:
    assert migrate(fresh_database_url) is True


@pytest.mark.parametrize(
    "revisions",
    [
        ("0000",),
        ("9f2c81d0aa17",),
        ("99990",),
        ("9999x",),
        ("9998", "9999"),
        ("0016", "9999"),
        ("0015", "0016"),
    ],
    ids="-".join,
)
def test_what_makes_no_sense_is_refused_with_words(
    fresh_database_url: str, revisions: tuple[str, ...]
) -> None:
    stamped(fresh_database_url, *revisions)
    with pytest.raises(UnknownTables, match="restore a backup") as refused:
        migrate(fresh_database_url)
    assert all(repr(one) in str(refused.value) for one in revisions)


@pytest.mark.parametrize(
    ("statement", "named"),
    [("drop table holiday", "holiday"), ("alter table patient drop column time_zone", "patient.time_zone")],
)
def test_newer_tables_that_lack_what_this_version_needs(
    fresh_database_url: str, statement: str, named: str
) -> None:
    change(fresh_database_url, statement)
    stamped(fresh_database_url, "9999")
    with pytest.raises(
        UnknownTables, match=rf"lacks what this one needs: {named}\. .*Run the newer Aftercare"
    ):
        migrate(fresh_database_url)


def test_a_number_alone_is_no_database_of_ours(fresh_database_url: str) -> None:
    """Another program's database, or one that lost its tables: the number alone is believed of nobody."""
    change(fresh_database_url, "drop schema public cascade", "create schema public")
    change(fresh_database_url, "create table alembic_version (version_num varchar(32) not null)")
    stamped(fresh_database_url, "9999")
    with pytest.raises(UnknownTables, match=r"and \d+ more\. Nothing was changed"):
        migrate(fresh_database_url)


def test_the_commands_say_what_it_is(fresh_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    stamped(fresh_database_url, "9999")
    done = CliRunner().invoke(main, ["migrate"])
    assert done.exit_code == 0 and "newer than this version: unchanged" in done.output
    looked = CliRunner().invoke(main, ["doctor"]).output
    assert re.search(r"^note  database .*migrated by a newer Aftercare \(to 9999\)", looked, re.M), looked
    stamped(fresh_database_url, "0000")
    refused = CliRunner().invoke(main, ["migrate"])
    assert refused.exit_code == 1 and "AC023" in refused.stderr and "Traceback" not in refused.output
    assert re.search(r"^MEND  database .*'0000'", CliRunner().invoke(main, ["doctor"]).output, re.M)


# --- migrations only add ---------------------------------------------------------------------------------------------

SQL = re.compile(
    r"\b(drop\s+table|drop\s+column|rename\s+(?:to|column)|alter\s+column\s+\S+\s+(?:type|set\s+not\s+null))\b",
    re.IGNORECASE,
)


def taken_away(source: str) -> list[str]:
    """What the upgrade of a migration takes from, or asks of, a version that does not know it."""
    module = ast.parse(source)
    upgrade = [
        one for one in module.body if not (isinstance(one, ast.FunctionDef) and one.name == "downgrade")
    ]
    found = []
    for node in (inner for one in upgrade for inner in ast.walk(one)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [" ".join(words.lower().split()) for words in SQL.findall(node.value)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            said = {one.arg: one.value for one in node.keywords}
            if node.func.attr in ("drop_table", "drop_column", "rename_table"):
                found.append(node.func.attr)
            elif node.func.attr == "alter_column":
                found += [f"alter_column {name}" for name in ("new_column_name", "type_") if name in said]
                found += ["alter_column not null" for value in (said.get("nullable"),) if _is(value, False)]
            elif node.func.attr == "add_column":
                found += ["add_column without a default" for one in node.args[1:] if _must_be_given(one)]
    return found


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _must_be_given(column: ast.expr) -> bool:
    """Whether a row that says nothing of this column is refused."""
    if not isinstance(column, ast.Call):
        return False
    said = {one.arg: one.value for one in column.keywords}
    reckoned = any(isinstance(one, ast.Call) and "Computed" in ast.dump(one.func) for one in column.args)
    return _is(said.get("nullable"), False) and "server_default" not in said and not reckoned


@pytest.mark.parametrize("path", SINCE, ids=lambda path: path.stem)
def test_a_migration_only_adds(path: Path) -> None:
    found = [f"{path.name[:4]} {one}" for one in taken_away(path.read_text(encoding="utf-8"))]
    assert [one for one in found if one not in TAKEN_AWAY] == [], (
        "the version before runs on these tables too"
    )
    assert {one for one in TAKEN_AWAY if one.startswith(path.name[:4])} <= set(found)


@pytest.mark.parametrize(
    "line",
    [
        'op.drop_table("note")', 'op.drop_column("note", "at")', 'op.rename_table("note", "notes")',
        'op.alter_column("note", "at", new_column_name="made_at")', 'op.alter_column("note", "at", type_=X())',
        'op.alter_column("note", "at", nullable=False)', 'op.add_column("note", sa.Column("x", X(), nullable=False))',
        'op.execute("ALTER TABLE note DROP COLUMN at")', 'op.execute("alter table note rename to notes")',
    ],
)  # fmt: skip
def test_what_takes_away_is_found(line: str) -> None:
    assert len(taken_away(f"def upgrade():\n    {line}\n")) == 1
    assert taken_away(f"def downgrade():\n    {line}\n") == []
