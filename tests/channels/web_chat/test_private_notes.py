"""What staff note beside a conversation never comes to the browser: not in its history, not in its stream."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy.engine import Engine

from bot.care import notes
from bot.care.database import transaction
from bot.care.models import StaffMember
from tests.channels.web_chat.support import TUESDAY_NOON, Browser, answer, conversation_of

WORDS = "zq-marker: her husband must not know"


def test_history_and_stream_hold_the_messages_and_no_note(browser: Browser, engine: Engine) -> None:
    browser.send("is somebody there")
    conversation = conversation_of(engine, browser)
    seen: list[Any] = []
    with browser.events(after=0) as events:
        with transaction(engine) as session:
            nurse = StaffMember(email=secrets.token_hex(8), name="Nora", role="nurse", password_hash="x")
            session.add(nurse)
            session.flush()
            notes.write(session, conversation, int(nurse.id), WORDS, TUESDAY_NOON)
        answer(engine, browser, "Here I am.")
        for event in events:
            seen.append(event)
            if event.name == "message" and event.data["text"] == "Here I am.":
                break
    read = [one.data["text"] for one in seen if one.name == "message"]
    assert "is somebody there" in read and read[-1] == "Here I am."
    assert "zq-marker" not in str(seen)
    assert "zq-marker" not in str(browser.messages()) + str(browser.open())
