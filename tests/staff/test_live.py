"""An open page is live: what colleagues do and what the carrier reports comes into it, and nothing else is fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta, timezone
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from bot.care import attempts, corrections, follow_up, ownership
from bot.care.alerts import acknowledge, open_item, unresolved_alert
from bot.care.conversations import Reply, lock, say
from bot.care.database import libpq_url
from bot.care.live import CHANNEL
from bot.care.models import Alert, AlertState, Attempt, Channel, ItemKind, Message, NextStep, StaffMember
from bot.care.numbers import number_to_answer
from bot.channels.sms.delivery import deliver
from bot.channels.sms.errors import SendFailed
from bot.channels.sms.status import record_report
from bot.channels.sms.webhook import Form
from bot.safety.levels import Level
from bot.staff.board import board, digest
from bot.staff.events import counts, state_of, summary
from bot.staff.faults import OnDisk
from tests.axe import violations
from tests.staff.test_in_browser import Desk, address, chromium, desk

__all__ = ["address", "chromium", "desk"]


def text_of_ours(scene: Any, conversation: int) -> int:
    """A text message of ours that waits to be sent; returns it."""
    with scene.record() as session:
        phone = number_to_answer(session, conversation)
        held = lock(session, conversation)
        words = Reply("Not before tomorrow.")
        sent = say(session, held, words, channel=Channel.SMS, now=scene.clock.now(), phone=phone)
        return int(sent.id)


def report(scene: Any, message: int, status: str, **more: str) -> None:
    """The carrier tells what became of a text."""
    form = Form([("MessageSid", f"SM{message}"), ("MessageStatus", status), *more.items()])
    assert record_report(scene.engine, form, {"message": str(message)}, scene.clock)


def taken(scene: Any, conversation: int, name: str = "Olu Ade") -> tuple[TestClient, Alert]:
    """A colleague has acknowledged the alert of a conversation; their browser, and the alert."""
    colleague = scene.logged_in("nurse", name)
    with scene.record() as session:
        alert = unresolved_alert(session, conversation)
    answer = colleague.post(f"/staff/alerts/{alert.id}/acknowledge", data={"seen": alert.news_id})
    assert answer.status_code == 303
    return colleague, alert


def tried(colleague: TestClient, alert: Alert) -> None:
    """The colleague could not reach the patient."""
    what = {"seen": alert.news_id, "outcome": "no_answer", "step": "welfare_check", "minutes": 20}
    answer = colleague.post(f"/staff/alerts/{alert.id}/attempt", data={**what, "note": "Voicemail."})
    assert answer.status_code == 303, answer.text


def fetched(desk: Desk, part: str) -> int:
    """How often the page has fetched a part of itself."""
    script = (
        "return performance.getEntriesByType('resource').filter(e => e.name.endsWith(arguments[0])).length"
    )
    return int(desk.driver.execute_script(script, part))


def remember(desk: Desk) -> None:
    """Mark the page, so that a page loaded anew would show."""
    desk.driver.execute_script("window.samePage = true")


def is_same_page(desk: Desk) -> bool:
    return bool(desk.driver.execute_script("return window.samePage === true"))


def settled(desk: Desk) -> None:
    """Until the page has heard of everything so far: its stream says so after each look."""
    desk.driver.execute_async_script(
        "const [done] = arguments; const stream = new EventSource('/staff/events?counts');"
        "stream.addEventListener('alive', () => { stream.close(); setTimeout(done, 700); });"
    )


@pytest.mark.browser
def test_a_colleagues_try_and_added_words_come_into_the_open_queue(scene: Any, desk: Desk) -> None:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "better off without me", "crisis", "better off without me")
    desk.go("/staff")
    remember(desk)
    colleague, alert = taken(scene, conversation)
    desk.until(lambda: "Olu Ade has acknowledged it" in desk.text())
    tried(colleague, alert)
    desk.until(lambda: "Not reached. Ask for a welfare check" in desk.text())
    assert "in 20 min" in desk.text() and "Pages again" not in desk.text()
    scene.says(conversation, "jk")
    desk.until(lambda: "(2 messages)" in desk.text())
    assert is_same_page(desk)


@pytest.mark.browser
def test_a_colleagues_try_comes_into_the_open_conversation(scene: Any, desk: Desk) -> None:
    """The panel, the history with the note, and what was opened stays open."""
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "better off without me", "crisis", "better off without me")
    colleague, alert = taken(scene, conversation)
    desk.go(f"/staff/conversations/{conversation}")
    remember(desk)
    assert "Pages again in 30 min" in desk.text("#panel")
    desk.driver.execute_script("document.querySelector('#resolve').open = true")
    tried(colleague, alert)
    desk.until(lambda: "Not reached at the last try. Ask for a welfare check" in desk.text("#panel"))
    assert "Pages again" not in desk.text("#panel")
    desk.until(lambda: "Voicemail." in desk.text("#history"))
    assert desk.driver.execute_script("return document.querySelector('#resolve').open")
    with scene.record() as session:
        later = scene.clock.now() + timedelta(hours=2)
        session.get(Alert, alert.id).next_at = later
        nurse = session.query(StaffMember).first()
        attempts.record_attempt(session, alert.id, nurse.id, Attempt.REACHED, "", scene.clock.now())
    desk.until(lambda: "Pages again in 30 min" in desk.text("#panel"))
    assert is_same_page(desk)


@pytest.mark.browser
def test_what_the_carrier_reports_comes_into_the_open_transcript(scene: Any, desk: Desk) -> None:
    """Being sent, sent, delivered, NOT delivered, below the message; nobody who reads or writes loses their place."""
    conversation = scene.texter("+12125550188")
    for number in range(30):
        scene.says(conversation, f"line {number} " * 20, channel=Channel.SMS)
    one, other = text_of_ours(scene, conversation), text_of_ours(scene, conversation)
    desk.go(f"/staff/conversations/{conversation}")
    remember(desk)

    def state(message: int) -> str:
        return desk.text(f"#m{message} .meta")

    assert "being sent" in state(one) and "being sent" in state(other)
    desk.find("#text").send_keys("a draft")
    desk.driver.execute_script(
        "document.querySelector('#transcript').scrollTop = 40;"
        "getSelection().selectAllChildren(document.querySelector('.message .words'));"
    )
    report(scene, one, "sent")
    desk.until(lambda: "sent, not yet confirmed" in state(one))
    report(scene, one, "delivered")
    desk.until(lambda: "delivered" in state(one) and "NOT" not in state(one))
    report(scene, other, "undelivered", ErrorCode="30003")
    desk.until(lambda: "NOT delivered (30003)" in state(other))
    desk.until(lambda: "A message of ours did not arrive" in desk.text("#panel"))
    place = "return [document.querySelector('#transcript').scrollTop, getSelection().toString().slice(0, 6)]"
    assert desk.driver.execute_script(place) == [40, "line 0"]
    assert desk.find("#text").get_attribute("value") == "a draft"
    assert is_same_page(desk)


@pytest.mark.browser
def test_a_reply_answers_what_the_renewed_transcript_shows(scene: Any, desk: Desk) -> None:
    """It carries the number of the last message shown, which came while the reply was being typed."""
    conversation = scene.visitor()
    desk.go(f"/staff/conversations/{conversation}")
    desk.find("#composer form[action$=take-over] button").click()
    desk.until(lambda: "You have this conversation." in desk.text("#composer"))
    remember(desk)
    desk.find("#text").send_keys("Yes.")
    for words in ("can i eat", "and i feel strange"):
        scene.says(conversation, words)
        desk.until(lambda words=words: words in desk.text("#transcript"))
    carried = "return new FormData(document.querySelector('#reply-form')).getAll('seen')"
    assert desk.driver.execute_script(carried) == [str(scene.messages(conversation)[-1].seq)]
    assert is_same_page(desk)
    desk.find("#reply-form .primary").click()
    desk.until(lambda: "Sent." in desk.text("#notice"))
    states = [one.state for one in scene.messages(conversation) if one.sender == "patient"]
    assert states == ["answered", "answered"]


def opens_item(scene: Any, message: int, kind: ItemKind) -> None:
    with scene.record() as session:
        open_item(session, kind, session.get(Message, message), "Why", scene.clock.now())


@pytest.mark.browser
def test_the_form_says_by_what_a_reply_goes_out_now(scene: Any, desk: Desk) -> None:
    """The patient goes from the web to text: with nothing typed the form is drawn anew, and what is typed stays."""
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    asked = scene.says(conversation, "hello")
    desk.go(f"/staff/conversations/{conversation}")
    remember(desk)
    assert "Your reply, by web chat" in desk.text("#composer")
    scene.says(conversation, "it is me", channel=Channel.SMS)
    desk.until(lambda: "Your reply, by text message" in desk.text("#composer"))
    opens_item(scene, asked, ItemKind.QUESTION)
    desk.until(lambda: "This reply deals with" in desk.text("#composer"))
    ticked = "return [...document.querySelectorAll('[name=closes]')].map((one) => one.checked)"
    assert desk.driver.execute_script(ticked) == [True] and not desk.find("#by-now").is_displayed()
    desk.find("#text").send_keys("Yes, you may")
    desk.until(lambda: "1 text message, 12 characters." in desk.text("#segments"))
    scene.says(conversation, "back at my desk")
    desk.until(lambda: "It goes out by web chat now" in desk.text("#composer"))
    assert "Your reply, by web chat" in desk.text("#composer") and not desk.find("#segments").is_displayed()
    opens_item(scene, asked, ItemKind.PERSON_WANTED)
    desk.until(lambda: desk.driver.execute_script(ticked) == [True, False])
    desk.find("#text").send_keys(", a little")
    scene.says(conversation, "on my phone again", channel=Channel.SMS)
    desk.until(lambda: "It goes out by text message now" in desk.text("#composer"))
    desk.until(lambda: "1 text message, 22 characters." in desk.text("#segments"))
    desk.find("#text").send_keys(".")
    desk.until(lambda: "1 text message, 23 characters." in desk.text("#segments"))
    assert desk.find("#text").get_attribute("value") == "Yes, you may, a little."
    for scheme, width in (("dark", 360), ("light", 1280)):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        desk.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        desk.size(width, 800)
        assert violations(desk.driver, "another way meanwhile") == [] and desk.too_wide() <= 0
    assert desk.text("#notice") == "" and is_same_page(desk)


@pytest.mark.browser
def test_nothing_is_fetched_where_nothing_changed(scene: Any, desk: Desk) -> None:
    conversation = scene.texter("+12125550188")
    message = text_of_ours(scene, conversation)
    desk.go(f"/staff/conversations/{conversation}")
    report(scene, message, "delivered")
    desk.until(lambda: "delivered" in desk.text(f"#m{message}"))
    settled(desk)
    before = {part: fetched(desk, part) for part in ("/transcript", "/panel", "/history", "/composer")}
    assert before == {"/transcript": 1, "/panel": 0, "/history": 0, "/composer": 0}
    report(scene, message, "delivered")  # the same again
    scene.says(scene.visitor(), "somebody else", "urgent")
    desk.until(lambda: desk.driver.title.startswith("(1) "))
    settled(desk)
    assert {part: fetched(desk, part) for part in before} == before
    with scene.record() as session:
        open_item(session, ItemKind.QUESTION, session.get(Message, message), "Not covered", scene.clock.now())
    desk.until(lambda: fetched(desk, "/panel") == 1)
    settled(desk)
    # An item stands in the panel, and in the form: a reply may deal with it.
    assert {part: fetched(desk, part) for part in before} == {**before, "/panel": 1, "/composer": 1}
    # The list, too, is drawn once: neither the first event after loading nor one's own key fetches it again.
    desk.go("/staff")
    settled(desk)
    desk.press("j")
    desk.press("a")
    desk.until(lambda: "You have acknowledged it" in desk.text())
    settled(desk)
    assert fetched(desk, "/staff/queue") == 0


@contextmanager
def announced(scene: Any) -> Iterator[Callable[[], set[str]]]:
    """What is told to open pages from now on: `heard()` returns and forgets it."""
    url = libpq_url(scene.engine.url.render_as_string(hide_password=False))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"listen {CHANNEL}")

        def heard() -> set[str]:
            return {one.payload for one in connection.notifies(timeout=0.5)}

        yield heard


class Busy:
    """A carrier that takes nothing for now."""

    def find(self, *_: Any, **__: Any) -> list[Any]:
        return []

    def send(self, *_: Any) -> Any:
        raise SendFailed("busy", retry=True)


def test_each_change_is_announced_and_a_report_that_changes_nothing_is_not(scene: Any) -> None:
    conversation = scene.texter("+12125550188")
    asked = scene.says(conversation, "better off without me", "crisis", channel=Channel.SMS)
    message = text_of_ours(scene, conversation)
    scene.hire()
    queue, this = '{"queue": true}', f'{{"conversation": {conversation}}}'
    with announced(scene) as heard:

        def do(what: Callable[[Any, int, StaffMember], object]) -> set[str]:
            with scene.record() as session:
                alert = unresolved_alert(session, conversation)
                what(session, int(alert.id), session.query(StaffMember).first())
            return heard()

        now, soon = scene.clock.now, timedelta(minutes=20)
        left = scene.clinic.paging.left
        assert queue in do(lambda session, alert, nurse: acknowledge(session, alert, nurse.id, now(), left))
        scene.later(5)
        assert queue in do(lambda session, *_: attempts.noted(session, conversation, now(), left))
        assert do(
            lambda session, alert, nurse: attempts.record_attempt(
                session,
                alert,
                nurse.id,
                Attempt.NO_ANSWER,
                "",
                now(),
                step=NextStep.TRY_AGAIN,
                at=now() + soon,
            )
        ) == {queue, this}
        assert this in do(
            lambda session, alert, nurse: corrections.correct(
                session, asked, nurse.id, now(), level=Level.URGENT
            )
        )
        assert deliver(scene.engine, message, Busy(), scene.clock).kind == "retry"  # type: ignore[arg-type]
        assert heard() == {this}
        for status, told in (("sent", {this}), ("sent", set()), ("delivered", {this}), ("sent", set())):
            report(scene, message, status)
            assert heard() == told, status


def test_what_a_page_of_a_conversation_was_drawn_with_changes_with_each_part_of_it(scene: Any) -> None:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    asked = scene.says(conversation, "better off without me", "crisis", channel=Channel.SMS)
    scene.hire()
    left = scene.clinic.paging.left

    def drawn() -> dict[str, Any]:
        with scene.record() as session:
            state = state_of(session, conversation, scene.clinic, scene.clock.now())
        assert state is not None and "Lopez" not in str(state) and "555" not in str(state)
        return dict(state)

    def parts(what: Callable[[Any, Any, int], object]) -> set[str]:
        """Which marks change when something is done, and nothing besides."""
        before = drawn()
        assert drawn() == before
        with scene.record() as session:
            what(session, unresolved_alert(session, conversation), session.query(StaffMember).first().id)
        after = drawn()
        return {name for name in after if after[name] != before[name]}

    now = scene.clock.now
    assert parts(lambda s, a, n: acknowledge(s, a.id, n, now(), left)) == {"panel", "history"}
    scene.later(5)
    assert parts(lambda s, a, n: attempts.noted(s, conversation, now(), left)) == {"panel"}
    assert parts(lambda s, a, n: attempts.record_attempt(s, a.id, n, Attempt.REACHED, "", now())) == {
        "panel",
        "history",
    }
    message = text_of_ours(scene, conversation)
    assert parts(lambda s, a, n: setattr(s.get(Message, message), "state", "sent")) == {"messages"}
    assert parts(lambda s, a, n: setattr(s.get(Message, message), "failure", "30003")) == {"messages"}
    assert parts(lambda s, a, n: setattr(s.get(Message, message), "text", "")) == {"messages"}
    assert parts(lambda s, a, n: corrections.correct(s, asked, n, now(), level=Level.URGENT)) == {"messages"}
    assert parts(lambda s, a, n: open_item(s, ItemKind.QUESTION, s.get(Message, asked), "Why", now())) == {
        "panel",
        "reply",
    }
    assert parts(
        lambda s, a, n: follow_up.keep_whereabouts(s, a, s.get(Message, asked), None, "A place.", now())
    ) == {"panel"}
    assert parts(lambda s, a, n: setattr(a.conversation.patient, "address", "12 Oak St")) == {"panel"}
    assert parts(lambda s, a, n: setattr(a, "state", AlertState.OPEN.value)) == {"panel"}


def test_the_version_of_the_queue_changes_with_what_it_shows_and_with_nothing_else(scene: Any) -> None:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "better off without me", "crisis")
    nurse = scene.hire()

    def version() -> str:
        with scene.record() as session:
            return board(session, scene.clinic, OnDisk(), scene.clock.now()).version

    seen = [version()]
    assert version() == seen[0]
    left = scene.clinic.paging.left
    steps: tuple[Callable[[Any, Any, int], object], ...] = (
        lambda s, a, n: acknowledge(s, a.id, n, scene.clock.now(), left),
        lambda s, a, n: setattr(a, "act_by", scene.clock.now() + timedelta(hours=1)),
        lambda s, a, n: setattr(a, "next_at", scene.clock.now() + timedelta(hours=2)),
        lambda s, a, n: setattr(a, "next_step", "try_again"),
        lambda s, a, n: setattr(a, "reasons", ["Another reason"]),
    )
    for step in steps:
        with scene.record() as session:
            member = session.query(StaffMember).filter_by(email=nurse).one()
            step(session, unresolved_alert(session, conversation), int(member.id))
        seen.append(version())
    scene.says(conversation, "jk")
    seen.append(version())
    assert len(set(seen)) == len(seen)
    # The same moment in another zone, as a row just written and one that was read have it, is the same.
    at = scene.clock.now()
    assert digest(at) == digest(at.astimezone(timezone(timedelta(hours=3))))


def test_pages_without_a_list_count_the_same_in_one_statement(scene: Any) -> None:
    scene.says(scene.visitor(), "words", "crisis")
    scene.says(scene.visitor(), "words", "urgent")
    with scene.record() as session:
        alert = session.query(Alert).order_by(Alert.id).first()
        scene.hire()
        nurse = session.query(StaffMember).first().id
        acknowledge(session, alert.id, nurse, scene.clock.now(), scene.clinic.paging.left)
        asked = scene.says(scene.visitor(), "does my insurance pay")
        open_item(session, ItemKind.QUESTION, session.get(Message, asked), "Not covered", scene.clock.now())
        held = scene.visitor()
        said = dict.fromkeys(Channel, "Nora writes now.")
        ownership.take_over(
            session, held, nurse, scene.clock.now(), expected_owner_id=None, announcement=said
        )
    scene.says(held, "are you there")
    statements: list[str] = []
    with scene.record() as session:
        whole = summary(board(session, scene.clinic, OnDisk(), scene.clock.now()))
        event.listen(scene.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        counted = counts(session)
    assert counted == {name: whole[name] for name in ("waiting", "alerts", "newest")}
    assert (counted["waiting"], counted["alerts"]) == (3, 1) and len(statements) == 1
