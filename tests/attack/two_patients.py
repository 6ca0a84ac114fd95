"""Patients with something of each kind in the record, whose words and names cannot be mistaken for anything else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import false, or_, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import check_in_consent, page_links, roster_edits
from bot.care.alerts import open_item
from bot.care.check_in_consent import How
from bot.care.conversations import Reply, conversation_of, lock, receive, say
from bot.care.database import transaction
from bot.care.invites import make_invite
from bot.care.models import (
    Alert,
    Base,
    Channel,
    CheckIn,
    CheckInAnswer,
    ContactPoint,
    ItemKind,
    Page,
    PageLink,
    Patient,
    PhoneNumber,
    Responder,
    Shift,
    StaffMember,
    StaffSession,
)
from bot.care.models.notes import Note
from bot.care.series import SERIES_REPLY
from bot.care.treatments import record_treatment
from bot.channels.web_chat.sessions import open_session
from bot.channels.web_chat.tokens import COOKIE, public_name
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.staff import accounts
from bot.staff.accounts import add_staff
from bot.web import create_app
from tests.attack.conftest import OURS, PASSWORD, Clinic
from tests.channels.web_chat.support import TUESDAY_NOON, Served, parts, unlimited

SECRET = b"a secret that the portal knows as well"
LOGS = {"audit_entry", "audit_link", "heartbeat", "lately"}
"""What a refusal may leave: a trace in the audit, and a count against the limits."""


@dataclass
class Person:
    """A patient. words: stands in all that was written by and about them; known: in all that the clinic calls them by;
    at: their objects, by what is named; token: of their browser; invite, link: of an invite link and of a page."""

    words: str
    known: tuple[str, ...]
    at: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    invite: str = ""
    external: list[str] = field(default_factory=list)

    @property
    def conversation(self) -> str:
        """What a page calls the conversation."""
        return public_name(self.at["conversation"])

    @property
    def everything(self) -> tuple[str, ...]:
        """What nobody else may read."""
        return (self.words, *self.known, self.token, self.invite, *self.external)


def somebody(session: Session, name: str, number: str, staff: int) -> Person:
    """A patient who has written, was written to, was asked, and for whom staff were paged."""
    word, now = f"zq{name.lower()}", TUESDAY_NOON
    last = number[-4:]
    person = Person(word, (f"{name}brisk", number, f"555-{last}", f"PORTAL-{name}"))
    patient = Patient(
        name=f"{name}brisk", phone=number, portal_id=f"PORTAL-{name}", address=f"1 {name}brisk St"
    )
    session.add(patient)
    session.flush()
    conversation = int(conversation_of(session, patient).id)
    phone = PhoneNumber(number=number, conversation_id=conversation)
    session.add(phone)
    session.flush()
    told = {"channel": Channel.WEB, "now": now}
    worrying = Verdict(Level.URGENT, 0.9, (f"Wrote {word}",))
    first = receive(
        session, conversation, external_id=f"{word}-1", text=f"i feel {word}", verdict=worrying, **told
    ).message
    first.state = "answered"
    locked = lock(session, conversation)
    ours = [
        say(session, locked, Reply(f"Hello {word}"), staff_id=staff, **told),
        say(session, locked, Reply(f"Your answers {word}", kind=SERIES_REPLY), **told),
    ]
    texted = say(session, locked, Reply(f"A text {word}"), channel=Channel.SMS, now=now, phone=phone)
    texted.carrier_id, texted.state = f"SM{word}", "sent"
    treatment = record_treatment(session, int(patient.id), now - timedelta(days=2), load_clinic(), now)
    consent = check_in_consent.give(session, int(patient.id), Channel.WEB, How.ON_PAPER, staff, now)
    made = {"conversation_id": conversation, "instrument": "daily", "instrument_version": "3"}
    planned = CheckIn(**made, state="scheduled", plan_key="a_day_later", due_at=now + timedelta(days=1))
    over = CheckIn(**made, state="finished", treatment_id=treatment.id, started_at=now, ended_at=now)
    session.add_all([planned, over])
    session.flush()
    answer = {"item": "mood", "raw": f"4 {word}", "value": 4, "message_id": first.id, "at": now}
    kind = ItemKind.QUESTION if name == "Anna" else ItemKind.FAILED_TURN
    item = open_item(session, kind, first, f"Asked {word}", now)
    note = Note(conversation_id=conversation, staff_id=staff, text=f"A note {word}", at=now)
    person.invite, invite = make_invite(session, int(patient.id), staff, now)
    alert = session.query(Alert).filter_by(conversation_id=conversation).one()
    page = Page(key=word, alert_id=alert.id, name="Nora", way="text", state="sent", due_at=now, sent_at=now)
    session.add_all([CheckInAnswer(check_in_id=over.id, **answer), note, page])
    session.flush()
    link = page_links.new_token()
    session.add(PageLink(token_hash=page_links.hash_of(link), page_id=page.id, made_at=now))
    person.token, browser = open_session(session, now, patient)
    person.external = [f"{word}-1", *(one.external_id for one in ours)]
    rows = {"patient": patient, "other": patient, "number": phone, "browser": browser, "alert": alert}
    rows |= {"item": item, "note": note, "message": first, "check-in": planned, "consent": consent}
    rows |= {"invite": invite, "treatment": treatment, "text": texted, "page": page, "series": ours[1]}
    person.at = {kind: int(row.id) for kind, row in rows.items()}
    person.at |= {"conversation": conversation, "link": link, "news": int(alert.news_id)}
    return person


def of_staff(session: Session) -> dict[str, Any]:
    """What belongs to a member of staff or to the clinic: the other nurse's, who is logged in."""
    member = session.query(StaffMember).filter_by(email="other@clinic.example").one()
    found = {
        "account": int(member.id),
        "login": int(session.query(StaffSession.id).filter_by(staff_id=member.id).scalar()),
        "responder": int(session.query(Responder.id).order_by(Responder.id).limit(1).scalar()),
        "contact": int(session.query(ContactPoint.id).limit(1).scalar()),
        "shift": int(session.query(Shift.id).limit(1).scalar()),
    }
    day = TUESDAY_NOON.date()
    found["absence"] = int(roster_edits.add_absence(session, found["responder"], day, day).id)
    return found


