"""Texts to a patient's phone on the page of the same patient: shown when they are out, and never as if they were."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from bot.care import conversations, live
from bot.care.conversations import Reply
from bot.care.database import transaction
from bot.care.models import Channel, Message, MessageState, PhoneNumber
from tests.channels.web_chat.support import TUESDAY_NOON, Browser, Event, conversation_of


def text_of_ours(engine: Engine, browser: Browser, words: str) -> int:
    """A text that waits for the carrier. Gives its number in the conversation."""
    with transaction(engine) as session:
        conversation = conversations.lock(session, conversation_of(engine, browser))
        number = f"+1646{secrets.randbelow(8_000_000) + 2_000_000}"
        session.add(PhoneNumber(number=number, conversation_id=conversation.id))
        session.flush()
        said = conversations.say(session, conversation, Reply(words), channel=Channel.SMS, now=TUESDAY_NOON)
        return int(said.seq)


def becomes(engine: Engine, browser: Browser, seq: int, state: MessageState) -> None:
    """What delivery makes of it."""
    with transaction(engine) as session:
        conversation_id = conversation_of(engine, browser)
        session.query(Message).filter_by(conversation_id=conversation_id, seq=seq).one().state = state.value
        live.conversation_changed(session, conversation_id)


def shown(browser: Browser) -> list[tuple[str, bool]]:
    return [(one["text"], one["delivered"]) for one in browser.messages()["messages"][1:]]


def next_message(events: Iterator[Event]) -> Event:
    return next(event for event in events if event.name == "message")


@pytest.mark.parametrize(
    ("state", "seen"),
    [
        (MessageState.QUEUED, []),
        (MessageState.WITHHELD, []),
        (MessageState.SENT, [("Rest today.", True)]),
        (MessageState.DELIVERED, [("Rest today.", True)]),
        (MessageState.FAILED, [("Rest today.", False)]),
    ],
)
def test_history_shows_what_is_out_and_says_what_did_not_arrive(
    browser: Browser, engine: Engine, state: MessageState, seen: list[tuple[str, bool]]
) -> None:
    seq = text_of_ours(engine, browser, "Rest today.")
    becomes(engine, browser, seq, state)
    assert shown(browser) == seen


def test_the_stream_brings_a_text_when_it_is_out_also_after_later_messages(
    browser: Browser, engine: Engine
) -> None:
    seq = text_of_ours(engine, browser, "Rest today.")
    with browser.events(after=1) as events:
        browser.send("and tomorrow?")
        later = next_message(events)
        assert (later.data["text"], later.id) == ("and tomorrow?", str(seq + 1))
        becomes(engine, browser, seq, MessageState.SENT)
        text = next_message(events)
        # Whoever resumes now has seen everything up to the later one.
        assert (text.data["text"], text.data["seq"], text.id) == ("Rest today.", seq, str(seq + 1))


def test_a_stream_that_resumes_after_it_brings_it_too(browser: Browser, engine: Engine) -> None:
    seq = text_of_ours(engine, browser, "Rest today.")
    browser.send("and tomorrow?")
    with browser.events(after=seq + 1) as events:
        assert next(events).name == "state"
        becomes(engine, browser, seq, MessageState.DELIVERED)
        assert next_message(events).data["text"] == "Rest today."


def test_what_was_kept_back_never_comes(browser: Browser, engine: Engine) -> None:
    seq = text_of_ours(engine, browser, "Rest today.")
    with browser.events(after=1) as events:
        becomes(engine, browser, seq, MessageState.WITHHELD)
        browser.send("are you there?")
        assert next_message(events).data["text"] == "are you there?"
    assert [text for text, _ in shown(browser)] == ["are you there?"]


def test_texts_of_the_patients_own_are_shown_as_ever(browser: Browser, engine: Engine) -> None:
    with transaction(engine) as session:
        conversation = conversations.lock(session, conversation_of(engine, browser))
        message = Message(
            conversation_id=conversation.id,
            seq=conversation.last_seq + 1,
            sender="patient",
            channel="sms",
            external_id=secrets.token_hex(8),
            text="from my phone",
            kind="message",
            level="none",
            at=TUESDAY_NOON,
            state="received",
        )
        conversation.last_seq += 1
        session.add(message)
    assert shown(browser) == [("from my phone", True)]
