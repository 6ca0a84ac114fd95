"""An open page is live: what colleagues do and what the carrier reports comes into it, and nothing else is fetched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.care import attempts
from bot.care.alerts import open_item, unresolved_alert
from bot.care.models import Alert, Attempt, Channel, ItemKind, Message, StaffMember
from tests.axe import violations
from tests.staff.test_in_browser import Desk, address, chromium, desk
from tests.staff.texts_of_ours import report, text_of_ours

__all__ = ["address", "chromium", "desk"]


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
