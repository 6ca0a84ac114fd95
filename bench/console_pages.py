"""The pages of the console over a large clinic: server time of each, from the request to the last byte of the answer.

`python -m bench.console_pages [--patients 10000] [--messages 1000000] [--times 15]`

The real application on the real database, asked in the process: routing, log-in, permission, queries, template, audit
and commit are in it; the network and the browser are not. Every page that can be looked at is here, the parts that an
open page fetches by itself, what one wake-up of its stream costs, and the files that are saved.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from bench.console_looks import NOBODY, Look, looks
from bench.population import NOW, WAITING, Population, databases
from bot.care import page_links
from bot.care.database import transaction
from bot.care.listen import LiveFeed
from bot.care.models import Alert, AlertState, Message, Page, PageLink, Sender, Treatment
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.garbage import keep_what_is_loaded
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.staff import accounts
from bot.staff.app import staff_app
from bot.work.report_figures import ReportFigures

PASSWORD = "correct horse battery"
ROLES = ("clinician", "admin")
LIMIT = 200
"""Milliseconds of server time that no page may take."""
DONE = (200, 204, 303)
"""Statuses of an answer as it should be."""


@dataclass
class ConsolePages:
    """A console, and people of two roles who look at its pages. turn: so that no two looks are at the same patient."""

    engine: Engine
    clock: FixedClock
    patients: int
    turn: int = 0
    browsers: dict[str, TestClient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        clinic = load_clinic()
        self.app = staff_app(self.engine, clinic, self.clock, Library.load(), Phrases.load(), LiveFeed())
        # What a password costs is meant to be slow, and is no page.
        accounts._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        for role in (*ROLES, NOBODY):
            self.browsers[role] = TestClient(
                self.app,
                base_url="http://console.test",
                headers={"sec-fetch-site": "same-origin"},
                follow_redirects=False,
            )
        for role in ROLES:
            email = f"{role}@bench.example"
            with transaction(self.engine) as session:
                accounts.add_staff(session, f"Bench {role}", email, role, PASSWORD)
            answer = self.browsers[role].post("/staff/login", data={"email": email, "password": PASSWORD})
            if answer.status_code != 303:
                raise RuntimeError(f"the log-in failed: {answer.status_code}")
        self.reports = ReportFigures(self.engine, clinic, self.clock)
        with transaction(self.engine) as session:
            self.treatments = _newest(session, Treatment.id)
            self.written = _newest(session, Message.id, Message.sender == Sender.PATIENT.value)
            self.waiting = cycle(
                _newest(session, Alert.conversation_id, Alert.state == AlertState.OPEN.value)
            )
            self.token = self._link(session)

    def _link(self, session: Session) -> str:
        """The link of a page that went out for an alert that waits."""
        statement = select(Page.id).join(Alert).where(Alert.state == AlertState.OPEN.value)
        token = page_links.new_token()
        page_id = session.execute(statement.order_by(Page.id.desc()).limit(1)).scalar_one()
        session.add(PageLink(token_hash=page_links.hash_of(token), page_id=page_id, made_at=self.clock.now()))
        return token

    @property
    def somebody(self) -> int:
        """A patient, another one each time; mostly somebody of whom nothing waits."""
        self.turn += 1
        return 10 + self.turn * 37 % (self.patients - 20)

    def work(self) -> dict[str, Look]:
        """By name: what is asked for."""
        return looks(lambda: self.somebody, self.waiting, self.treatments, self.written, self.token)

    def ask(self, look: Look, address: str) -> int:
        """The status of the answer, read to its end; of a stream, until it has said what there is."""
        if look.stream:
            return self.news(address, look.role)
        browser, headers = self.browsers[look.role], {"hx-request": "true"} if look.part else {}
        if look.form is None:
            return browser.get(address, headers=headers).status_code
        return browser.post(address, data=dict(look.form), headers=headers).status_code

    def news(self, address: str, role: str = "clinician") -> int:
        """Open the stream of an open page, hear what there is at once, and leave: what each wake-up of it costs. The
        status of the answer."""
        heard: list[int] = []
        left = asyncio.Event()
        path, _, query = address.partition("?")
        cookies = "; ".join(f"{name}={value}" for name, value in self.browsers[role].cookies.items())
        scope = {
            "type": "http", "method": "GET", "path": path, "query_string": query.encode(), "root_path": "",
            "headers": [(b"host", b"console.test"), (b"cookie", cookies.encode())],
        }  # fmt: skip

        async def receive() -> dict[str, object]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                heard.append(message["status"])
            elif b"event: alive" in message["body"] or not message.get("more_body"):
                left.set()

        async def listen() -> None:
            await asyncio.wait_for(self.app(scope, receive, send), timeout=30)

        asyncio.run(listen())
        return heard[0]

    def measure(self, times: int) -> Iterator[tuple[str, float, float, float]]:
        """Name, fastest, median and worst milliseconds of each page; the first look is not counted. Raises RuntimeError
        where a page is not there."""
        for name, look in self.work().items():
            yield name, *self._timed(name, times, look)

    def _timed(self, name: str, times: int, look: Look) -> tuple[float, float, float]:
        for role in ROLES:  # who only lets open pages renew themselves is signed off after a while
            self.browsers[role].post("/staff/active")
        took = []
        for _ in range(times + 1):
            self.clock.move(timedelta(seconds=1))
            address = look.address()
            began = time.perf_counter()
            status = self.ask(look, address)
            took.append((time.perf_counter() - began) * 1000)
            if status not in DONE:
                raise RuntimeError(f"{name} answered with {status}")
        return min(took[1:]), statistics.median(took[1:]), max(took[1:])


def pages_of(engine: Engine, patients: int, times: int) -> str:
    """Server time of everything in the console, as a table, once the care worker has reckoned the reports; and what
    took longer than LIMIT, at the median and at the worst."""
    pages = ConsolePages(engine, FixedClock(NOW), patients)
    began = time.perf_counter()
    pages.reports.run()
    lines = ["", f"Reckoning the reports of all periods: {time.perf_counter() - began:.1f} s", ""]
    keep_what_is_loaded()  # as web does
    lines += ["| page | fastest, ms | median, ms | worst, ms |", "| --- | ---: | ---: | ---: |"]
    found = list(pages.measure(times))
    lines += [
        f"| {name} | {least:.0f} | {median:.0f} | {worst:.0f} |" for name, least, median, worst in found
    ]
    slow = [name for name, _, median, _ in found if median > LIMIT]
    once = [name for name, _, _, worst in found if worst > LIMIT]
    lines += ["", f"Median over {LIMIT} ms: {', '.join(slow) or 'none'}"]
    return "\n".join([*lines, f"Worst over {LIMIT} ms: {', '.join(once) or 'none'}"])


def main() -> int:
    """Make the clinic, ask for everything, print."""
    parser = argparse.ArgumentParser(description="Server time of the pages of the console.")
    parser.add_argument("--patients", type=int, default=10_000, help="at least 100")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=15)
    given = parser.parse_args()
    population = Population(given.patients, given.messages, NOW, waiting=WAITING)
    with databases({"clinic": population}) as engines:
        print(pages_of(engines["clinic"], given.patients, given.times))
    return 0


def _newest(session: Session, column: Any, *where: Any) -> list[int]:
    """The 200 highest values of a column."""
    statement = select(column).where(*where).order_by(column.desc()).limit(200)
    return [int(one) for one in session.execute(statement).scalars()]


if __name__ == "__main__":
    sys.exit(main())
