"""Invented patients, each at another point in time, so that a newcomer sees answers change with the infusion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care import check_in_consent, check_in_plan
from bot.care.conversations import conversation_of
from bot.care.models import Channel, CheckIn, CheckInState, Conversation, Patient, PhoneNumber, Treatment
from bot.clinic.instruments import load_instrument
from bot.clinic.settings import Clinic


@dataclass(frozen=True)
class Person:
    """Somebody to be. infusions: hours from now, past ones negative. phone: E.164, kept for fiction."""

    key: str
    name: str
    about: str
    born: date
    phone: str
    infusions: tuple[float, ...]


PEOPLE = (
    Person("maya", "Maya Okafor", "had an infusion two hours ago", date(1988, 5, 14), "+12125550101", (-2,)),
    Person("daniel", "Daniel Reyes", "had an infusion yesterday", date(1974, 11, 2), "+12125550102", (-26,)),
    Person("ruth", "Ruth Lindqvist", "has had one, the next in 3 days", date(1959, 2, 23), "+12125550103", (-240, 72)),
    Person("sam", "Sam Whitaker", "has the first infusion tomorrow", date(1996, 8, 30), "+12125550104", (24,)),
)  # fmt: skip

VISITOR = "visitor"
"""The key of somebody whom the clinic does not know."""

AT_ONCE = "daniel"
"""Who gets a check-in at once, so that a newcomer sees one arrive in the phone simulator at any hour."""

JOURNEYS = ("Europe/London", "Asia/Kolkata", "Australia/Sydney", "Pacific/Honolulu")

STALE_AFTER = timedelta(hours=3)
"""A demo that was left overnight starts with fresh infusions; one that was restarted keeps those it told of."""


def patient_for(session: Session, person: Person) -> Patient | None:
    """The patient row of a demo person, once seeded."""
    statement = select(Patient).where(Patient.name == person.name, Patient.phone == person.phone)
    return session.execute(statement).scalar_one_or_none()


def seed(session: Session, clinic: Clinic, now: datetime) -> None:
    """Enrol the demo people, and move their infusions to where their descriptions say, once those have drifted."""
    for person in PEOPLE:
        enrolled(session, person, clinic, now)


def enrolled(session: Session, person: Person, clinic: Clinic, now: datetime) -> Patient:
    """The patient row of a demo person, made at first need, with infusions where their description says.

    Infusions that somebody has added in the console stay until the described ones have drifted.
    """
    # Two processes at once: the second waits for the first, and finds the person there.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("demo people"))))
    patient = patient_for(session, person)
    if patient is None:
        patient = Patient(
            name=person.name,
            date_of_birth=person.born,
            phone=person.phone,
            address="1 Example Street, Sampletown",
            emergency_contact="Alex (invented), +1 212 555 0199",
        )
        session.add(patient)
        session.flush()
        _reachable(session, person.phone, patient)
    _move_infusions(session, person, patient, now)
    session.flush()
    _plan_check_ins(session, person, patient, clinic, now)
    return patient


def _plan_check_ins(
    session: Session, person: Person, patient: Patient, clinic: Clinic, now: datetime
) -> None:
    """Everybody has agreed to check-ins by text; one person gets one a minute after the first start."""
    patient_id = int(patient.id)
    first = not check_in_consent.history(session, patient_id)
    if first:
        check_in_consent.give(session, patient_id, Channel.SMS, check_in_consent.How.DEMO, None, now)
    if first and person.key == AT_ONCE:
        patient.time_zone = _waking_zone(clinic, now)
    # So few patients need no spreading, and what is due now is asked now.
    settings = clinic.check_ins.copy(update={"spread_minutes": 0})
    check_in_plan.replan(session, patient_id, clinic.copy(update={"check_ins": settings}), now)
    if first and person.key == AT_ONCE:
        conversation = conversation_of(session, patient)
        coming = check_in_plan.planned(session, int(conversation.id))
        if not any(one.due_at < now + timedelta(hours=1) for one in coming):
            session.add(_one_at_once(conversation, clinic, now))
            session.flush()


def _one_at_once(conversation: Conversation, clinic: Clinic, now: datetime) -> CheckIn:
    instrument = load_instrument(clinic.check_ins.plan[0].instrument if clinic.check_ins.plan else "daily")
    return CheckIn(
        conversation_id=conversation.id,
        plan_key="demo",
        instrument=instrument.key,
        instrument_version=instrument.version,
        state=CheckInState.SCHEDULED.value,
        due_at=now + timedelta(minutes=1),
        send_by=now + timedelta(hours=12),
        expires_at=now + timedelta(hours=36),
    )


def _waking_zone(clinic: Clinic, now: datetime) -> str | None:
    """None where the clinic's clock shows no quiet hours; at night somebody is on a journey, where it is day."""
    for zone in ("", *JOURNEYS):
        if not clinic.check_ins.is_quiet(now.astimezone(ZoneInfo(zone) if zone else clinic.zone)):
            return zone or None
    return None


def _reachable(session: Session, number: str, patient: Patient) -> None:
    """Texts from the person's number lead to their conversation, also where somebody has texted from it before."""
    known = session.execute(select(PhoneNumber).where(PhoneNumber.number == number)).scalar_one_or_none()
    if known is None:
        conversation = conversation_of(session, patient)
        session.add(PhoneNumber(number=number, conversation_id=conversation.id))
    elif known.conversation.patient_id is None:
        known.conversation.patient_id = patient.id


def _move_infusions(session: Session, person: Person, patient: Patient, now: datetime) -> None:
    wanted = [now + timedelta(hours=hours) for hours in person.infusions]
    statement = select(Treatment).where(Treatment.patient_id == patient.id, Treatment.cancelled_at.is_(None))
    planned = session.execute(statement).scalars().all()

    def near(one: datetime, other: datetime) -> bool:
        return abs(one - other) <= STALE_AFTER

    missing = [at for at in wanted if not any(near(at, one.infusion_at) for one in planned)]
    if not missing:
        return
    for treatment in planned:
        if not any(near(at, treatment.infusion_at) for at in wanted):
            treatment.cancelled_at = now
    for at in missing:
        session.add(Treatment(patient_id=patient.id, infusion_at=at))
