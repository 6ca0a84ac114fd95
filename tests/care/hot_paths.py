"""The statements that the product sends on its hot paths, heard while scenes are played in a clinic that has run for a
year, and their plans."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from procrastinate.sql import queries
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from bench.console_pages import DONE, ConsolePages
from bench.population import Population
from bot.care import heartbeats, prepared
from bot.care.database import engine_for, transaction
from bot.care.models import Channel
from bot.channels.sms.delivery import deliver, undelivered
from bot.channels.sms.providers import NoProvider, SimulatorProvider
from bot.channels.spool import Spool
from bot.clinic.clock import FixedClock
from bot.guidance.phrases import Phrases
from bot.web import create_app
from bot.work.misled import tell_of_differing_settings
from bot.work.nobody_yet import tell_of_nobody_yet
from bot.work.pager import Pager
from bot.work.paging import Paging
from bot.work.queue import queue_app
from bot.work.quiet_owners import tell_of_quiet_owners
from bot.work.retention import Retention
from bot.work.sweep import Sweep
from tests.care.test_plans import READS
from tests.channels.keeping import CRISIS, NOTICE, Chat, taking
from tests.channels.sms.support import Carrier
from tests.channels.web_chat.support import Browser, Served, parts, unlimited
from tests.work.check_in_scene import Scene

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
PATIENTS, MESSAGES = 1_500, 60_000

MORE = (
    # So many that reading them all is never the cheapest.
    "insert into alert"
    " (conversation_id, level, state, reasons, opened_at, message_id, last_at, resolved_at, disposition)"
    " select conversation_id, level, state, '[]', opened_at, message_id, last_at, resolved_at, disposition"
    " from alert, generate_series(1, 9) where state = 'resolved'",
    "insert into alert_event (alert_id, at, kind, level) select id, opened_at, kind, level from alert,"
    " unnest(array['opened', 'acknowledged', 'resolved']) kind"
    " where not exists (select from alert_event where alert_id = alert.id)",
    "insert into follow_up (alert_id, conversation_id, script, language, started_at)"
    " select id, conversation_id, 'crisis', 'en', opened_at from alert",
    "insert into follow_up_answer (follow_up_id, question, meaning, words, message_id, at)"
    " select id, 'safe', 'yes', 'yes', id, started_at from follow_up",
    "insert into whereabouts (alert_id, message_id, at) select min(id), message_id, min(opened_at)"
    " from alert group by message_id",
    "insert into correction (message_id, staff_id, at, level) select id, 1, at, 'none' from message where id % 10 = 0",
    "insert into note (conversation_id, staff_id, text, at) select conversation_id, 1, 'a note', at from message"
    " where id % 10 = 1",
    "insert into invite (token_hash, patient_id, made_by_id, expires_at) select md5(i::text), i, 1, :now"
    " from generate_series(1, :patients) i",
    "insert into phone_share (phone_number_id, patient_id) select id, conversation_id from phone_number",
    "insert into check_in_consent (patient_id, channel, how, given_at) select id, 'sms', 'on_paper', :now from patient",
    "insert into page_link (token_hash, page_id, made_at) select md5(id::text), id, due_at from page",
    "insert into staff_session (token_hash, staff_id, revoked_at) select md5(i::text), 1 + i % 50, :now"
    " from generate_series(1, 2000) i",
    "insert into identity_use (nonce_hash, expires_at) select md5(i::text), :now from generate_series(1, 2000) i",
    "insert into lately (sender, step, count, gone_at) select md5(i::text), i, 1, :now from generate_series(1, 2000) i",
    "insert into legal_hold (patient_id, reason, placed_at, placed_by, lifted_at) select i, 'court', :now, 'x',"
    " case when i > 20 then :now end from generate_series(1, :patients) i",
    "insert into audit_link (position, entry_id, hash) select id, id, md5(id::text) from audit_entry",
    "insert into procrastinate_jobs (queue_name, task_name, lock, status) select 'care', 'deliver', 'delivery:' || i,"
    " (case when i % 40 = 0 then 'todo' else 'failed' end)::procrastinate_job_status from generate_series(1, 4000) i",
    "insert into procrastinate_events (job_id, type, at) select id, 'deferred', :now from procrastinate_jobs",
)  # fmt: skip
"""Rows for tables of which Population leaves few or none."""

HOT = ("queue", "conversation", "search", "news", "how much waits", "link of a page")
"""Pages of the console that are open all day, as bench/console_pages.py names them. Of all pages
tests/care/test_plans.py looks at the plans for real values."""

_EXPLAINED = "SELECT|INSERT|UPDATE|DELETE|WITH"


@dataclass
class Statements:
    """What was sent, each once: in which scene, with which values, and their types where the product prepares it."""

    engine: Engine
    sent: dict[tuple[str, Any], tuple[str, Any]] = field(default_factory=dict)
    scenes: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def scene(self, name: str) -> Iterator[None]:
        """Note what is sent in the block."""

        def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
            values = values[0] if many else values
            types = prepared._types(statement, context) if prepared._may(context, values) else None
            if re.match(rf"\s*({_EXPLAINED})\b", statement, re.IGNORECASE):
                self.scenes[name] = self.scenes.get(name, 0) + 1
                key = None if types is None else tuple(types.items())
                self.sent.setdefault((statement, key), (name, values))

        event.listen(self.engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(self.engine, "before_cursor_execute", note)

    def plans(self, *settings: str, uses: int = 1) -> Iterator[tuple[str, str, Any]]:
        """(scene, statement, plan) of each at its `uses`-th use on a connection with these settings."""
        engine = engine_for(self.engine.url.render_as_string(hide_password=False), pool_size=1)
        with closing(engine.raw_connection()) as connection, connection.cursor() as cursor:
            for setting in settings:
                cursor.execute(f"set {setting}")
            for (statement, types), (scene, values) in self.sent.items():
                if types is None:
                    sent, times = [one for one in statement.split(";") if one.strip()], 1
                else:
                    sent, times = [prepared._Statements()._prepared(cursor, statement, dict(types))], uses
                for one in sent:
                    for _ in range(times):
                        cursor.execute(f"explain (format json) {one}", values)
                        [[[plan]]] = cursor.fetchall()
                    yield scene, one if types is None else statement, plan["Plan"]
        engine.dispose()

    def of_the_queue(self) -> None:
        """What Procrastinate's workers send all day, through a driver of their own; what takes a job stands in a
        function of the database's."""
        asked = {name: queries[name] for name in ("select_stalled_jobs_by_heartbeat", "list_jobs_to_abort")}
        with self.engine.connect() as connection:
            named = text("select prosrc from pg_proc where proname = 'procrastinate_fetch_job_v2'")
            source = connection.execute(named).scalar_one()
        [takes] = re.findall(r"BEGIN(.*RETURNING procrastinate_jobs\.\*) INTO found_jobs;", source, re.DOTALL)
        asked["fetch_job"] = takes.replace("target_queue_names", "%(queues)s::varchar[]").replace(
            "p_worker_id", "%(worker_id)s"
        )
        given = {"queues": ["care"], "worker_id": 1, "queue": None, "task_name": None, "queue_name": "care"}
        given |= {"seconds_since_heartbeat": 30}
        for name, statement in asked.items():
            names = dict.fromkeys(re.findall(r"%\((\w+)\)s", statement))
            values = {one: given.get(one) for one in names}
            self.sent[statement, tuple((one, "unknown") for one in names)] = (f"queue: {name}", values)
            self.scenes[f"queue: {name}"] = 1


