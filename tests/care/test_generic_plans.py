"""What the product sends on its hot paths finds its rows by an index, whatever the values are.

A statement that comes again is prepared (bot/care/prepared.py; Procrastinate's driver does it by itself), and
PostgreSQL may plan it once for all values: then a state that is a value, and no word of the statement, proves no
partial index. Each statement is prepared as the product does it, and explained twice: as it is planned for all values,
with everything discouraged that only pays in small tables, so that a scan is left where no index can serve; and as the
server itself settles on after some uses.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, inspect, select, text
from sqlalchemy.engine import Engine

from bot.care.conversations import receive
from bot.care.database import transaction
from bot.care.models import Channel, Message, TrackerState
from bot.care.prepared import constant
from bot.clinic.clock import FixedClock
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from tests.care.hot_paths import NOW, Statements, a_year, play
from tests.care.test_plans import LARGE
from tests.channels.web_chat.support import unlimited

SOMEBODY = 17
SETTLED = 6
"""Uses of a prepared statement until the server weighs."""

FEW = {
    "staff_member", "second_factor", "recovery_code", "responder", "contact_point", "shift", "absence", "holiday",
    "opening_hours",  # one clinic's staff and its hours
    "guidance_sign_off",  # texts of the guidance
    "heartbeat", "procrastinate_workers",  # processes of the last day
    "report_snapshot", "procrastinate_periodic_defers", "alembic_version",  # some rows
}  # fmt: skip
"""Tables that do not grow with patients and what they write. Every other one does."""


@dataclass(frozen=True)
class Known:
    """Growing tables that may be read as a whole by a plan for all values, and why. words, scene: of the statement, and
    how the scene begins."""

    tables: str
    words: str
    why: str
    scene: str = ""

    def excuses(self, table: str, statement: str, scene: str) -> bool:
        return table in self.tables.split() and self.words in statement and scene.startswith(self.scene)


_ONCE_A_DAY = (
    "Once a day. What is open in all conversations is read once a batch, in place of once a message of it."
)
_SHORT = (
    "How short the time is in which wrong numbers were said, a plan for all values cannot know. The server goes on "
    "planning this with its values, as a test below holds."
)
KNOWN = (
    Known(
        "conversation message",
        "conversation.owner_id IS NULL AND message.state = ",
        _SHORT,
        "patients who may",
    ),
    Known(
        "phone_number", "phone_number.backwards", "An index serves a beginning only where the plan knows it."
    ),
    Known("patient", "patient.name = %(name_1)s AND patient.phone = ", "The demo's own, when it starts."),
    Known("alert message patient", "legal_hold", _ONCE_A_DAY, "retention"),
)
LEAST: dict[str, int] = {
    "web": 200, "spool": 40, "care worker: pages": 500, "care worker: check-ins": 200, "care worker: texts": 10,
}  # fmt: skip
"""Statements of a scene, at least."""

DISCOURAGED = tuple(f"enable_{one} = off" for one in ("seqscan", "hashjoin", "mergejoin"))


def whole(
    engine: Engine, plans: Iterator[tuple[str, str, Any]], growing: set[str]
) -> dict[tuple[str, str], str]:
    """By table and statement: the scene, where a growing table is read from one end to the other."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select index.relname, index.reltuples < heap.reltuples / 2 from pg_index"
                " join pg_class index on index.oid = indexrelid join pg_class heap on heap.oid = indrelid"
            )
        )
        part = {str(name) for name, is_part in rows if is_part}
    found = {}
    for scene, statement, plan in plans:
        for table in read_whole(plan, part) & growing:
            found.setdefault((table, " ".join(statement.split())), scene)
    return found


def read_whole(node: Any, part: set[str], limited: bool = False, table: str = "") -> set[str]:
    """Tables that a plan reads as a whole, by themselves or by an index that holds most of their rows. part: indexes
    that hold few of them; limited: what is above wants only the first rows."""
    kind, found = node["Node Type"], set()
    table = node.get("Relation Name", table)
    if kind == "Seq Scan" or (
        kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan")
        and "Index Cond" not in node and node["Index Name"] not in part and not limited
    ):  # fmt: skip
        found.add(table)
    limited = kind == "Limit" or (limited and kind not in ("Sort", "Aggregate", "Hash"))
    for one in node.get("Plans", ()):
        found |= read_whole(one, part, limited, table)
    return found


