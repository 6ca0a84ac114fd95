"""What a patient answers to a member of staff who has not taken the conversation over: it is read with the question,
staff see it, and the assistant does not take it for an answer to itself."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from bot.care import ownership
from bot.care.database import transaction
from bot.care.models import Item, Message, Sender, StaffMember
from bot.care.staff_questions import LONGEST, asked_in

pytestmark = pytest.mark.model


@pytest.fixture
def nurse(engine) -> int:
    with transaction(engine) as session:
        staff = StaffMember(
            email=f"{uuid.uuid4()}@clinic.example", name="Nora Whitfield", role="nurse", password_hash="-"
        )
        session.add(staff)
        session.flush()
        return int(staff.id)


def writes(patient, nurse: int, text: str) -> Message:
    with transaction(patient.engine) as session:
        return ownership.write(
            session,
            patient.conversation_id,
            nurse,
            text,
            patient.clock.now(),
            once=str(uuid.uuid4()),
            seen=0,
        )


def waiting(patient) -> list[tuple[str, str]]:
    return [(item.kind, words_of(patient, item)) for item in patient.items() if item.closed_at is None]


def words_of(patient, item: Item) -> str:
    with transaction(patient.engine) as session:
        return str(session.get(Message, item.message_id).text)


def test_what_a_text_asks() -> None:
    assert asked_in("Hi, Nora here. Are you safe tonight?") == "Hi, Nora here. Are you safe tonight?"
    assert asked_in("Are you safe tonight? Write any time.") == "Are you safe tonight?"
    assert asked_in("I will call you at 5.") is None
    assert asked_in("x" * 300 + " safe?")[-6:] == " safe?" and len(asked_in("x" * 300 + "?")) == LONGEST


@pytest.mark.parametrize(
    "asked, answer, level",
    [("Are you safe tonight?", "no", "crisis"), ("Any chest pain?", "yes", "emergency")],
)
async def test_a_bare_word_is_read_with_what_staff_asked(patient, nurse, asked, answer, level) -> None:
    await patient.says("hello")
    writes(patient, nurse, asked)
    await patient.turn(answer)
    assert [alert.level for alert in patient.alerts()] == [level]


@pytest.mark.parametrize("answer", ["yes", "no", "1", "since two days ago"])
async def test_a_calm_answer_reaches_staff_too(patient, nurse, answer) -> None:
    await patient.says("does my insurance pay for this?")  # the assistant has offered to pass it on
    writes(patient, nurse, "Hi, this is Nora. Did you eat today?")
    [reply] = await patient.says(answer)
    assert "passed your answer on" in reply
    assert waiting(patient) == [("person_wanted", answer)]
    [later] = await patient.says("yes")
    assert "passed your" not in later and len(waiting(patient)) == 1


async def test_a_question_after_it_is_answered_and_seen(patient, nurse) -> None:
    patient.had_infusion(timedelta(hours=2))
    await patient.says("hello")
    writes(patient, nurse, "How was the way home?")
    [reply] = await patient.says("can i drive tonight?")
    assert "driv" in reply
    assert waiting(patient) == [("person_wanted", "can i drive tonight?")]


async def test_what_asks_nothing_or_is_old_is_no_question(patient, nurse) -> None:
    await patient.says("hello")
    writes(patient, nurse, "I will phone you tomorrow.")
    await patient.says("thanks")
    writes(patient, nurse, "Did you eat today?")
    patient.clock.move(timedelta(days=1, minutes=1))
    await patient.says("thanks")
    assert waiting(patient) == []


async def test_an_answer_belongs_to_the_alert_under_way(patient, nurse) -> None:
    await patient.turn("i want to kill myself")
    writes(patient, nurse, "Did you eat today?")
    replies = await patient.says("yes")
    assert any("988" in reply for reply in replies)
    assert waiting(patient) == []
    [alert] = patient.alerts()
    with transaction(patient.engine) as session:
        said = [session.get(Message, event.message_id) for event in session.merge(alert).events]
        assert [one.text for one in said if one.sender == Sender.PATIENT.value][-1] == "yes"
