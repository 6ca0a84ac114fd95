"""A console on a fresh database, people who work in it, and patients who write."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from bot.care import people
from bot.care.conversations import (
    Reply,
    conversation_for_number,
    conversation_of,
    receive,
    start_conversation,
)
from bot.care.database import transaction
from bot.care.listen import LiveFeed
from bot.care.models import Channel, Message
from bot.clinic.clock import FixedClock
from bot.clinic.settings import Clinic, load_clinic
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.staff import accounts
from bot.staff.accounts import add_staff
from bot.staff.app import staff_app
from tests.tables import empty_tables

PASSWORD = "correct horse battery"
AT = datetime(2026, 3, 14, 3, 0, tzinfo=timezone.utc)
OURS = {"sec-fetch-site": "same-origin"}

_numbers = itertools.count(1)


class Scene:
    """What a test does besides clicking: people are hired, patients write, time passes."""

    def __init__(self, engine: Engine, clinic: Clinic) -> None:
        self.engine = engine
        self.clinic = clinic
        self.clock = FixedClock(AT)
        self.feed = LiveFeed()
        self.app = staff_app(engine, clinic, self.clock, Library.load(), Phrases.load(), self.feed)

    def record(self) -> AbstractContextManager[Session]:
        """A transaction on the record of care."""
        return transaction(self.engine)

    def hire(self, role: str = "nurse", name: str = "Nora Whitfield") -> str:
        """A new account; returns its e-mail address."""
        email = f"{role}{next(_numbers)}@clinic.example"
        with self.record() as session:
            add_staff(session, name, email, role, PASSWORD)
        return email

    def browser(self) -> TestClient:
        """A browser that nobody is logged in with; it sends what browsers send with our own pages."""
        return TestClient(self.app, base_url="http://console.test", headers=OURS, follow_redirects=False)

    def logged_in(self, role: str = "nurse", name: str = "Nora Whitfield") -> TestClient:
        """A browser in which a member of staff with this role is logged in."""
        browser = self.browser()
        answer = browser.post("/staff/login", data={"email": self.hire(role, name), "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    def patient(self, name: str = "Maria Lopez", phone: str = "", **details: Any) -> tuple[int, int]:
        """An enrolled patient; returns (patient, conversation)."""
        with self.record() as session:
            made = people.enrol(
                session,
                people.Details(name, date(1984, 3, 14), phone, "12 Rivet St", "Sister Ana"),
                self.clock.now(),
            )
            return int(made.id), int(conversation_of(session, made).id)

    def visitor(self) -> int:
        """A conversation with somebody whom we do not know."""
        with self.record() as session:
            return int(start_conversation(session).id)

    def texter(self, number: str) -> int:
        """A conversation with a number that is not enrolled."""
        with self.record() as session:
            return int(conversation_for_number(session, number).id)

    def says(
        self,
        conversation_id: int,
        text: str,
        level: str = "none",
        evidence: str = "",
        reasons: tuple[str, ...] = ("A reason in plain words",),
        channel: Channel = Channel.WEB,
        reply: Reply | None = None,
    ) -> int:
        """A patient writes; returns the message."""
        start = text.find(evidence)
        spans = ((start, start + len(evidence)),) if evidence else ()
        verdict = Verdict(Level(level), 0.9, reasons if level != "none" else (), spans)
        with self.record() as session:
            received = receive(
                session,
                conversation_id,
                channel=channel,
                external_id=f"message-{next(_numbers)}",
                text=text,
                verdict=verdict,
                now=self.clock.now(),
                immediate_reply=reply,
            )
            return int(received.message.id)

    def later(self, minutes: float) -> None:
        """Time passes."""
        self.clock.move(timedelta(minutes=minutes))

    def messages(self, conversation_id: int) -> list[Message]:
        """All messages of a conversation, in order."""
        with self.record() as session:
            return (
                session.query(Message).filter_by(conversation_id=conversation_id).order_by(Message.seq).all()
            )

    def get(self, model: Any, identifier: int) -> Any:
        """One row."""
        with self.record() as session:
            return session.get(model, identifier)


@pytest.fixture(scope="module")
def cheap_passwords() -> Iterator[None]:
    """Argon2 as weak as it goes: what it costs in earnest is not what is tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def scene(engine: Engine, cheap_passwords: None) -> Scene:
    """A console on an empty record of care."""
    empty_tables(engine, "procrastinate_jobs")
    return Scene(engine, load_clinic())