def growing(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        names = connection.execute(text("select tablename from pg_tables where schemaname = 'public'"))
        return set(names.scalars()) - FEW


def scanned(heard: Statements) -> dict[tuple[str, str], str]:
    """What is read as a whole by a plan that is made for all values."""
    generic = ("plan_cache_mode = force_generic_plan", *DISCOURAGED)
    return whole(heard.engine, heard.plans(*generic), growing(heard.engine))


def unexcused(found: dict[tuple[str, str], str]) -> list[str]:
    return [
        f"{scene} reads {table} as a whole: {statement}"
        for (table, statement), scene in found.items()
        if not any(one.excuses(table, statement, scene) for one in KNOWN)
    ]


@pytest.fixture(scope="module")
def year(engine: Engine) -> Engine:
    a_year(engine)
    return engine


@pytest.fixture(scope="module")
def played(year: Engine, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Statements:
    return play(year, database_url, tmp_path_factory.mktemp("spool"))


@pytest.fixture(scope="module")
def found(played: Statements) -> dict[tuple[str, str], str]:
    return scanned(played)


def test_no_plan_for_all_values_reads_a_growing_table_as_a_whole(found: dict[tuple[str, str], str]) -> None:
    assert not (left := unexcused(found)), "\n\n".join(left)


@pytest.mark.parametrize("known", KNOWN, ids=lambda one: one.words)
def test_each_exception_is_still_needed(found: dict[tuple[str, str], str], known: Known) -> None:
    assert any(known.excuses(table, statement, scene) for (table, statement), scene in found.items())


def test_nor_does_the_server_settle_on_such_a_plan(played: Statements) -> None:
    """After some uses it weighs the plan for all values against those for each: where the former reads a large table,
    it stays with the latter. Retention may read what is open, of all conversations at once."""
    found = whole(played.engine, played.plans(uses=SETTLED), set(LARGE))
    assert {key: scene for key, scene in found.items() if not scene.startswith("retention")} == {}


def test_the_scenes_are_all_heard(played: Statements) -> None:
    """A scene that breaks off early would prove nothing."""
    few = {name for name, many in played.scenes.items() if many < LEAST.get(name, 1)}
    assert not few and LEAST.keys() <= played.scenes.keys()
    prepared_ones = [types for _, types in played.sent if types is not None]
    assert len(prepared_ones) > len(played.sent) / 2


def test_every_table_is_known_to_grow_or_not(year: Engine) -> None:
    with year.connect() as connection:
        for table in sorted(growing(year)):
            rows = connection.execute(text(f'select count(*) from "{table}"')).scalar_one()
            assert rows > 100, f"{table}: give it rows in MORE, or say in FEW that it does not grow"
        assert set(inspect(year).get_table_names()) >= FEW


def test_a_partial_index_that_a_value_gives_up_is_found(year: Engine) -> None:
    heard = Statements(year)
    for state in ("queued", constant("queued")):
        with heard.scene("a scene"), transaction(year) as session:
            session.execute(select(Message.id).where(Message.state == state))
    [(table, statement)] = scanned(heard)
    assert table == "message" and "%(state_1)s" in statement


@pytest.mark.model
async def test_nor_does_a_turn_of_the_answer_worker(year: Engine) -> None:
    """Of somebody with a past: questions, known and unknown, a check-in with an answer, small talk."""
    from bot.dialogue.host import DialogueHost
    from bot.work.answer import Answering, Outcome

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        host = DialogueHost.load()
    heard, clock = Statements(year), FixedClock(NOW)
    with transaction(year) as session:  # what Population makes up is no memory of Rasa's
        session.execute(delete(TrackerState).where(TrackerState.conversation_id == SOMEBODY))
    answering = Answering(year, host, Phrases.load(), unlimited(), clock)
    for number, words in enumerate(
        ("can i drive tonight?", "check in", "7", "stop", "does my insurance pay for this?", "yes", "hello")
    ):
        with heard.scene("answer worker"):
            with transaction(year) as session:
                receive(
                    session, SOMEBODY, channel=Channel.WEB, external_id=f"turn-{number}", text=words,
                    verdict=Verdict(Level.NONE), now=clock.now(),
                )  # fmt: skip
            assert await answering.next_turn(SOMEBODY) is Outcome.ANSWERED
        clock.move(timedelta(seconds=30))
    assert heard.scenes["answer worker"] > 80
    assert not (left := unexcused(scanned(heard))), "\n\n".join(left)