KINDS = {
    "/staff/patients/{id:int}": "patient",
    "/staff/patients/{id:int}/merge/{other:int}": "other",
    "/staff/patients/{id:int}/access/numbers/{number:int}": "number",
    "/staff/patients/{id:int}/access/browsers/{browser:int}": "browser",
    "/staff/conversations/{id:int}": "conversation",
    "/staff/messages/{id:int}": "message",
    "/staff/alerts/{id:int}": "alert",
    "/staff/items/{id:int}": "item",
    "/staff/notes/{id:int}": "note",
    "/staff/check-ins/{id:int}": "check-in",
    "/staff/consent/{id:int}": "consent",
    "/staff/invites/{id:int}": "invite",
    "/staff/treatments/{id:int}": "treatment",
    "/staff/page/{token}": "link",
    "/staff/account/sessions/{id:int}": "login",
    "/staff/accounts/sessions/{id:int}": "login",
    "/staff/accounts/{id:int}": "account",
    "/staff/roster/people/{id:int}": "responder",
    "/staff/roster/contacts/{id:int}": "contact",
    "/staff/roster/shifts/{id:int}": "shift",
    "/staff/roster/absences/{id:int}": "absence",
    "/staff/guidance/{topic}": "topic",
    "/staff/reports/{report}": "report",
    "/staff/{rest:path}": "rest",
    "/chat/{what}": "chat",
    "/demo/phone/{file:str}": "file",
}
"""What each identifier of a path names. `Person.at`, `of_staff` and PLAIN have one of each."""

