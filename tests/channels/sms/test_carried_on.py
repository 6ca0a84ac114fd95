"""An unknown number in crisis turns out to be a patient's: the alert, its ladder and our question go on with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import alerts, phones
from bot.care.carrying_on import written_before
from bot.care.conversations import Reply, conversation_of, lock, receive, say
from bot.care.database import transaction
from bot.care.follow_up import told
from bot.care.models import Alert, AlertEvent, Channel, Climb, Patient, StaffMember
from bot.care.people import Details, change, enrol
from bot.clinic.clock import FixedClock
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from tests.channels.sms.support import TUESDAY_NOON, Carrier, Record, fresh_number, said

CRISIS = "I want to kill myself"


@pytest.fixture
def ana(record: Record) -> int:
    """A patient without a number."""
    with transaction(record.engine) as session:
        return int(enrol(session, Details("Ana"), TUESDAY_NOON).id)


def theirs(session: Session, patient_id: int) -> int:
    return int(conversation_of(session, session.get(Patient, patient_id)).id)


def alerts_of(session: Session, patient_id: int) -> list[Alert]:
    statement = select(Alert).where(Alert.conversation_id == theirs(session, patient_id))
    return list(session.execute(statement.order_by(Alert.id)).scalars())


def kinds(alert: Alert) -> list[str]:
    return [str(event.kind) for event in alert.events]


def climbing(session: Session) -> list[Climb]:
    return list(session.execute(select(Climb).where(Climb.state != "ended")).scalars())


@pytest.mark.parametrize("by", ["attach", "change"])
def test_the_answer_counts_and_the_state_holds(
    carrier: Carrier, record: Record, number: str, clock: FixedClock, ana: int, by: str
) -> None:
    carrier.text(number, CRISIS)
    with transaction(record.engine) as session:
        [alert] = record.of(Alert, number, Alert.id)
        before = [(one.id, one.rung, one.next_at) for one in climbing(session) if one.alert_id == alert.id]
    clock.move(timedelta(minutes=1))
    with transaction(record.engine) as session:
        if by == "attach":
            phones.attach(session, ana, number, clock.now())
        else:
            change(session, ana, Details("Ana", phone=number), clock.now())
    with transaction(record.engine) as session:
        [moved] = alerts_of(session, ana)
        assert (moved.id, moved.level, moved.state) == (alert.id, "crisis", "open")
        assert kinds(moved) == ["opened", "continued"]
        assert alerts.in_crisis(session, theirs(session, ana))
        # Nobody is paged anew: the ladder stands where it stood.
        after = [(one.id, one.rung, one.next_at) for one in climbing(session) if one.alert_id == alert.id]
        assert before == after and len(after) == 1
        assert [one.text for one in written_before(session, moved)] == [CRISIS]
    clock.move(timedelta(minutes=1))
    [act_now] = said(carrier.text(number, "1"))
    assert "911" in act_now
    with transaction(record.engine) as session:
        [alert] = alerts_of(session, ana)
        assert alert.reasons[0] == "Asked whether they think of acting on it today: YES."
        shown = told(session, alert)
        assert shown is not None and [one.meaning for one in shown.answers] == ["yes"]
        [climb] = [one for one in climbing(session) if one.alert_id == alert.id]
        assert climb.cause == "raised" and climb.started_at == clock.now()
        assert [one.text for one in written_before(session, alert)] == [CRISIS]


def test_the_next_questions_are_asked_and_answered_there(
    carrier: Carrier, record: Record, number: str, clock: FixedClock, ana: int
) -> None:
    carrier.text(number, CRISIS)
    clock.move(timedelta(minutes=1))
    with transaction(record.engine) as session:
        phones.attach(session, ana, number, clock.now())
    for answer, expected in (
        ("2", "something at hand"),
        ("2", "already done something"),
        ("1", "Call 911 now"),
    ):
        clock.move(timedelta(minutes=1))
        assert expected in said(carrier.text(number, answer))[0]


def test_what_we_asked_since_in_the_patients_conversation_is_what_is_answered(
    carrier: Carrier, record: Record, number: str, clock: FixedClock, ana: int
) -> None:
    carrier.text(number, CRISIS)
    clock.move(timedelta(minutes=1))
    with transaction(record.engine) as session:
        phones.attach(session, ana, number, clock.now())
        asks = Reply("How did you sleep?", question="How did you sleep?")
        say(session, lock(session, theirs(session, ana)), asks, channel=Channel.SMS, now=clock.now())
    carrier.text(number, "1")
    with transaction(record.engine) as session:
        shown = told(session, alerts_of(session, ana)[0])
        assert shown is not None and shown.answers == ()


@pytest.mark.parametrize("acknowledged", [False, True])
def test_an_alert_that_the_patient_has_already_becomes_one_with_it(
    carrier: Carrier, record: Record, number: str, clock: FixedClock, ana: int, acknowledged: bool
) -> None:
    with transaction(record.engine) as session:
        own = receive(
            session,
            theirs(session, ana),
            channel=Channel.WEB,
            external_id=f"own-{number}",
            text="vomiting",
            verdict=Verdict(Level.URGENT, reasons=("Vomiting",)),
            now=clock.now(),
        )
        own_alert = int(alerts.raise_alert(session, own.message, Level.URGENT, (), clock.now()).id)
        if acknowledged:
            nurse = StaffMember(name="Nora", email=number, role="nurse", password_hash="-")
            session.add(nurse)
            session.flush()
            alerts.acknowledge(session, own_alert, int(nurse.id), clock.now())
    carrier.text(number, CRISIS)
    [came] = record.of(Alert, number, Alert.id)
    clock.move(timedelta(minutes=1))
    with transaction(record.engine) as session:
        before = {one.id for one in climbing(session)}
        phones.attach(session, ana, number, clock.now())
        session.flush()
        # One ladder goes on, and none begins.
        [climb] = [one for one in climbing(session) if one.alert_id in (came.id, own_alert)]
        assert climb.id in before and (climb.alert_id, climb.level) == (came.id, "crisis")
    with transaction(record.engine) as session:
        ended, goes_on = alerts_of(session, ana)
        assert (ended.id, ended.state, ended.disposition) == (own_alert, "resolved", "duplicate")
        assert kinds(ended)[-1] == "resolved" and ended.resolved_by_id is None
        assert (goes_on.id, goes_on.level, goes_on.state) == (came.id, "crisis", "open")
        assert "Vomiting" in goes_on.reasons
        assert [one.text for one in written_before(session, goes_on)] == [CRISIS]
    clock.move(timedelta(minutes=1))
    assert "911" in said(carrier.text(number, "1"))[0]


def test_an_unknown_numbers_alert_joins_a_crisis_of_the_patients_that_was_asked_last(
    carrier: Carrier, record: Record, number: str, clock: FixedClock, ana: int
) -> None:
    own_number = fresh_number()
    carrier.text(number, CRISIS)
    [came] = record.of(Alert, number, Alert.id)
    clock.move(timedelta(minutes=1))
    with transaction(record.engine) as session:
        phones.attach(session, ana, own_number, clock.now())
    carrier.text(own_number, CRISIS)
    clock.move(timedelta(minutes=1))
    with transaction(record.engine) as session:
        phones.attach(session, ana, number, clock.now())
    with transaction(record.engine) as session:
        [goes_on] = alerts_of(session, ana)
        assert kinds(goes_on) == ["opened", "continued"] and goes_on.state == "open"
        assert session.get(Alert, came.id).disposition == "duplicate"
        assert [one.text for one in written_before(session, goes_on)] == [CRISIS]
        assert len([one for one in climbing(session) if one.alert_id in (came.id, goes_on.id)]) == 1
        named = select(AlertEvent.detail).where(AlertEvent.key == f"continued:{came.id}")
        assert session.execute(named).scalar_one()["alert"] == came.id
    assert "911" in said(carrier.text(number, "1"))[0]
