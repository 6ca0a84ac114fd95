"""After a crisis text by text message: a question with numbers in the same answer, and what follows each answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.care import alerts
from bot.care.conversations import Reply, lock, say
from bot.care.database import transaction
from bot.care.models import Alert, AlertEvent, Channel, Climb, FollowUp, FollowUpAnswer, StaffMember
from bot.clinic.clock import FixedClock
from bot.guidance.gsm7 import segments
from tests.channels.sms.support import TUESDAY_NOON, Carrier, Record, new_sid, said

CRISIS = "I want to kill myself"


def history(record: Record, number: str) -> list[tuple[str, str]]:
    """(kind, level) of all events of a number's one alert."""
    [alert] = record.of(Alert, number, Alert.id)
    with transaction(record.engine) as session:
        rows = session.execute(
            select(AlertEvent).where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id)
        )
        return [(event.kind, event.level) for event in rows.scalars()]


def follow_up(record: Record, number: str) -> FollowUp:
    [found] = record.of(FollowUp, number, FollowUp.id)
    return found


def answers(record: Record, number: str) -> list[str]:
    with transaction(record.engine) as session:
        statement = select(FollowUpAnswer.words).where(
            FollowUpAnswer.follow_up_id == follow_up(record, number).id
        )
        return list(session.execute(statement.order_by(FollowUpAnswer.id)).scalars())


def test_the_crisis_text_comes_first_and_needs_nothing_of_the_question(carrier: Carrier, number: str) -> None:
    crisis, question = said(carrier.text(number, CRISIS))
    assert "988" in crisis and "911" in crisis and "acting on" not in crisis
    assert "acting on this today" in question and "988" in question
    assert segments(crisis) == segments(question) == 1


def test_the_same_delivery_again_gets_the_same_two_texts_and_stores_nothing(
    carrier: Carrier, record: Record, number: str
) -> None:
    sid = new_sid()
    first = said(carrier.text(number, CRISIS, sid))
    stored = len(record.messages(number))
    assert said(carrier.text(number, CRISIS, sid)) == first
    assert len(record.messages(number)) == stored
    sid = new_sid()
    second = said(carrier.text(number, "2", sid))
    assert said(carrier.text(number, "2", sid)) == second


def test_no_three_times_ends_kindly_and_closes_nothing(carrier: Carrier, record: Record, number: str) -> None:
    carrier.text(number, CRISIS)
    [plan] = said(carrier.text(number, "2"))
    [begun] = said(carrier.text(number, "2"))
    [done] = said(carrier.text(number, "2"))
    assert "something at hand" in plan and "already done something" in begun and "988" in done
    assert answers(record, number) == [
        "Asked whether they think of acting on it today: no.",
        "Asked whether they have a way or something at hand: no.",
        "Asked whether they have done something to hurt themselves today: no.",
    ]
    [alert] = record.of(Alert, number, Alert.id)
    assert (alert.level, alert.state) == ("crisis", "open")
    assert set(answers(record, number)) <= set(alert.reasons)
    assert history(record, number) == [("opened", "crisis")] + [("added", "crisis")] * 3
    assert follow_up(record, number).ending == "answered"
    # Whatever comes now, nothing is asked again.
    assert len(said(carrier.text(number, CRISIS))) == 1


@pytest.mark.parametrize("answer", ["1", "yes", "1 yes", "Yeah"])
def test_a_yes_opens_an_acknowledged_alert_again(
    carrier: Carrier, record: Record, number: str, engine: Engine, answer: str
) -> None:
    carrier.text(number, CRISIS)
    _acknowledge(engine, record.of(Alert, number, Alert.id)[0].id)
    [act_now] = said(carrier.text(number, answer))
    assert "911" in act_now and "988" in act_now and segments(act_now) == 1
    [alert] = record.of(Alert, number, Alert.id)
    assert (alert.level, alert.state) == ("crisis", "open")
    assert alert.reasons[0] == "Asked whether they think of acting on it today: YES."
    assert history(record, number)[-1] == ("reopened", "crisis")
    assert record.from_patient(number)[-1].level == "crisis"


def _acknowledge(engine: Engine, alert_id: int) -> None:
    with transaction(engine) as session:
        nurse = StaffMember(name="Nora", email=f"n{alert_id}@clinic.example", role="nurse", password_hash="-")
        session.add(nurse)
        session.flush()
        alerts.acknowledge(session, alert_id, int(nurse.id), TUESDAY_NOON)


@pytest.mark.parametrize("answer", ["3", "not sure", "idk", "rather not say"])
def test_not_sure_and_a_refusal_raise_and_the_next_question_comes(
    carrier: Carrier, record: Record, number: str, answer: str
) -> None:
    carrier.text(number, CRISIS)
    [plan] = said(carrier.text(number, answer))
    assert "something at hand" in plan
    assert record.from_patient(number)[-1].level == "crisis"


def test_who_has_begun_is_told_to_call_now(carrier: Carrier, record: Record, number: str) -> None:
    carrier.text(number, CRISIS)
    carrier.text(number, "2")
    carrier.text(number, "1")
    [call_now] = said(carrier.text(number, "1"))
    assert call_now.startswith("Call 911 now")


@pytest.mark.parametrize(
    "words", ["jk", "nvm", "it was my brother", "can i drive tomorrow?", "why do you ask"]
)
def test_other_words_end_the_questions_and_go_to_the_dialogue(
    carrier: Carrier, record: Record, number: str, words: str
) -> None:
    carrier.text(number, CRISIS)
    assert said(carrier.text(number, words)) == []
    assert record.from_patient(number)[-1].state == "received"
    assert follow_up(record, number).ending == "other_words"
    [alert] = record.of(Alert, number, Alert.id)
    assert (alert.level, alert.state) == ("crisis", "open")
    assert history(record, number)[-1] == ("added", "crisis")