def a_year(engine: Engine) -> None:
    """Everything that grows has grown."""
    Population(PATIENTS, MESSAGES, NOW).make(engine)
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for statement in MORE:
            connection.execute(text(statement), {"now": NOW, "patients": PATIENTS})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))


def in_the_chat(engine: Engine, url: str, clock: FixedClock) -> None:
    """A browser and a phone write, in crisis too; pages are looked at, streams are heard, web says how it is."""
    clinic = unlimited()
    served = Served(create_app(parts(url, engine, clock, clinic=clinic)))
    browser = Browser(served.base)
    try:
        browser.open()
        for words in ("hello", "i want to kill myself", "are you there?"):
            assert browser.send(words).status_code == 202
        browser.messages()
        with browser.events(after=0) as events:
            next(events)
        phone = Carrier(served.base, str(clinic.web.public_url), "0" * 32)
        for words in ("hello", "i have chest pain", "STOP"):
            assert phone.text("+12125550177", words).status_code == 200
        for address in ("/readyz", "/metrics"):
            browser.client.get(address)
    finally:
        browser.client.close()
        served.stop()


def taken_in(engine: Engine, clock: FixedClock, spool: Spool) -> None:
    """What was kept while the database was away."""
    chat = Chat(engine)
    spool.keep(chat.writes("one", "kept-1", told=NOTICE))
    spool.keep(chat.writes("two", "kept-2", 1, CRISIS, told=NOTICE))
    assert taking(engine, clock, spool).run()


