"""The picture of the own check-ins: for the session that may read the message, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from bot.care import conversations
from bot.care.conversations import Reply
from bot.care.database import transaction
from bot.care.models import Channel, WebSession
from bot.care.series import SERIES_REPLY
from tests.care.course import Course
from tests.channels.web_chat.support import TUESDAY_NOON, Browser, conversation_of


@pytest.fixture
def course(browser: Browser, engine: Engine) -> Course:
    made = Course(engine, conversation_of(engine, browser), TUESDAY_NOON - timedelta(days=9))
    for day, mood in enumerate((4, 5, 6, 7)):
        made.answered(day * 2, mood=mood)
    return made


def told(course: Course) -> int:
    """The assistant answers "how have I been"; gives the number of the message."""
    with transaction(course.engine) as session:
        conversation = conversations.lock(session, course.conversation_id)
        reply = Reply("around 6 out of 10", kind=SERIES_REPLY)
        made = conversations.say(session, conversation, reply, channel=Channel.WEB, now=TUESDAY_NOON)
        return int(made.seq)


def test_the_message_names_its_picture_and_the_session_may_see_it(browser: Browser, course: Course) -> None:
    seq = told(course)
    message = browser.messages()["messages"][-1]
    assert message["image"] == {"src": f"/chat/series.svg?seq={seq}"}
    answer = browser.client.get(message["image"]["src"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count('class="dot"') == 4
    assert "Your mood check-ins over time" in answer.text


def test_other_messages_have_none(browser: Browser, course: Course) -> None:
    browser.send("hello")
    told(course)
    assert [one["image"] is not None for one in browser.messages()["messages"]] == [False, False, True]
    for seq in ("1", "2", "999", ""):
        assert browser.client.get("/chat/series.svg", params={"seq": seq}).status_code == 404
    assert browser.client.get("/chat/series.svg", params={"seq": "three"}).status_code == 400


def test_nobody_else_sees_it(browser: Browser, course: Course, new_browser: Callable[..., Browser]) -> None:
    seq = told(course)
    stranger = new_browser()
    assert stranger.client.get(f"/chat/series.svg?seq={seq}").status_code == 401
    stranger.open()
    assert stranger.client.get(f"/chat/series.svg?seq={seq}").status_code == 404


def test_the_picture_stays_as_it_was_when_it_was_asked_for(browser: Browser, course: Course) -> None:
    seq = told(course)
    course.answered(10, mood=1)
    assert browser.client.get(f"/chat/series.svg?seq={seq}").text.count('class="dot"') == 4


def test_infusions_are_shown_to_whom_staff_have_verified(browser: Browser, course: Course) -> None:
    course.infusion(1)
    seq = told(course)
    assert 'class="treatment"' not in browser.client.get(f"/chat/series.svg?seq={seq}").text
    with transaction(course.engine) as session:
        for one in session.query(WebSession).filter_by(conversation_id=course.conversation_id):
            one.verified = True
    assert 'class="treatment"' in browser.client.get(f"/chat/series.svg?seq={seq}").text
