"""How long somebody waits in the queue, by whom they were left, and in which line they stand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.care import alerts
from bot.care.models import ItemKind, Message
from bot.care.queue import queue
from bot.care.queue_entries import Entry, how_many_wait
from tests.staff.test_left_alone import taken, wait, words
from tests.staff.test_queue import alert_of, open_item, order

__all__ = ["taken"]


def line(scene: Any, conversation: int) -> Entry:
    """The only line of this conversation."""
    with scene.record() as session:
        drawn = queue(session, scene.clock.now())
    (found,) = [one for one in (*drawn.waiting, *drawn.taken) if one.conversation_id == conversation]
    return found


def acknowledge(scene: Any, conversation: int, browser: Any = None) -> None:
    alert = alert_of(scene, conversation)
    answer = (browser or scene.logged_in()).post(
        f"/staff/alerts/{alert.id}/acknowledge", data={"seen": alert.news_id}
    )
    assert answer.status_code == 303


@pytest.mark.parametrize("level", ["urgent", "crisis"])  # opened again at its level, and raised
def test_it_waits_since_it_was_opened_again_however_much_is_written_after(scene: Any, level: str) -> None:
    conversation = scene.patient("Writes On")[1]
    scene.says(conversation, "words", "urgent")
    scene.later(5)
    acknowledge(scene, conversation)
    scene.later(5)
    again = scene.clock.now()
    scene.says(conversation, "more words", level)
    assert line(scene, conversation).since == again
    for further in ("urgent", "urgent", "crisis", "urgent"):
        scene.later(5)
        scene.says(conversation, "still here", further)
        assert line(scene, conversation).since == again
    # After a further acknowledgement only what opened it after that one counts.
    acknowledge(scene, conversation)
    scene.later(5)
    scene.says(conversation, "and again", "urgent")
    assert line(scene, conversation).since == scene.clock.now()


def test_whoever_writes_on_does_not_sink_below_who_came_later(scene: Any) -> None:
    first = scene.patient("Writes On")[1]
    scene.says(first, "words", "crisis")
    acknowledge(scene, first)
    scene.later(1)
    scene.says(first, "more words", "crisis")
    scene.later(1)
    scene.says(scene.patient("Came Later")[1], "words", "crisis")
    scene.later(1)
    scene.says(first, "please", "crisis")
    assert order(scene.logged_in().get("/staff").text) == ["Writes On", "Came Later"]


def test_one_that_was_left_keeps_its_age_and_the_name_when_more_is_written(taken: Any) -> None:
    begin = taken.clock.now()
    wait(taken, 30)
    assert line(taken, taken.conversation).since == begin
    taken.later(1)
    taken.says(taken.conversation, "green tables", "crisis")
    dan = taken.logged_in("nurse", "Daniel Okafor")
    said = "Left alone: Nora Whitfield acknowledged it 31 min ago, and nobody did anything until further news came."
    assert line(taken, taken.conversation).since == begin
    for address in ("/staff", f"/staff/conversations/{taken.conversation}"):
        page = dan.get(address)
        assert said in words(page) and re.search(
            r'<(strong|p) class="wrong">(<strong>)?Left alone', page.text
        )
    acknowledge(taken, taken.conversation, dan)
    for address in ("/staff", f"/staff/conversations/{taken.conversation}"):
        assert "Left alone" not in dan.get(address).text


def test_what_was_left_once_and_acknowledged_again_is_left_no_more(taken: Any) -> None:
    wait(taken, 30)
    dan = taken.logged_in("nurse", "Daniel Okafor")
    acknowledge(taken, taken.conversation, dan)
    taken.later(5)
    taken.says(taken.conversation, "green tables", "crisis")
    assert line(taken, taken.conversation).since == taken.clock.now()
    assert "Left alone" not in dan.get("/staff").text


def test_who_has_the_same_name_is_not_told_that_they_have_it(scene: Any) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "words", "crisis")
    mine, namesake = scene.logged_in(), scene.logged_in()
    acknowledge(scene, conversation, mine)
    assert "You have acknowledged it" in words(mine.get("/staff"))
    other = words(namesake.get("/staff"))
    assert "You have acknowledged it" not in other and "Nora Whitfield has acknowledged it" in other


@pytest.fixture
def owned(scene: Any) -> Any:
    """A conversation that a nurse has taken over after a question in it was answered."""
    scene.conversation = scene.patient("Kim")[1]
    scene.before = scene.says(scene.conversation, "do you take my insurance")
    with scene.record() as session:
        session.get(Message, scene.before).state = "answered"
    scene.nurse = scene.logged_in()
    assert scene.nurse.post(f"/staff/conversations/{scene.conversation}/take-over").status_code == 303
    return scene


def waits(scene: Any) -> int:
    """How many lines there are, counted as pages without the list count them."""
    with scene.record() as session:
        assert len(queue(session, scene.clock.now()).waiting) == how_many_wait(session)[0]
        return how_many_wait(session)[0]


@pytest.mark.parametrize("kind", [ItemKind.QUESTION, ItemKind.FAILED_DELIVERY, ItemKind.PERSON_WANTED])
def test_an_item_on_something_else_hides_nobody_who_waits(owned: Any, kind: ItemKind) -> None:
    open_item(owned, kind, owned.before)
    assert waits(owned) == 1
    owned.says(owned.conversation, "are you there")
    assert waits(owned) == 2
    assert "Waits for a reply from you." in owned.nurse.get("/staff").text


@pytest.mark.parametrize("about", ["the waiting", "that very message"])
def test_an_item_on_the_waiting_or_on_that_message_is_line_enough(owned: Any, about: str) -> None:
    message = owned.says(owned.conversation, "are you there")
    item = open_item(owned, ItemKind.OWNER_QUIET if about == "the waiting" else ItemKind.QUESTION, message)
    assert waits(owned) == 1 and "Waits for a reply" not in owned.nurse.get("/staff").text
    owned.later(1)
    owned.says(owned.conversation, "hello?")
    # Who has gone quiet is quiet on all of it; a question is of one message.
    assert waits(owned) == (1 if about == "the waiting" else 2)
    with owned.record() as session:
        alerts.close_item(
            session, item, session.get(Message, message).conversation.owner_id, owned.clock.now()
        )
    assert waits(owned) == 1 and "Waits for a reply from you." in owned.nurse.get("/staff").text
