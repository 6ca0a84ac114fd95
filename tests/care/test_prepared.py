"""Statements that come again are prepared, and give what they gave before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import NotSupportedError, ProgrammingError

from bot.care import prepared
from bot.care.database import engine_for
from bot.care.prepared import USES, constant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
THING = Table(
    "prepared_thing",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    Column("name", String(40)),
    Column("about", JSONB),
    Column("at", DateTime(timezone=True)),
    Column("tags", ARRAY(Text)),
    Column("share", Float),
    Column("open", Boolean),
    Column("number", Integer),
)


@pytest.fixture
def lasting(database_url: str) -> Iterator[Engine]:
    made = engine_for(database_url, pool_size=1)
    with made.begin() as connection:
        THING.create(connection)
    yield made
    with made.begin() as connection:
        THING.drop(connection)
    made.dispose()


def names(connection: Connection) -> list[str]:
    found = connection.execute(text("select name from pg_prepared_statements order by name"))
    return list(found.scalars())


def again(connection: Connection, statement, **values):
    """The results of a statement that is used as often as it takes, and twice more."""
    return [connection.execute(statement, values) for _ in range(USES + 2)]


def test_what_comes_again_is_prepared_once(lasting: Engine) -> None:
    with lasting.begin() as connection:
        for number in range(USES + 3):
            statement = select(literal(number) + 1)
            assert connection.execute(statement).scalar_one() == number + 1
            assert len(names(connection)) == (1 if number >= USES else 0)


def test_every_kind_of_value_is_written_and_read_as_before(lasting: Engine) -> None:
    row = {
        "name": 'it\'s 100 % \\ "so" :x %(y)s',
        "about": {"a": [1, None, "ü"]},
        "at": NOON,
        "tags": ["a", "b,c", "{d}"],
        "share": 0.25,
        "open": True,
        "number": None,
    }
    with lasting.begin() as connection:
        for number in range(USES + 3):
            connection.execute(insert(THING).values(id=number, **row))
        read = connection.execute(select(THING).order_by(THING.c.id)).mappings().all()
        assert [dict(one) for one in read] == [{"id": number, **row} for number in range(USES + 3)]
        for found in again(connection, select(THING.c.id).where(THING.c.name == row["name"])):
            assert len(found.all()) == USES + 3
        empty = dict.fromkeys(row)
        for number in range(10, 10 + USES + 2):
            connection.execute(insert(THING).values(id=number, **empty))
        nothing = connection.execute(select(THING).where(THING.c.id == 10 + USES + 1)).mappings().one()
        assert dict(nothing) == {"id": 10 + USES + 1, **empty}
        assert len(names(connection)) >= 2


def test_how_many_rows_were_changed_is_known(lasting: Engine) -> None:
    with lasting.begin() as connection:
        connection.execute(insert(THING), [{"id": number, "number": 1} for number in range(5)])
        changed = update(THING).where(THING.c.id < bindparam("below")).values(number=2)
        assert [found.rowcount for found in again(connection, changed, below=3)] == [3] * (USES + 2)
        gone = delete(THING).where(THING.c.id == bindparam("which"))
        assert [found.rowcount for found in again(connection, gone, which=4)] == [1] + [0] * (USES + 1)
        made = [
            connection.execute(insert(THING).values(id=100 + n).returning(THING.c.id)).scalar_one()
            for n in range(USES + 2)
        ]
        assert made == [100 + n for n in range(USES + 2)]


def test_time_that_is_counted_with_stays_time(lasting: Engine) -> None:
    with lasting.begin() as connection:
        connection.execute(insert(THING).values(id=1, at=NOON))
        for found in again(connection, select(THING.c.at - timedelta(hours=2))):
            assert found.scalar_one() == NOON - timedelta(hours=2)
        late = select(THING.c.id).where(THING.c.at + bindparam("within", timedelta(hours=1)) > NOON)
        for found in again(connection, late):
            assert found.scalar_one() == 1


def test_lists_of_any_length(lasting: Engine) -> None:
    with lasting.begin() as connection:
        connection.execute(insert(THING), [{"id": number} for number in range(6)])
        for length in (0, 1, 3, 5):
            wanted = list(range(length))
            for _ in range(USES + 2):
                found = connection.execute(
                    select(THING.c.id).where(THING.c.id.in_(wanted)).order_by(THING.c.id)
                )
                assert found.scalars().all() == wanted


def test_a_value_of_no_known_type_is_sent_as_before(lasting: Engine) -> None:
    with lasting.begin() as connection:
        before = names(connection)
        for found in again(connection, select(func.coalesce(bindparam("what"), "nothing")), what=None):
            assert found.scalar_one() == "nothing"
        for found in again(connection, text("select :number + 1"), number=4):
            assert found.scalar_one() == 5
        assert names(connection) == before


def test_words_are_what_the_place_takes_them_for(lasting: Engine) -> None:
    with lasting.begin() as connection:
        matches = select(
            func.to_tsvector("simple", "a small house").op("@@")(func.to_tsquery("simple", "house"))
        )
        for found in again(connection, matches):
            assert found.scalar_one() is True
        assert len(names(connection)) == 1


def test_a_number_too_large_for_its_column_is_none_of_its_numbers(lasting: Engine) -> None:
    """As somebody asks for by an address that they made up."""
    with lasting.begin() as connection:
        connection.execute(insert(THING).values(id=1, number=5))
        statement = select(THING.c.id).where(THING.c.number == bindparam("which"))
        for found in again(connection, statement, which=5):
            assert found.scalar_one() == 1
        assert len(names(connection)) == 1
        for number in (2**31, -(2**31) - 1, 2**40):
            assert connection.execute(statement, {"which": number}).first() is None
        for found in again(connection, select(func.pg_advisory_xact_lock(2**40 + 7))):
            assert found.scalar_one() == ""


@pytest.mark.parametrize("autocommit", [False, True])
def test_what_cannot_be_prepared_is_sent_as_before(lasting: Engine, autocommit: bool) -> None:
    level = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
    with lasting.connect().execution_options(**level) as connection:
        connection.execute(insert(THING).values(id=1))
        for found in again(connection, select(literal("x").is_(None))):
            assert found.scalar_one() is False
        assert names(connection) == []
        assert (
            connection.execute(select(THING.c.id)).scalar_one() == 1
        )  # what stood before in the transaction


def test_after_an_error_the_connection_goes_on(lasting: Engine) -> None:
    statement = select(THING.c.id).where(THING.c.id == bindparam("which"))
    for _ in range(USES + 2):
        with lasting.connect() as connection:
            connection.execute(statement, {"which": 1})
            with pytest.raises(ProgrammingError):
                connection.execute(text("select nothing from nowhere"))
    with lasting.connect() as connection:
        assert connection.execute(statement, {"which": 1}).first() is None


def test_a_new_connection_begins_anew(lasting: Engine) -> None:
    statement = select(THING.c.id).where(THING.c.id == bindparam("which"))
    for _ in range(2):
        with lasting.connect() as connection:
            again(connection, statement, which=1)
            assert len(names(connection)) == 1
            connection.invalidate()
    with lasting.begin() as connection:
        assert names(connection) == []
        again(connection, statement, which=1)


def test_an_upgrade_of_a_table_breaks_nothing(lasting: Engine) -> None:
    statement = select(THING.c.id, THING.c.name).where(THING.c.id == bindparam("which"))
    with lasting.begin() as connection:
        again(connection, statement, which=1)
    with lasting.begin() as connection:
        connection.execute(text("alter table prepared_thing add column later integer"))
        connection.execute(text("create index on prepared_thing (name)"))
    with lasting.begin() as connection:
        assert connection.execute(statement, {"which": 1}).first() is None


def test_the_same_words_with_values_of_another_kind_are_another_statement(lasting: Engine) -> None:
    with lasting.begin() as connection:
        connection.execute(insert(THING).values(id=1, share=2.5))
        for _ in range(USES + 2):
            assert connection.execute(select(THING.c.id).where(THING.c.share == 2)).first() is None
        for _ in range(USES + 2):
            assert connection.execute(select(THING.c.id).where(THING.c.share == 2.5)).scalar_one() == 1


def test_what_is_inside_a_json_value_is_asked_for_as_before(lasting: Engine) -> None:
    with lasting.begin() as connection:
        connection.execute(insert(THING).values(id=1, about={"a": "b"}))
        for found in again(connection, select(THING.c.about["a"].astext)):
            assert found.scalar_one() == "b"


def test_a_table_that_changed_costs_one_statement_and_no_more(lasting: Engine) -> None:
    statement = select(THING.c.number).where(THING.c.id == bindparam("which"))
    with lasting.begin() as connection:
        connection.execute(insert(THING).values(id=1, number=7))
    with lasting.begin() as connection:
        again(connection, statement, which=1)
    with lasting.begin() as connection:
        connection.execute(text("alter table prepared_thing alter column number type bigint"))
    with pytest.raises(NotSupportedError), lasting.begin() as connection:
        connection.execute(statement, {"which": 1})
    with lasting.begin() as connection:
        assert connection.execute(statement, {"which": 1}).scalar_one() == 7


def test_not_more_than_so_many_are_kept(lasting: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST", 3)
    with lasting.begin() as connection:
        for place in range(12):
            for found in again(connection, select((literal(place) + 1).label(f"number_{place}"))):
                assert found.scalar_one() == place + 1
        assert len(names(connection)) == 3


def test_a_partial_index_serves_a_plan_that_is_made_for_all_values(lasting: Engine) -> None:
    with lasting.begin() as connection:
        connection.execute(insert(THING), [{"id": n, "number": n % 7, "name": "done"} for n in range(500)])
        connection.execute(text("create index prepared_open on prepared_thing (number) where name = 'open'"))
        connection.execute(text("set local plan_cache_mode = force_generic_plan"))
        connection.execute(text("set local enable_seqscan = off"))
        waits = select(THING.c.id).where(
            THING.c.number == bindparam("which"), THING.c.name == constant("open")
        )
        again(connection, waits, which=3)
        [name] = names(connection)
        plan = connection.exec_driver_sql(f"explain execute {name}(3)").scalars().all()
        assert any("prepared_open" in line for line in plan), plan


def test_a_word_of_the_statement_may_hold_whatever_a_value_may(lasting: Engine) -> None:
    odd = "it's 100% :open $1 \\"
    with lasting.begin() as connection:
        connection.execute(insert(THING), [{"id": 1, "number": 1, "name": odd}])
        found = again(connection, select(THING.c.id).where(THING.c.name == constant(odd)))
        assert [one.scalar_one() for one in found] == [1] * len(found)