def check_ins(engine: Engine) -> None:
    """One is sent, reminded of, left alone and over; and every plan is made anew, as at the start of a worker."""
    scene = Scene(engine, begins="2026-03-03 12:00")
    patient = scene.patient(Channel.SMS)
    scene.infusion(patient, "2026-03-03 13:00")
    scene.until("2026-03-05 20:00", every=timedelta(hours=6))
    assert scene.sent(patient)
    scene.replan(patient)


async def swept(url: str, engine: Engine, *more: Any) -> None:
    """What was left behind, by messages or by workers."""
    app = queue_app(url)
    async with app.open_async():
        await Sweep(engine, app, *more, NOW - timedelta(hours=1)).run()


class Undone(Exception):
    """The scene is over, and nothing of it stays."""


def play(year: Engine, database_url: str, folder: Path) -> Statements:
    """What all scenes but the answer worker's have sent."""
    heard, clinic, clock, phrases = Statements(year), unlimited(), FixedClock(NOW), Phrases.load()
    told_by = (year, phrases, clinic, clock)
    for name, read in READS.items():
        if name == "reports that are kept":
            continue
        with heard.scene(name), transaction(year) as session:
            read(session)
    with heard.scene("web"):
        in_the_chat(year, database_url, clock)
    with heard.scene("spool"):
        taken_in(year, clock, Spool(folder))
    with heard.scene("care worker: what patients are told"):
        for tell in (tell_of_nobody_yet, tell_of_quiet_owners, tell_of_differing_settings):
            tell(*told_by)
    with heard.scene("care worker: pages"):
        paging = Paging(year, clinic, clock, Pager(clinic, NoProvider(), texts_simulated=True))
        for _ in range(2):
            paging.sweep()
            clock.move(timedelta(minutes=6))
    with heard.scene("care worker: check-ins"):
        check_ins(year)
    with heard.scene("care worker: texts"), transaction(year) as session:
        texts = undelivered(session, NOW + timedelta(minutes=1))
        assert texts
    with heard.scene("care worker: texts"):
        for message_id in texts[:2]:
            deliver(year, message_id, SimulatorProvider(), clock)
    with heard.scene("care worker: heartbeats"), transaction(year) as session:
        heartbeats.beat(session, "care", NOW, clock.now())
        heartbeats.say_goodbye(session, "care")
    with heard.scene("care worker: sweep"):
        asyncio.run(swept(database_url, year, phrases, clinic, clock))
    keeps = clinic.copy(update={"retention": clinic.retention.copy(update={"messages": 90, "pages": 90})})
    for name, step in Retention(year, keeps, clock)._steps().items():
        with heard.scene(f"retention: {name}"), pytest.raises(Undone), transaction(year) as session:
            first = step(session, None, 100)
            if first.last is not None:
                step(session, first.last, 100)
            raise Undone
    pages = ConsolePages(year, FixedClock(NOW), PATIENTS)
    for name, look in pages.work().items():
        if not name.startswith(HOT):
            continue
        with heard.scene(f"console: {name}"):
            assert pages.ask(look, look.address()) in DONE
    heard.of_the_queue()
    return heard
