"""Connections that the server has ended, and statements that are transactions of their own."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bot.care import database
from bot.care.database import DatabaseUnavailable, engine_for, single_statements, transaction


@pytest.fixture
def lasting(database_url, monkeypatch):
    """An engine with one connection, which is looked at however young it is."""
    monkeypatch.setattr(database, "FRESH", -1.0)
    made = engine_for(database_url, pool_size=1)
    yield made
    made.dispose()


def backend(engine) -> int:
    with transaction(engine) as session:
        return int(session.execute(text("select pg_backend_pid()")).scalar_one())


def test_a_connection_that_the_server_ended_is_replaced_before_use(lasting, engine) -> None:
    first = backend(lasting)
    assert backend(lasting) == first
    with transaction(engine) as session:
        session.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": first})
    assert backend(lasting) != first


def test_nothing_is_asked_to_see_that(lasting) -> None:
    pid = backend(lasting)
    with lasting.connect() as connection:
        raw = connection.connection.dbapi_connection
        connection.rollback()
        in_transaction = raw.info.transaction_status
    sent: list[int] = []

    class Watched:
        """The raw connection; each statement that is sent on it is noted."""

        def __getattr__(self, name: str):
            if name in ("cursor", "rollback", "commit"):
                sent.append(1)
            return getattr(raw, name)

    class Record:
        starttime = 0.0

    database._refuse_closed(Watched(), Record(), None)
    assert in_transaction == 0 and sent == [] and backend(lasting) == pid


def test_where_the_server_is_gone_it_is_said_so(tmp_path) -> None:
    gone = engine_for(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable), transaction(gone) as session:
        session.execute(text("select 1"))


def test_a_single_statement_is_committed_at_once(lasting, engine) -> None:
    used = backend(lasting)
    with single_statements(lasting) as session:
        session.execute(text("create table single_statement (number integer)"))
        session.execute(text("insert into single_statement values (7)"))
        try:
            with transaction(engine) as other:
                assert other.execute(text("select number from single_statement")).scalar_one() == 7
        finally:
            session.execute(text("drop table single_statement"))
    assert backend(lasting) == used  # the connection went back to the pool
    with transaction(lasting) as session:  # and the next who gets the connection has transactions again
        session.execute(text("create table single_statement (number integer)"))
        session.rollback()
    with transaction(engine) as session:
        assert session.execute(text("select to_regclass('single_statement')")).scalar_one() is None


def test_a_server_that_ends_within_single_statements_costs_no_place_in_the_pool(lasting, engine) -> None:
    for _ in range(4):  # the pool has two places
        with pytest.raises(DatabaseUnavailable), single_statements(lasting) as session:
            pid = session.execute(text("select pg_backend_pid()")).scalar_one()
            with transaction(engine) as other:
                other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            session.execute(text("select 1"))
    assert backend(lasting)
    assert lasting.pool.checkedout() == 0
