"""After a crisis text, while a person speaks with the patient: what is said to them is no answer to us."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.care import alerts, ownership
from bot.care.alerts import unresolved_alert
from bot.care.database import transaction
from bot.care.follow_up import told
from bot.care.models import Channel, Conversation, Message, PhoneNumber, StaffMember
from tests.channels.web_chat.support import TUESDAY_NOON, Browser, conversation_of

CRISIS = "I want to kill myself"
TOLD = dict.fromkeys(Channel, "Nora writes with you now.")


@pytest.fixture
def nurse(engine: Engine) -> int:
    with transaction(engine) as session:
        member = StaffMember(name="Nora", email=secrets.token_hex(8), role="nurse", password_hash="-")
        session.add(member)
        session.flush()
        return int(member.id)


def take_over(engine: Engine, browser: Browser, nurse: int) -> None:
    """The nurse has seen the alert, and speaks from now on."""
    with transaction(engine) as session:
        conversation_id = conversation_of(engine, browser)
        alert = unresolved_alert(session, conversation_id)
        assert alert is not None
        alerts.acknowledge(session, int(alert.id), nurse, TUESDAY_NOON)
        ownership.take_over(
            session, conversation_id, nurse, TUESDAY_NOON, expected_owner_id=None, announcement=TOLD
        )


def nurse_writes(engine: Engine, browser: Browser, nurse: int, text: str) -> None:
    with transaction(engine) as session:
        once = secrets.token_hex(8)
        conversation = session.get(Conversation, conversation_of(engine, browser))
        seen = int(conversation.last_seq)
        ownership.write(session, int(conversation.id), nurse, text, TUESDAY_NOON, once=once, seen=seen)


def answers(engine: Engine, browser: Browser) -> list[str]:
    with transaction(engine) as session:
        found = told(session, unresolved_alert(session, conversation_of(engine, browser)))
        assert found is not None
        return [str(row.meaning) for row in found.answers]


def state(engine: Engine, browser: Browser) -> str:
    with transaction(engine) as session:
        alert = unresolved_alert(session, conversation_of(engine, browser))
        assert alert is not None
        return str(alert.state)


@pytest.mark.parametrize("words", ["yes she is here", "no my sister has it", "yes thank you"])
def test_a_sentence_to_the_nurse_is_no_answer_to_us(
    browser: Browser, engine: Engine, nurse: int, words: str
) -> None:
    browser.send(CRISIS)
    take_over(engine, browser, nurse)
    browser.send(words)
    assert answers(engine, browser) == []
    assert state(engine, browser) == "acknowledged"


@pytest.mark.parametrize(("words", "meaning"), [("1", "yes"), ("Yes.", "yes"), ("not sure", "unsure")])
def test_a_bare_number_or_word_is_still_one_before_the_nurse_has_written(
    browser: Browser, engine: Engine, nurse: int, words: str, meaning: str
) -> None:
    browser.send(CRISIS)
    take_over(engine, browser, nurse)
    browser.send(words)
    assert answers(engine, browser) == [meaning]
    assert state(engine, browser) == "open"


@pytest.mark.parametrize("words", ["1", "yes", "yes she is here"])
def test_after_the_nurse_has_written_nothing_answers_us_any_more(
    browser: Browser, engine: Engine, nurse: int, words: str
) -> None:
    browser.send(CRISIS)
    take_over(engine, browser, nurse)
    nurse_writes(engine, browser, nurse, "Is your sister with you?")
    browser.send(words)
    assert answers(engine, browser) == []
    assert state(engine, browser) == "acknowledged"


def test_the_screen_goes_on(browser: Browser, engine: Engine, nurse: int) -> None:
    browser.send(CRISIS)
    take_over(engine, browser, nurse)
    nurse_writes(engine, browser, nurse, "Is your sister with you?")
    reply = browser.send("yes but I still want to kill myself").json()["reply"]
    assert "988" in reply["text"]
    assert state(engine, browser) == "open"


def test_opting_out_in_words_is_recorded_on_the_web_too(browser: Browser, engine: Engine) -> None:
    with transaction(engine) as session:
        number = f"+1646{secrets.randbelow(8_000_000) + 2_000_000}"
        session.add(PhoneNumber(number=number, conversation_id=conversation_of(engine, browser)))
    browser.send(CRISIS)
    body = browser.send("please stop texting me", "once").json()
    assert "not text your phone" in body["reply"]["text"] and "988" in body["reply"]["text"]
    assert browser.send("please stop texting me", "once").json() == body
    with transaction(engine) as session:
        phone = session.execute(select(PhoneNumber).where(PhoneNumber.number == number)).scalar_one()
        assert phone.opted_out_at == TUESDAY_NOON
        said = select(Message).where(
            Message.conversation_id == conversation_of(engine, browser), Message.kind == "opt_out"
        )
        assert len(session.execute(said).scalars().all()) == 1


def test_to_a_nurse_it_is_said_and_she_reads_it(browser: Browser, engine: Engine, nurse: int) -> None:
    browser.send(CRISIS)
    take_over(engine, browser, nurse)
    assert browser.send("please stop texting me").json()["reply"] is None