def test_a_late_yes_still_counts_and_nothing_more_is_asked(
    carrier: Carrier, record: Record, number: str
) -> None:
    carrier.text(number, CRISIS)
    carrier.text(number, "why do you ask")
    [act_now] = said(carrier.text(number, "1"))
    assert "911" in act_now
    assert answers(record, number) == ["Asked whether they think of acting on it today: YES."]
    assert said(carrier.text(number, "2")) == []


def test_an_answer_with_more_in_it_is_kept_and_the_dialogue_answers_the_rest(
    carrier: Carrier, record: Record, number: str
) -> None:
    carrier.text(number, CRISIS)
    assert said(carrier.text(number, "no. but tell me, when can i eat again after the infusion?")) == []
    assert answers(record, number) == ["Asked whether they think of acting on it today: no."]
    assert record.from_patient(number)[-1].state == "received"
    assert follow_up(record, number).ending == "other_words"


def test_a_no_a_day_later_is_noted_and_nothing_more_is_asked(
    carrier: Carrier, record: Record, number: str, clock: FixedClock
) -> None:
    carrier.text(number, CRISIS)
    clock.move(timedelta(days=1))
    assert said(carrier.text(number, "2")) == []
    assert answers(record, number) == ["Asked whether they think of acting on it today: no."]
    assert history(record, number) == [("opened", "crisis"), ("added", "crisis")]
    assert record.from_patient(number)[-1].state == "received"


@pytest.mark.parametrize(("answer", "says"), [("1", "do not wait"), ("3", "988"), ("not sure", "988")])
def test_a_yes_and_a_not_sure_count_for_as_long_as_nobody_has_resolved_it(
    carrier: Carrier, record: Record, number: str, engine: Engine, clock: FixedClock, answer: str, says: str
) -> None:
    carrier.text(number, CRISIS)
    _acknowledge(engine, record.of(Alert, number, Alert.id)[0].id)
    clock.move(timedelta(hours=9))
    [told] = said(carrier.text(number, answer))
    assert says in told and "something at hand" not in told
    assert history(record, number)[-1] == ("reopened", "crisis")
    [alert] = record.of(Alert, number, Alert.id)
    assert [climb.state for climb in _climbs(record, alert.id)][-1] == "climbing"


def test_a_late_yes_to_something_asked_since_is_not_ours(
    carrier: Carrier, record: Record, number: str, engine: Engine, clock: FixedClock
) -> None:
    carrier.text(number, CRISIS)
    clock.move(timedelta(hours=9))
    with transaction(engine) as session:
        conversation = lock(session, int(record.conversation(number).id))
        asked = Reply("How did you sleep?", question="How did you sleep?")
        say(session, conversation, asked, channel=Channel.SMS, now=clock.now())
    assert said(carrier.text(number, "1")) == []
    assert answers(record, number) == []


def test_an_emergency_is_not_asked_anything(carrier: Carrier, record: Record, number: str) -> None:
    assert len(said(carrier.text(number, "chest pain"))) == 1
    assert record.of(FollowUp, number, FollowUp.id) == []


def test_an_answer_that_is_an_emergency_gets_that_text(carrier: Carrier, record: Record, number: str) -> None:
    carrier.text(number, CRISIS)
    [emergency] = said(carrier.text(number, "no, chest pain"))
    assert emergency.startswith("Call 911 now")
    assert answers(record, number) == ["Asked whether they think of acting on it today: no."]


def test_three_texts_are_read_as_one(carrier: Carrier, number: str, clock: FixedClock) -> None:
    assert len(said(carrier.text(number, "it is all arranged"))) == 0
    clock.move(timedelta(minutes=9))
    crisis, _ = said(carrier.text(number, "look after the dog"))
    assert "988" in crisis


def test_texts_ten_minutes_apart_are_not(carrier: Carrier, number: str, clock: FixedClock) -> None:
    carrier.text(number, "it is all arranged")
    clock.move(timedelta(minutes=11))
    assert said(carrier.text(number, "look after the dog")) == []


def test_who_writes_spanish_is_asked_in_spanish(
    carrier: Carrier, record: Record, number: str, screen: Any
) -> None:
    screen.crisis_words = "ya no quiero vivir"
    crisis, question = said(carrier.text(number, "ya no quiero vivir, ayuda por favor"))
    assert "oprima 2" in crisis and "piensa hacerlo hoy" in question
    [plan] = said(carrier.text(number, "no lo sé"))
    assert "algo a mano" in plan
    assert answers(record, number) == ["Asked whether they think of acting on it today: not sure."]


def _climbs(record: Record, alert_id: int) -> list[Climb]:
    with transaction(record.engine) as session:
        statement = select(Climb).where(Climb.alert_id == alert_id).order_by(Climb.id)
        return list(session.execute(statement).scalars())


def test_a_yes_pages_anew_at_once(carrier: Carrier, record: Record, number: str, clock: FixedClock) -> None:
    carrier.text(number, CRISIS)
    [alert] = record.of(Alert, number, Alert.id)
    clock.move(timedelta(minutes=1))
    carrier.text(number, "3")
    assert [climb.state for climb in _climbs(record, alert.id)] == ["climbing"]
    carrier.text(number, "1")
    before, again = _climbs(record, alert.id)
    assert (before.state, again.state) == ("ended", "climbing")
    assert again.next_at == again.started_at
