"""Migrations build exactly what the models say, leave others' tables alone, and may run at any time."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, inspect, text
from sqlalchemy import Integer as AnInteger
from sqlalchemy.engine import Engine

from bot.care.database import (
    DatabaseUnavailable,
    engine_for,
    is_current,
    libpq_url,
    migrate,
    ours_only,
    sqlalchemy_url,
    transaction,
)
from bot.care.models import Base, Conversation
from bot.clinic.paths import ROOT
from bot.embedded import EmbeddedPostgres, create_database


def drift(engine: Engine) -> list[object]:
    """What Alembic would write into a new migration."""
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "include_object": ours_only},
        )
        return list(compare_metadata(context, Base.metadata))


@pytest.fixture
def empty_url(postgres_server: EmbeddedPostgres, request: pytest.FixtureRequest) -> str:
    name = f"empty_{abs(hash(request.node.name)) % 10**9}"
    create_database(postgres_server.url("postgres"), name)
    return postgres_server.url(name)


def test_migrations_build_what_the_models_say(engine: Engine) -> None:
    assert drift(engine) == []
    assert is_current(engine)


def test_drift_is_found(engine: Engine) -> None:
    table = Conversation.__table__
    table.append_column(Column("forgotten", AnInteger))
    try:
        assert [found[0] for found in drift(engine)] == ["add_column"]
    finally:
        table._columns.remove(table.c.forgotten)


def test_tables_of_rasa_and_of_the_queue_are_left_alone(fresh_database_url: str) -> None:
    engine = engine_for(fresh_database_url)
    with transaction(engine) as session:
        session.execute(text("create table events (id serial primary key, sender_id varchar, data text)"))
        session.execute(text("insert into events (sender_id, data) values ('rasa', 'its own')"))
    migrate(fresh_database_url)
    assert drift(engine) == []
    with transaction(engine) as session:
        assert session.execute(text("select data from events")).scalars().all() == ["its own"]
        assert session.execute(text("select count(*) from procrastinate_jobs")).scalar_one() == 0
    engine.dispose()


def test_migrating_again_keeps_what_is_there(fresh_database_url: str) -> None:
    engine = engine_for(fresh_database_url)
    with transaction(engine) as session:
        session.add(Conversation(last_seq=7))
    migrate(fresh_database_url)
    migrate(fresh_database_url)
    with transaction(engine) as session:
        assert session.query(Conversation).one().last_seq == 7
    assert is_current(engine)
    engine.dispose()


def test_two_processes_migrate_at_once(empty_url: str) -> None:
    program = "import sys; from bot.care.database import migrate; migrate(sys.argv[1])"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_url], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    ends = [(process.communicate(timeout=120)[1], process.returncode) for process in both]
    assert [code for _, code in ends] == [0, 0], ends
    engine = engine_for(empty_url)
    assert is_current(engine)
    assert drift(engine) == []
    assert "procrastinate_jobs" in inspect(engine).get_table_names()
    engine.dispose()


def test_a_database_without_tables_is_not_current(empty_url: str) -> None:
    engine = engine_for(empty_url)
    assert not is_current(engine)
    engine.dispose()


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://host/db", "not an address", ""])
def test_another_database_is_refused_with_the_fix(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="postgresql://user:password@host/database"):
        sqlalchemy_url(url)


def test_addresses_are_written_for_either_driver() -> None:
    url = "postgres://nora:p%40ss@db.example:5433/care"
    assert sqlalchemy_url(url) == "postgresql+psycopg2://nora:p%40ss@db.example:5433/care"
    assert libpq_url(sqlalchemy_url(url)) == "postgresql://nora:p%40ss@db.example:5433/care"


def test_a_database_that_is_not_there_is_said_so() -> None:
    engine = engine_for("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseUnavailable, match="cannot be reached"), transaction(engine) as session:
        session.execute(text("select 1"))
