"""The whole web process on a loopback port, with everything that an attacker can reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy.engine import Engine

from bot.care.conversations import conversation_of, receive
from bot.care.database import transaction
from bot.care.models import Channel, Patient
from bot.clinic.clock import FixedClock
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.staff import accounts
from bot.staff.accounts import add_staff
from bot.web import create_app
from tests.channels.web_chat.support import TUESDAY_NOON, Served, parts, unlimited

PASSWORD = "correct horse battery"
OURS = {"sec-fetch-site": "same-origin"}
"""What a browser says of a request that comes from a page of ours."""


@dataclass
class Clinic:
    """A web process under attack. base: its address; ids: of what it holds."""

    base: str
    engine: Engine
    ids: dict[str, int] = field(default_factory=dict)

    def login(self, role: str) -> dict[str, str]:
        """The cookies of a member of staff with this role."""
        with httpx.Client(base_url=self.base, headers=OURS, timeout=20) as client:
            answer = client.post(
                "/staff/login", data={"email": f"{role}@clinic.example", "password": PASSWORD}
            )
            assert answer.status_code == 303, answer.text
            return dict(client.cookies)

    def visitor(self) -> dict[str, str]:
        """The cookies of a browser that has opened the chat."""
        with httpx.Client(base_url=self.base, timeout=20) as client:
            assert client.post("/chat/session", json={}).status_code == 200
            return dict(client.cookies)

    def says(self, text: str, level: Level = Level.NONE) -> int:
        """The patient writes; gives the conversation."""
        with transaction(self.engine) as session:
            patient = session.get(Patient, self.ids["patient"])
            assert patient is not None
            conversation = int(conversation_of(session, patient).id)
            receive(
                session,
                conversation,
                channel=Channel.WEB,
                external_id=str(hash(text)),
                text=text,
                verdict=Verdict(level, 0.9, ("A reason",) if level is not Level.NONE else ()),
                now=TUESDAY_NOON,
            )
            return conversation


@pytest.fixture(scope="module")
def clinic(engine: Engine, database_url: str) -> Iterator[Clinic]:
    """One web process a module, with staff of every role and a patient with an alert."""
    with pytest.MonkeyPatch.context() as patch:
        # What Argon2 costs in earnest is not what is tested here.
        patch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        served = Served(create_app(parts(database_url, engine, FixedClock(TUESDAY_NOON), clinic=unlimited())))
        found = Clinic(served.base, engine)
        with transaction(engine) as session:
            for role in ("nurse", "clinician", "admin", "auditor"):
                add_staff(session, f"A {role}", f"{role}@clinic.example", role, PASSWORD)
            patient = Patient(name="Maria Lopez", phone="+12125550161")
            session.add(patient)
            session.flush()
            found.ids["patient"] = int(patient.id)
        found.ids["conversation"] = found.says("i feel sick", Level.URGENT)
        yield found
        served.stop()
