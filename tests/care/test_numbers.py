"""Several numbers, shared phones: answers go where they came from, and nobody reads what is another's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import ownership, phones
from bot.care.consent import opt_out
from bot.care.conversations import Reply, conversation_for_number, conversation_of, lock, receive, say
from bot.care.database import transaction
from bot.care.models import Channel, Conversation, Message, Patient, PhoneNumber, StaffMember
from bot.care.numbers import number_to_answer, number_to_start, numbers_of, sharers
from bot.care.people import AlreadyEnrolled, Details, NumberTaken, UnknownPatient, change, enrol
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

AT = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
FIRST, SECOND = "+12125550150", "+12125550151"


@pytest.fixture
def engine(fresh_database_url: str) -> Engine:
    from bot.care.database import engine_for

    return engine_for(fresh_database_url)


def patient_with(session: Session, name: str, *numbers: str) -> Patient:
    """A patient who texts from these numbers."""
    patient = enrol(session, Details(name), AT)
    for number in numbers:
        phones.attach(session, int(patient.id), number, AT)
    return patient


def text(session: Session, number: str, sid: str, words: str = "hello") -> Message:
    """A text comes in."""
    conversation = conversation_for_number(session, number)
    phone = session.query(PhoneNumber).filter_by(number=number).one()
    return receive(
        session,
        int(conversation.id),
        channel=Channel.SMS,
        external_id=sid,
        text=words,
        verdict=Verdict(Level.NONE),
        now=AT,
        phone=phone,
    ).message


def said(session: Session, conversation: Conversation, reply_to: Message | None = None) -> str:
    """The number that a text of ours goes to."""
    locked = lock(session, int(conversation.id))
    message = say(session, locked, Reply("Yes."), channel=Channel.SMS, now=AT, reply_to=reply_to)
    return str(message.phone_number.number)


def test_answers_go_to_the_number_that_wrote_and_texts_of_ours_to_the_preferred_one(engine: Engine) -> None:
    with transaction(engine) as session:
        patient = patient_with(session, "Ana", FIRST, SECOND)
        first, second = numbers_of(session, int(patient.conversation.id))
        asked = text(session, FIRST, "SM1")
        assert asked.conversation_id == patient.conversation.id
        assert said(session, patient.conversation, reply_to=asked) == FIRST
        assert said(session, patient.conversation) == SECOND  # the newest, as long as nobody chose
        phones.prefer(session, int(patient.id), int(first.id))
        assert said(session, patient.conversation) == FIRST
        phones.prefer(session, int(patient.id), int(second.id))
        assert [one.preferred for one in (first, second)] == [False, True]
        assert number_to_answer(session, int(patient.conversation.id)) is first


def test_staff_write_to_the_number_that_wrote_last(engine: Engine) -> None:
    with transaction(engine) as session:
        patient = patient_with(session, "Ana", FIRST, SECOND)
        nurse = StaffMember(email="n@c.example", name="Nora", role="nurse", password_hash="x")
        session.add(nurse)
        session.flush()
        text(session, SECOND, "SM1")
        text(session, FIRST, "SM2")
        conversation_id = int(patient.conversation.id)
        written = ownership.write(session, conversation_id, nurse.id, "Hi", AT, once="1", seen=0)
        assert written.phone_number.number == FIRST


def test_an_opt_out_is_of_the_number_that_it_came_from(engine: Engine) -> None:
    with transaction(engine) as session:
        patient = patient_with(session, "Ana", FIRST, SECOND)
        first, second = numbers_of(session, int(patient.conversation.id))
        wish = text(session, SECOND, "SM1", "please do not text me any more")
        opt_out(session, patient.conversation, wish, AT)
        session.expire_all()
        assert (first.opted_out_at, second.opted_out_at) == (None, AT)
        assert not ownership.can_text(session, int(patient.conversation.id))  # they wrote from that one
        assert number_to_start(session, int(patient.conversation.id)) is first


def test_an_opt_out_said_in_the_web_chat_is_of_every_number(engine: Engine) -> None:
    with transaction(engine) as session:
        patient = patient_with(session, "Ana", FIRST, SECOND)
        wish = receive(
            session,
            int(patient.conversation.id),
            channel=Channel.WEB,
            external_id="w1",
            text="no more texts",
            verdict=Verdict(Level.NONE),
            now=AT,
        ).message
        opt_out(session, patient.conversation, wish, AT)
        session.expire_all()
        assert all(one.opted_out_at == AT for one in numbers_of(session, int(patient.conversation.id)))


def test_a_shared_phone_leads_to_neither_patient(engine: Engine) -> None:
    with transaction(engine) as session:
        ana, ben = patient_with(session, "Ana", FIRST), patient_with(session, "Ben")
        with pytest.raises(NumberTaken):
            phones.attach(session, int(ben.id), FIRST, AT)
        shared = phones.attach(session, int(ben.id), FIRST, AT, shared=True)
        assert [one.name for one in sharers(session, int(shared.id))] == ["Ana", "Ben"]
        message = text(session, FIRST, "SM1", "when was my infusion?")
        assert message.conversation_id not in (ana.conversation.id, ben.conversation.id)
        assert message.conversation.patient_id is None
        # Nothing that we start about either of them goes there.
        assert number_to_start(session, int(ana.conversation.id)) is None
        assert not ownership.can_text(session, int(ben.conversation.id))


def test_a_shared_phone_cannot_be_claimed_by_the_way(engine: Engine) -> None:
    with transaction(engine) as session:
        ana, ben = patient_with(session, "Ana", FIRST), patient_with(session, "Ben")
        shared = phones.attach(session, int(ben.id), FIRST, AT, shared=True)
        with pytest.raises(AlreadyEnrolled):
            enrol(session, Details("Cleo"), AT, int(shared.conversation_id))
        with pytest.raises(NumberTaken):
            enrol(session, Details("Cleo", phone=FIRST), AT)
        cleo = enrol(session, Details("Cleo"), AT)
        with pytest.raises(NumberTaken):
            change(session, int(cleo.id), Details("Cleo", phone=FIRST), AT)
        # One of the two may have it among their details: it still leads to neither.
        change(session, int(ana.id), Details("Ana", phone=FIRST), AT)
        assert conversation_for_number(session, FIRST).patient_id is None


def test_staff_can_give_a_shared_phone_to_one_patient(engine: Engine) -> None:
    with transaction(engine) as session:
        ana, ben = patient_with(session, "Ana", FIRST), patient_with(session, "Ben")
        shared = phones.attach(session, int(ben.id), FIRST, AT, shared=True)
        phones.give_alone(session, int(ben.id), int(shared.id), AT)
        assert conversation_for_number(session, FIRST).patient_id == ben.id
        assert sharers(session, int(shared.id)) == []
        with pytest.raises(UnknownPatient):
            phones.give_alone(session, int(ana.id), int(shared.id), AT)


def test_a_number_that_is_taken_away_is_a_strangers_and_stays_opted_out(engine: Engine) -> None:
    with transaction(engine) as session:
        ana = patient_with(session, "Ana", FIRST, SECOND)
        first, _ = numbers_of(session, int(ana.conversation.id))
        first.opted_out_at = AT
        phones.detach(session, int(ana.id), int(first.id))
        assert ana.phone == SECOND
        stranger = conversation_for_number(session, FIRST)
        assert stranger.patient_id is None and stranger.id != ana.conversation.id
        assert first.opted_out_at == AT
        with pytest.raises(UnknownPatient):
            phones.detach(session, int(ana.id), int(first.id))


def test_what_an_unknown_number_wrote_before_stays_apart_and_is_pointed_to(engine: Engine) -> None:
    with transaction(engine) as session:
        before = text(session, FIRST, "SM1", "who are you")
        ana = patient_with(session, "Ana", FIRST)
        assert before.conversation_id != ana.conversation.id
        assert before.conversation.continued_in_id == ana.conversation.id
        assert text(session, FIRST, "SM2").conversation_id == ana.conversation.id


def test_a_delivery_that_comes_again_after_its_number_moved_is_the_same_message(engine: Engine) -> None:
    with transaction(engine) as session:
        before = text(session, FIRST, "SM1")
        patient_with(session, "Ana", FIRST)
        assert text(session, FIRST, "SM1").id == before.id


def test_a_number_changed_on_the_form_leaves_the_old_one_with_its_opt_out(engine: Engine) -> None:
    with transaction(engine) as session:
        ana = enrol(session, Details("Ana", phone=FIRST), AT)
        conversation = conversation_of(session, ana)
        numbers_of(session, int(conversation.id))[0].opted_out_at = AT
        change(session, int(ana.id), Details("Ana", phone=SECOND), AT)
        assert [one.number for one in numbers_of(session, int(conversation.id))] == [SECOND]
        old = session.query(PhoneNumber).filter_by(number=FIRST).one()
        assert old.opted_out_at == AT and old.conversation.patient_id is None


def test_the_same_wish_twice_keeps_its_first_time(engine: Engine) -> None:
    with transaction(engine) as session:
        patient = patient_with(session, "Ana", FIRST)
        wish = text(session, FIRST, "SM1", "stop")
        opt_out(session, patient.conversation, wish, AT)
        opt_out(session, patient.conversation, wish, AT + timedelta(days=1))
        session.expire_all()
        assert numbers_of(session, int(patient.conversation.id))[0].opted_out_at == AT
