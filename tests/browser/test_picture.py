"""The picture of the own check-ins, drawn by the real web process and shown by the real widget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from bot.care import conversations
from bot.care.conversations import Reply
from bot.care.database import transaction
from bot.care.models import Channel, Conversation
from bot.care.series import SERIES_REPLY
from bot.clinic.clock import FixedClock
from bot.web import create_app
from tests.browser.page import Page
from tests.care.course import Course
from tests.channels.web_chat.support import TUESDAY_NOON, Served, parts

pytestmark = pytest.mark.browser

SIZE = "const one = root.querySelector('img.picture'); return one && one.complete && [one.naturalWidth, one.width];"


@pytest.fixture(scope="module")
def web(engine: Engine, database_url: str) -> Iterator[str]:
    """The web process, in a thread."""
    served = Served(create_app(parts(database_url, engine, FixedClock(TUESDAY_NOON))))
    yield served.base
    served.stop()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_picture_is_shown_below_the_words(
    browser: WebDriver, web: str, engine: Engine, width: int
) -> None:
    page = Page(browser, web)
    page.reset()
    page.window(width, 800, touch=width < 500)
    page.open("/")
    page.until(lambda: page.js("return !!launcher"), "the widget is on the page")
    if not page.visible(".chat"):
        page.js("document.querySelector('[data-aftercare-open]').click()")
    page.ready()
    with transaction(engine) as session:
        newest = int(session.execute(select(func.max(Conversation.id))).scalar_one())
    course = Course(engine, newest, TUESDAY_NOON - timedelta(days=9))
    for day, mood in enumerate((4, 5, 6, 7)):
        course.answered(day * 2, mood=mood)
    with transaction(engine) as session:
        words = Reply("Your last three mood check-ins were between 5 and 7 out of 10.", kind=SERIES_REPLY)
        conversation = conversations.lock(session, newest)
        conversations.say(session, conversation, words, channel=Channel.WEB, now=TUESDAY_NOON)
    page.until(lambda: "between 5 and 7" in page.messages()[-1], "the words have come")
    page.until(lambda: (page.js(SIZE) or [0])[0] > 0, "the picture is drawn")
    natural, shown = page.js(SIZE)
    assert natural == 340 and 200 < shown <= width
    assert "same" in page.js("return root.querySelector('img.picture').alt")
    assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []
    browser.get("about:blank")  # ends the stream, so that the server can stop