PLAIN = {"topic": "driving", "report": "alerts", "file": "phone.css", "chat": "messages", "rest": "nothing"}
"""Names of what belongs to nobody."""


def kinds_of(path: str) -> list[str]:
    """What the identifiers of a route's path name, in order."""
    return [KINDS[path[: one.end()]] for one in re.finditer(r"\{[^}]+\}", path)]


@dataclass
class Walk:
    """A web process, what stands in it, and whoever asks it. staff: of `of_staff`."""

    clinic: Clinic
    people: dict[str, Person]
    staff: dict[str, Any]
    logins: dict[str, dict[str, str]] = field(default_factory=dict)

    @contextmanager
    def browser(self, who: str = "") -> Iterator[httpx.Client]:
        """The browser of a member of staff, of a patient, or of nobody."""
        if who and who not in self.people and who not in self.logins:
            self.logins[who] = self.clinic.login(who)
        with httpx.Client(base_url=self.clinic.base, headers=OURS, timeout=20) as client:
            if who in self.people:
                client.cookies.set(COOKIE, self.people[who].token)
            client.cookies.update(self.logins.get(who, {}))
            yield client

    def address(self, path: str, person: Person, second: Person | None = None) -> str:
        """The path with the person's objects in it. second: whose all but the first are."""
        names = {**self.staff, **PLAIN}
        filled = path
        for number, kind in enumerate(kinds_of(path)):
            whose = (second or person) if number else person
            filled = re.sub(r"\{[^}]+\}", str({**names, **whose.at}[kind]), filled, count=1)
        return filled

    def record(self, of: Person | None = None) -> dict[str, str]:
        """What stands in each table, as one number; of a person: in all that hang on a patient."""
        found = {}
        with transaction(self.clinic.engine) as session:
            for table in Base.metadata.sorted_tables:
                asked = select(table)
                if of is not None:
                    columns = {"patient_id": "patient", "conversation_id": "conversation"}
                    here = {"id": str(table.name)} if table.name in columns.values() else columns
                    wheres = [table.c[one] == of.at[kind] for one, kind in here.items() if one in table.c]
                    asked = asked.where(or_(*wheres)) if wheres else asked.where(false())
                if table.name not in LOGS:
                    rows = sorted(map(repr, session.execute(asked)))
                    found[str(table.name)] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found


def holds(answer: httpx.Response, *canaries: str) -> list[str]:
    """Which of them stand in the body or a header."""
    whole = answer.content + repr(answer.headers.multi_items()).encode()
    return [one for one in canaries if one.encode() in whole]


@pytest.fixture(scope="module")
def walk(engine: Engine, database_url: str) -> Iterator[Walk]:
    """A web process of a clinic with a portal, three patients, and staff of every role, two nurses among them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        for name in ("TELL_EVERY", "STAND_IN_EVERY", "TAKE_IN_EVERY"):
            patch.setattr(
                f"bot.web.{name}", 86_400.0
            )  # what the process does by itself changes the record too
        clock = FixedClock(TUESDAY_NOON)
        served = Served(
            create_app(parts(database_url, engine, clock, clinic=unlimited(), identity_secret=SECRET))
        )
        clinic = Clinic(served.base, engine)
        with transaction(engine) as session:
            for role in ("nurse", "other", "clinician", "admin", "auditor"):
                role_of = "nurse" if role == "other" else role
                add_staff(session, f"A {role}", f"{role}@clinic.example", role_of, PASSWORD)
            session.flush()
            nurse = int(session.query(StaffMember.id).filter_by(email="nurse@clinic.example").scalar())
            roster_edits.seed(session, load_clinic())
            session.flush()
            numbers = {"Anna": "+12125550171", "Berta": "+12125550182", "Clara": "+12125550193"}
            people = {name: somebody(session, name, number, nurse) for name, number in numbers.items()}
        login = clinic.login("other")
        with transaction(engine) as session:
            staff = of_staff(session)
        yield Walk(clinic, people, staff, {"other": login})
        served.stop()
