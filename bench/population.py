"""A clinic that has run for a year, invented by the database itself: for plans of queries and for measurements."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import column, func, select, text
from sqlalchemy import table as sql_table
from sqlalchemy.engine import Engine

from bot.care.database import engine_for, migrate
from bot.embedded import EmbeddedPostgres, create_database

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
"""When measurements take place."""
WAITING = 180
"""Open items in the large clinic: with its alerts, 200 lines of the queue."""

CHECK_INS = 7
"""Planned after each infusion, three infusions a patient; as in the demo's clinic.yml."""

_SEED = (
    "insert into staff_member (id, name, email, role, password_hash)"
    " values (1, 'Nora Whitfield', 'nora@scale.example', 'nurse', '-')",
    "insert into patient (id, name, phone, created_at)"
    " select i, 'Patient ' || (i * 7919 % 100003) || ' of ' || i, '+1646' || lpad(i::text, 7, '0'), :begin"
    " from generate_series(1, :patients) i",
    "insert into conversation (id, patient_id, last_seq, created_at)"
    " select i, i, :each, :begin from generate_series(1, :patients) i",
    "insert into phone_number (number, conversation_id, preferred)"
    " select phone, id, true from patient",
    "insert into treatment (id, patient_id, infusion_at)"
    " select i, 1 + i % :patients, :now - interval '365 days' * ((:patients * 3 - i)::float / (:patients * 3))"
    " from generate_series(1, :patients * 3) i",
    # In the order of their time over all conversations, as they would have come.
    "insert into message (id, conversation_id, seq, sender, channel, external_id, text, at, state, level, verdict,"
    " reply_to_id, guidance, kind)"
    " select i, 1 + i % :patients, 1 + i / :patients,"
    "  case when (i / :patients) % 2 = 0 then 'patient' else 'assistant' end,"
    "  case when i % 3 = 0 then 'sms' else 'web' end,"
    "  md5(i::text), 'words of about the length that people write, with a number ' || i,"
    "  :now - interval '365 days' * ((:messages - i)::float / :messages),"
    "  case when (i / :patients) % 2 = 0 then 'answered' else 'delivered' end,"
    "  case when (i / :patients) % 2 = 0 and hashint4(i) % 30 = 0 then 'urgent' else 'none' end,"
    "  case when (i / :patients) % 2 = 0 then jsonb_build_object('level', 'none', 'score', 0.01,"
    "   'reasons', '[]'::jsonb, 'evidence', '[]'::jsonb, 'fired', '[]'::jsonb, 'versions',"
    "   jsonb_build_object('join', 'v1')) end,"
    "  case when (i / :patients) % 2 = 1 then i - :patients end,"
    "  case when (i / :patients) % 2 = 1 and i % 3 <> 0 then jsonb_build_array(jsonb_build_object("
    "   'topic', 'driving', 'phase', 'later', 'version', 1, 'hash', '0')) else '[]'::jsonb end,"
    "  'message' from generate_series(0, :messages - 1) i",
    # What waits now: somebody for the assistant, somebody for a nurse, a text for the carrier.
    "update message set state = 'received' where id > :messages - 9 and sender = 'patient'",
    "update message set state = 'held' where sender = 'patient' and id in"
    " (select max(id) from message where sender = 'patient' and conversation_id in (3, 4, 5) group by conversation_id)",
    "update conversation set owner_id = 1 where id in (3, 4, 5)",
    "update message set state = 'queued' where sender = 'assistant' and id in"
    " (select max(id) from message where sender = 'assistant' and channel = 'sms' and conversation_id in (6, 7, 8)"
    "  group by conversation_id)",
    "insert into alert (id, conversation_id, level, state, reasons, opened_at, message_id, last_at, resolved_at,"
    " disposition)"
    " select row_number() over (), conversation_id, level, 'resolved', '[]', at, id, at, at + interval '20 minutes',"
    " case when id % 3 = 0 then 'false_alarm' else 'reached_and_safe' end"
    " from message where level = 'urgent'",
    "update alert set state = 'open', resolved_at = null, disposition = null where id in"
    " (select max(id) from alert group by conversation_id order by 1 desc limit 20)",
    "insert into alert_event (alert_id, at, kind, level, message_id)"
    " select id, opened_at, 'opened', level, message_id from alert",
    "insert into alert_event (alert_id, at, kind, level, staff_id)"
    " select id, opened_at + interval '4 minutes', 'acknowledged', level, 1 from alert where state = 'resolved'",
    "insert into item (kind, conversation_id, message_id, reason, opened_at, closed_at)"
    " select 'question', conversation_id, id, 'Not covered by the guidance.', at,"
    "  case when id < :messages - :waiting * 50 then at + interval '2 hours' end"
    " from message where sender = 'patient' and id % 50 = 7",
    "insert into climb (id, alert_id, level, started_at, state, rung, next_at, ended_at, ended)"
    " select id, id, level, opened_at, 'ended', 1, opened_at, opened_at + interval '3 minutes', 'acknowledged'"
    " from alert",
    "insert into page (key, climb_id, alert_id, name, way, state, due_at, sent_at)"
    " select 'climb:' || id || ':' || n, id, alert_id, 'Nora Whitfield', 'text', 'sent', started_at, started_at"
    " from climb, generate_series(1, 2) n",
    "update page set state = 'due', due_at = :now where id in (select id from page order by id desc limit 3)",
    "insert into check_in (id, conversation_id, treatment_id, plan_key, instrument, instrument_version, state, channel,"
    "  due_at, send_by, expires_at, sent_at, started_at, ended_at, reason)"
    " select (t.id - 1) * :check_ins + k, t.patient_id, t.id, 'day_' || k, 'daily', '1',"
    "  case when k = :check_ins and t.id > :patients * 3 - 60 then 'scheduled' when (t.id + k) % 3 = 0 then 'expired'"
    "   else 'finished' end, 'sms',"
    "  t.infusion_at + k * interval '1 day', t.infusion_at + k * interval '1 day' + interval '4 hours',"
    "  t.infusion_at + k * interval '1 day' + interval '36 hours',"
    "  case when (t.id + k) % 30 <> 0 then t.infusion_at + k * interval '1 day' end,"
    "  case when (t.id + k) % 3 <> 0 then t.infusion_at + k * interval '1 day' + interval '10 minutes' end,"
    "  t.infusion_at + k * interval '1 day' + interval '20 minutes', null"
    " from treatment t, generate_series(1, :check_ins) k",
    "update check_in set started_at = null, ended_at = null, sent_at = null where state = 'scheduled'",
    "update check_in set due_at = :now - interval '1 minute', send_by = :now + interval '1 hour'"
    " where id in (select id from check_in where state = 'scheduled' order by id limit 20)",
    "update check_in set state = 'sent', ended_at = null, started_at = null, sent_at = :now - interval '1 hour',"
    "  remind_at = :now - interval '1 minute', expires_at = :now + interval '1 day'"
    " where id in (select id from check_in where state = 'finished' order by id desc limit 20)",
    "insert into check_in_answer (check_in_id, item, raw, value, message_id, at)"
    " select id, 'item_' || n, '7', 7, id, started_at from check_in, generate_series(1, 4) n where state = 'finished'",
    "insert into audit_entry (at, staff_id, action, subject)"
    " select at, 1, 'conversation.seen', 'conversation:' || conversation_id from message where id % 4 = 0",
    "insert into tracker_state (conversation_id, state, updated_at)"
    " select id, jsonb_build_object('version', 1, 'slots', '{}'::jsonb, 'events', to_jsonb(repeat('x', 1500))),"
    "  :now - interval '20 days' * (id % 3) from conversation",
    "insert into web_session (token_hash, conversation_id, created_at, last_seen_at)"
    " select md5(id::text), id, :begin, :now from conversation where id % 2 = 0",
)  # fmt: skip

