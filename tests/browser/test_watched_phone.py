"""Whoever looks over the shoulder of somebody who is being harmed sees a chat like any other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver
from sqlalchemy.engine import Engine

from bot.clinic.clock import SystemClock
from bot.web import create_app
from tests.browser.page import Page
from tests.channels.web_chat.support import Served, parts, unlimited

pytestmark = pytest.mark.browser

HARMED, OWN = "he hits me again", "i want to kill myself"
NEUTRAL = "You can call us when it suits you"
TELL_TALES = ("Get help now", "Important", "Help is one tap away", "Help is here")
SHOWN = "return [document.body, launcher.shadowRoot, root].map(one => one?.textContent ?? '').join(' ')"
SEND = """
return fetch('/chat/messages', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ id: crypto.randomUUID(), text: arguments[0] }),
}).then(answer => answer.status);
"""


@pytest.fixture
def watched(browser: webdriver.Chrome, engine: Engine, database_url: str) -> Iterator[Page]:
    """The clinic's page with the chat, of a real web process, at the present hour: what is old calls for no help."""
    served = Served(create_app(parts(database_url, engine, SystemClock(), clinic=unlimited())))
    page = Page(browser, served.base)
    page.reset()
    yield page.open("/")
    browser.get("about:blank")
    served.stop()


def opened(page: Page) -> Page:
    page.until(lambda: page.js("return Boolean(launcher?.shadowRoot)"), "the launcher is there")
    if not page.js("return launcher.shown"):
        page.js("document.querySelector('[data-aftercare-open]').click()")
    return page.ready()


def looks_like_any_other(page: Page) -> None:
    """The quiet numbers stay where they always are; nothing came to the front, is marked or is read aloud as grave."""
    assert page.visible(".bar") and not page.visible(".front")
    assert page.js("return root.querySelectorAll('.grave, .mark').length") == 0
    shown = page.js(SHOWN)
    assert [words for words in TELL_TALES if words in shown] == []


def test_nothing_of_it_shows_neither_at_once_nor_later(watched: Page) -> None:
    page = opened(watched)
    looks_like_any_other(page)
    page.write(HARMED)
    page.until(lambda: any(NEUTRAL in one for one in page.messages()), "the neutral text is there")
    looks_like_any_other(page)

    # Loaded again.
    page.driver.refresh()
    opened(page)
    page.until(lambda: any(NEUTRAL in one for one in page.messages()), "the history is there")
    looks_like_any_other(page)

    # Written in another tab while this one is closed: it stays closed.
    page.js("return launcher.hide()")
    assert page.js(SEND, HARMED) == 202
    page.until(lambda: page.js("return launcher.unread") > 0, "the reply has come over the stream")
    assert page.js("return launcher.shown") is False
    shown = page.js(SHOWN)
    assert [words for words in TELL_TALES if words in shown] == []
    looks_like_any_other(opened(page))

    # What the same page does for somebody whose own life is in danger: the looks above would have seen it.
    page.write(OWN)
    page.until(lambda: page.visible(".front"), "the phone numbers are in front")
    assert page.js("return root.querySelectorAll('.grave').length") == 1
    shown = page.js(SHOWN)
    assert all(words in shown for words in TELL_TALES[:3])
