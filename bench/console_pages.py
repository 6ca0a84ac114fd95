"""The pages of the console over a large clinic: server time of each, from the request to the last byte of the answer.

The real application on the real database, asked in the process: routing, log-in, permission, queries, template, audit
and commit are in it; the network and the browser are not.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from argon2 import PasswordHasher
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from bot.care.database import transaction
from bot.care.listen import LiveFeed
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.staff import accounts
from bot.staff.app import staff_app
from bot.work.report_figures import ReportFigures

PASSWORD = "correct horse battery"
LIMIT = 200
"""Milliseconds of server time that no page may take."""


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
        app = staff_app(self.engine, clinic, self.clock, Library.load(), Phrases.load(), LiveFeed())
        # What a password costs is meant to be slow, and is no page.
        accounts._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        for role in ("clinician", "admin"):
            email = f"{role}@bench.example"
            with transaction(self.engine) as session:
                accounts.add_staff(session, f"Bench {role}", email, role, PASSWORD)
            browser = TestClient(
                app,
                base_url="http://console.test",
                headers={"sec-fetch-site": "same-origin"},
                follow_redirects=False,
            )
            answer = browser.post("/staff/login", data={"email": email, "password": PASSWORD})
            if answer.status_code != 303:
                raise RuntimeError(f"the log-in failed: {answer.status_code}")
            self.browsers[role] = browser
        self.reports = ReportFigures(self.engine, clinic, self.clock)

    @property
    def somebody(self) -> int:
        """A patient, another one each time; of whom nothing waits."""
        self.turn += 1
        return 10 + self.turn * 37 % (self.patients - 20)

    def work(self) -> dict[str, Callable[[], int]]:
        """By name: a page, and the status that it answered with."""

        def get(path: Callable[[], str], role: str = "clinician") -> Callable[[], int]:
            return lambda: self.browsers[role].get(path()).status_code

        def post(path: str, role: str = "clinician", **fields: str) -> Callable[[], int]:
            return lambda: self.browsers[role].post(path, data=fields).status_code

        return {
            "queue": get(lambda: "/staff"),
            "queue, renewed by itself": get(lambda: "/staff/queue"),
            "conversation": get(lambda: f"/staff/conversations/{self.somebody}"),
            "conversation, further back": get(
                lambda: f"/staff/conversations/{self.somebody}?before={self.older}"
            ),
            "patient's series": get(lambda: f"/staff/patients/{self.somebody}/series"),
            "patient's details": get(lambda: f"/staff/patients/{self.somebody}/edit"),
            "patient's numbers and browsers": get(lambda: f"/staff/patients/{self.somebody}/access"),
            "patient's record, to save or erase": get(lambda: f"/staff/patients/{self.somebody}/record"),
            "patient's check-ins": get(lambda: f"/staff/patients/{self.somebody}/check-ins"),
            "private notes": get(lambda: f"/staff/conversations/{self.somebody}/notes"),
            "patients": get(lambda: "/staff/patients"),
            "search by a name": post("/staff/patients", words="patient 7919"),
            "search by a name that all have": post("/staff/patients", words="patient"),
            "search by a number": post("/staff/patients", words="0421"),
            "check-ins not sent": get(lambda: "/staff/check-ins"),
            "guidance": get(lambda: "/staff/guidance"),
            "one topic of the guidance": get(lambda: "/staff/guidance/driving"),
            "questions that we could not answer": get(lambda: "/staff/unanswered"),
            "reports, 7 days": get(lambda: "/staff/reports?days=7"),
            "reports, 30 days": get(lambda: "/staff/reports?days=30"),
            "reports, 90 days": get(lambda: "/staff/reports?days=90"),
            "reports, 12 months": get(lambda: "/staff/reports?days=365"),
            "roster": get(lambda: "/staff/roster"),
            "log of pages": get(lambda: "/staff/pages"),
            "audit": get(lambda: "/staff/audit", "admin"),
            "audit, of one patient": post("/staff/audit", "admin", subject="conversation:77"),
            "audit, of one kind": post("/staff/audit", "admin", what="conversation"),
            "audit, of one kind that is rare": post("/staff/audit", "admin", what="login"),
            "audit, of some days": post("/staff/audit", "admin", since="2025-07-01", until="2025-07-02"),
        }

    @property
    def older(self) -> int:
        """The identifier of a message from the middle of the year."""
        with transaction(self.engine) as session:
            return int(session.connection().exec_driver_sql("select max(id) / 2 from message").scalar_one())

    def measure(self, times: int) -> Iterator[tuple[str, float, float, float]]:
        """Name, fastest, median and worst milliseconds of each page; the first look is not counted. Raises RuntimeError
        where a page is not there."""
        for name, look in self.work().items():
            took = []
            for _ in range(times + 1):
                self.clock.move(timedelta(seconds=1))
                began = time.perf_counter()
                status = look()
                took.append((time.perf_counter() - began) * 1000)
                if status not in (200, 303):
                    raise RuntimeError(f"{name} answered with {status}")
            yield name, min(took[1:]), statistics.median(took[1:]), max(took[1:])