_COUNTED = (
    "staff_member", "patient", "conversation", "treatment", "message", "alert", "climb", "check_in",
)  # fmt: skip


@dataclass(frozen=True)
class Population:
    """How many patients with how many messages in all, over the year before `now` (aware). waiting: open items beside
    20 open alerts."""

    patients: int
    messages: int
    now: datetime
    waiting: int = 40

    def make(self, engine: Engine) -> None:
        """Fill an empty database. Its user must be allowed to switch triggers off: millions of entries would be chained
        one after the other."""
        values = {
            "patients": self.patients,
            "messages": self.messages,
            "each": -(-self.messages // self.patients),
            "check_ins": CHECK_INS,
            "waiting": self.waiting,
            "now": self.now,
            "begin": self.now.replace(year=self.now.year - 1),
        }
        with engine.begin() as connection:
            connection.execute(text("set local statement_timeout = 0"))
            connection.execute(text("set local session_replication_role = replica"))
            for statement in _SEED:
                connection.execute(text(statement), values)
            for table in _COUNTED:
                newest = select(func.max(column("id"))).select_from(sql_table(table)).scalar_subquery()
                connection.execute(select(func.setval(func.pg_get_serial_sequence(table, "id"), newest)))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("set statement_timeout = 0"))
            connection.execute(text("vacuum analyze"))


@contextmanager
def databases(populations: Mapping[str, Population]) -> Iterator[dict[str, Engine]]:
    """A database of its own for each population, by its name, on one embedded PostgreSQL that is gone afterwards.

    What this process keeps on disk meanwhile goes with it: a secret, for instance. Prints how long each took to make.
    """
    with tempfile.TemporaryDirectory(prefix="aftercare-bench-", dir="/tmp") as folder, ExitStack() as stack:
        # The database server of root runs as another user, who has to get in.
        Path(folder).chmod(0o711)
        os.environ["AFTERCARE_HOME"] = str(Path(folder) / "home")
        server = EmbeddedPostgres(Path(folder) / "postgres", Path(folder) / "postgres.log")
        server.start()
        stack.callback(server.stop)
        engines = {}
        for name, population in populations.items():
            create_database(server.url("postgres"), name)
            migrate(server.url(name))
            engines[name] = engine_for(server.url(name))
            stack.callback(engines[name].dispose)
            began = time.perf_counter()
            population.make(engines[name])
            took = time.perf_counter() - began
            print(f"{name}: {population.patients} patients, {population.messages} messages ({took:.0f} s)")
        yield engines
