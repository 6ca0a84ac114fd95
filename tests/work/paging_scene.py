"""A clinic with a roster, a clock that is moved, a mail server and a web hook that really listen."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care import alerts, conversations, pages
from bot.care.database import transaction
from bot.care.models import Channel, Climb, Page, StaffMember
from bot.channels.sms.providers import NoProvider
from bot.clinic.clock import FixedClock
from bot.clinic.settings import Clinic
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work.pager import Pager
from bot.work.paging import Paging
from tests.tables import empty_tables

OPEN = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)  # Tuesday noon in New York
NIGHT = datetime(2026, 3, 4, 4, 0, tzinfo=timezone.utc)  # Tuesday, 23:00 there
NORA, DANIEL = "Nora Whitfield", "Daniel Okafor"

_numbers = itertools.count(1)


@dataclass
class Mailbox:
    """What a mail server took in. `refuse` makes it refuse every recipient."""

    port: int = 0
    refuse: bool = False
    mails: list[tuple[str, str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, as RFC 5321 wants it."""
        to, lines, in_data = "", [], False

        def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")

        say("220 mail.test")
        while raw := await reader.readline():
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if in_data:
                if line == ".":
                    in_data = False
                    self.mails.append((to, "\n".join(lines)))
                    say("250 taken")
                else:
                    lines.append(line)
                continue
            word = line[:4].upper()
            if word == "RCPT":
                to = line.split("<", 1)[1].rstrip(">").split(">")[0]
                say("550 nobody here" if self.refuse else "250 ok")
            elif word == "DATA":
                in_data, lines = True, []
                say("354 go on")
            elif word == "QUIT":
                say("221 bye")
                break
            else:
                say("250 ok")
        writer.close()


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mail server on loopback, in a thread of its own."""
    box, ready = Mailbox(), threading.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        server = await asyncio.start_server(box.serve, "127.0.0.1", 0)
        box.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    def main() -> None:
        try:
            loop.run_until_complete(run())
        except asyncio.CancelledError:
            loop.close()

    thread = threading.Thread(target=main)
    thread.start()
    assert ready.wait(10)
    yield box
    loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
    thread.join(10)


@dataclass
class Hook:
    """What a web hook took in. `status`: what it answers; `before`: called before it answers."""

    port: int = 0
    status: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    before: Callable[[], None] | None = None

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/duty"


@contextmanager
def web_hook() -> Iterator[Hook]:
    """A web hook on loopback."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.before is not None:
                hook.before()
            hook.bodies.append(json.loads(body))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield hook
    server.shutdown()
    thread.join(10)
    server.server_close()


@dataclass
class Duty:
    """Alerts are raised, time passes, pages go out."""

    engine: Engine
    clinic: Clinic
    clock: FixedClock
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        empty_tables(self.engine, "procrastinate_jobs")
        self.paging = self.another()

    def another(self, **changes: Any) -> Paging:
        """A process that pages, with the same settings or others."""
        clinic = self.clinic.copy(update={"paging": self.clinic.paging.copy(update=changes)})
        pager = Pager(clinic, NoProvider(), environment=self.environment)
        return Paging(self.engine, clinic, self.clock, pager)

    def alert(self, level: str = "crisis", conversation_id: int | None = None) -> int:
        """A patient writes something worrying; returns the alert."""
        with transaction(self.engine) as session:
            conversation = conversation_id or int(conversations.start_conversation(session).id)
            conversations.receive(
                session,
                conversation,
                channel=Channel.WEB,
                external_id=f"paging-{next(_numbers)}",
                text="purple elephants by Ana Lopez",
                verdict=Verdict(Level(level), 0.9, ("A reason",)),
                now=self.clock.now(),
            )
            found = alerts.unresolved_alert(session, conversation)
            assert found is not None
            return int(found.id)

    def nurse(self, role: str = "nurse") -> int:
        """A member of staff."""
        with transaction(self.engine) as session:
            email = f"staff{next(_numbers)}@clinic.example"
            member = StaffMember(name="Nora Whitfield", email=email, role=role, password_hash="-")
            session.add(member)
            session.flush()
            return int(member.id)

    def acknowledge(self, alert_id: int) -> None:
        nurse = self.nurse()
        with transaction(self.engine) as session:
            alerts.acknowledge(session, alert_id, nurse, self.clock.now())

    def pass_time(self, minutes: float, step: float = 0.5) -> None:
        """Time passes, and the sweep runs meanwhile as it does in earnest."""
        until = self.clock.now() + timedelta(minutes=minutes)
        while self.clock.now() < until:
            self.clock.move(min(timedelta(minutes=step), until - self.clock.now()))
            self.paging.sweep()

    def rows(self) -> list[Page]:
        """All pages, oldest first."""
        with transaction(self.engine) as session:
            return list(session.query(Page).order_by(Page.id))

    def log(self, since: datetime | None = None) -> list[tuple[float, str, str, str]]:
        """(minutes after `since`, who, by what, what became of it) of every page."""
        rows = self.rows()
        start = since or (rows[0].due_at if rows else self.clock.now())
        return [
            (round((row.due_at - start).total_seconds() / 60, 1), row.name, row.way, row.state)
            for row in rows
        ]

    def climbs(self) -> list[Climb]:
        with transaction(self.engine) as session:
            return list(session.query(Climb).order_by(Climb.id))

    def due(self) -> list[int]:
        with transaction(self.engine) as session:
            return pages.due_pages(session, self.clock.now())

    def jobs(self) -> int:
        with transaction(self.engine) as session:
            statement = "select count(*) from procrastinate_jobs where task_name = 'page' and status = 'todo'"
            return int(session.execute(text(statement)).scalar_one())
