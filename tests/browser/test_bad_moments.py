"""In a real browser, with a real web process: the database is slow, staff end the session, the process is restarted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care import browsers, conversations
from bot.care.conversations import Reply
from bot.care.database import transaction
from bot.care.models import Alert, Channel, Message
from bot.clinic.clock import FixedClock
from bot.web import create_app
from tests.browser.other_site import WRITE, until
from tests.channels.web_chat.support import TUESDAY_NOON, Served, parts, unlimited

pytestmark = pytest.mark.browser

CRISIS = "i want to kill myself"
FAULT = "I cannot reach our care team"
BUBBLES = (
    "return [...document.querySelector('aftercare-chat').shadowRoot.querySelectorAll('.bubble')]"
    ".map(bubble => bubble.innerText)"
)


@pytest.fixture
def chat(browser: webdriver.Chrome, base: str) -> webdriver.Chrome:
    """A visitor's open chat."""
    return opened(browser, base)


def opened(browser: webdriver.Chrome, base: str) -> webdriver.Chrome:
    """A visitor's open chat at an address."""
    browser.get(f"{base}/chat/page")
    browser.execute_script("localStorage.clear(); sessionStorage.clear()")
    browser.delete_all_cookies()
    browser.get("about:blank")
    browser.get(f"{base}/chat/page")
    until(browser, "Connected")
    return browser


def shown(chat: webdriver.Chrome, right: Callable[[list[str]], bool]) -> list[str]:
    """What was written and said, once it is right."""
    WebDriverWait(chat, 30).until(lambda one: right(one.execute_script(BUBBLES)))
    return list(chat.execute_script(BUBBLES))


def safety(bubbles: list[str]) -> list[str]:
    return [one for one in bubbles if one.startswith("Important")]


def test_kept_since_the_database_was_slow_and_stored_after_all_it_is_one_bubble(
    chat: webdriver.Chrome, engine: Engine
) -> None:
    with engine.connect() as other, other.begin():
        other.execute(text("lock table alert in exclusive mode"))
        chat.execute_script(WRITE, CRISIS)
        (told,) = safety(shown(chat, lambda bubbles: any(FAULT in one for one in bubbles)))
        assert FAULT in told
    bubbles = shown(chat, lambda found: not any(FAULT in one for one in found) and len(found) >= 4)
    assert len(safety(bubbles)) == 1 and bubbles.count(CRISIS) == 1
    until(chat, "Sent")
    with transaction(engine) as session:
        (stored,) = session.query(Message).filter_by(text=CRISIS)
        kinds = [one.kind for one in session.query(Message).filter_by(reply_to_id=stored.id)]
        assert kinds.count("safety") == 1 and "kept" not in kinds
    chat.refresh()
    assert safety(shown(chat, lambda found: len(found) == len(bubbles))) == safety(bubbles)


def test_a_crisis_through_a_session_that_staff_have_just_ended_goes_on_in_its_new_conversation(
    chat: webdriver.Chrome, engine: Engine
) -> None:
    words = f"{CRISIS} tonight"
    chat.execute_script(WRITE, "hello")
    until(chat, "Sent")
    with transaction(engine) as session:
        ended = int(session.query(Message).filter_by(text="hello").one().conversation_id)
        assert browsers.end_all(session, ended, TUESDAY_NOON) == 1
    chat.execute_script(WRITE, words)
    bubbles = shown(chat, lambda found: bool(safety(found)) and "hello" not in found)
    # The page may have greeted in the new conversation before it sent them again.
    assert words in bubbles[:2] and bubbles.count(words) == 1 and len(safety(bubbles)) == 1
    with transaction(engine) as session:
        now = int(session.query(Message).filter_by(text=words).one().conversation_id)
        assert session.query(Alert).filter_by(conversation_id=now).count() == 1 and now != ended
        conversation = conversations.lock(session, now)
        conversations.say(
            session, conversation, Reply("Where are you?"), channel=Channel.WEB, now=TUESDAY_NOON
        )
    assert shown(chat, lambda found: "Where are you?" in found).count(words) == 1


def test_after_a_restart_of_the_server_nothing_is_lost_or_shown_twice(
    browser: webdriver.Chrome, engine: Engine, database_url: str
) -> None:
    def serve(port: int = 0) -> Served:
        return Served(
            create_app(parts(database_url, engine, FixedClock(TUESDAY_NOON), clinic=unlimited())), port
        )

    first = serve()
    chat = opened(browser, first.base)
    chat.execute_script(WRITE, "before the restart")
    until(chat, "Sent")
    first.stop()
    until(chat, "Connection lost")
    chat.execute_script(WRITE, "while it was down")
    until(chat, "Not sent yet")
    with transaction(engine) as session:
        where = int(session.query(Message).filter_by(text="before the restart").one().conversation_id)
        conversation = conversations.lock(session, where)
        conversations.say(
            session, conversation, Reply("said meanwhile"), channel=Channel.WEB, now=TUESDAY_NOON
        )
    second = serve(int(first.base.rsplit(":", 1)[1]))
    try:
        wanted = ["before the restart", "said meanwhile", "while it was down"]
        assert shown(chat, lambda found: found[1:] == wanted)
        until(chat, "Connected")
        with transaction(engine) as session:
            rows = session.query(Message).filter_by(conversation_id=where).order_by(Message.seq)
            assert [one.text for one in rows][1:] == wanted
    finally:
        second.stop()
