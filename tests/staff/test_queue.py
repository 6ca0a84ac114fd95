"""The queue shows what to do first, and whoever takes it has seen what they take."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from bot.care import alerts, heartbeats, queue_entries
from bot.care import queue as care_queue
from bot.care.conversations import SAFETY_REPLY, Reply
from bot.care.models import Alert, AuditEntry, Channel, Item, ItemKind, Message
from bot.care.queue import queue
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.staff.app import staff_routes


def order(page: str) -> list[str]:
    """The names on the page, from top to bottom."""
    return [
        re.sub(r"<[^>]+>", "", name).strip() for name in re.findall(r'class="open">(.*?)</a>', page, re.S)
    ]


def open_item(scene: Any, kind: ItemKind, message_id: int, reason: str = "Why it is here.") -> int:
    with scene.record() as session:
        message = session.get(Message, message_id)
        return int(alerts.open_item(session, kind, message, reason, scene.clock.now()).id)


def alert_of(scene: Any, conversation_id: int) -> Any:
    with scene.record() as session:
        return session.query(Alert).filter_by(conversation_id=conversation_id).one()


def test_worse_comes_first_then_older_then_what_is_taken(scene: Any) -> None:
    names = ["Urgent Old", "Urgent New", "Question", "Emergency", "Crisis", "Unassessed"]
    levels = ["urgent", "urgent", "none", "emergency", "crisis", "unassessed"]
    for name, level in zip(names, levels, strict=True):
        message = scene.says(scene.patient(name)[1], "words", level)
        if level == "none":
            open_item(scene, ItemKind.QUESTION, message)
        scene.later(1)
    browser = scene.logged_in()
    assert order(browser.get("/staff").text) == [
        "Crisis", "Emergency", "Unassessed", "Urgent Old", "Urgent New", "Question",
    ]  # fmt: skip
    with scene.record() as session:
        worst = session.query(Alert).filter_by(level="crisis").one()
    browser.post(f"/staff/alerts/{worst.id}/acknowledge", data={"seen": worst.news_id, "from": "queue"})
    assert order(browser.get("/staff").text)[-1] == "Crisis"


def test_a_line_says_who_how_long_why_and_marks_the_evidence(scene: Any) -> None:
    text = "Long day. " * 40 + "I would be better off <b>gone</b>, you know. " + "Whatever. " * 40
    scene.says(
        scene.patient("Maria Lopez", "212 555 0161")[1],
        text,
        "crisis",
        "better off <b>gone</b>",
        ("Says that others would be better off without them",),
    )
    scene.later(7)
    page = scene.logged_in().get("/staff").text
    assert "Maria Lopez" in page and "7 min ago" in page and "(212) 555-0161" in page
    assert "Says that others would be better off without them" in page
    assert "<mark>better off &lt;b&gt;gone&lt;/b&gt;</mark>" in page
    assert page.count("Long day.") < 15  # the part that matters, not the whole message


@pytest.mark.parametrize("who", ["visitor", "texter"])
def test_whom_we_do_not_know_is_called_so(scene: Any, who: str) -> None:
    conversation = scene.visitor() if who == "visitor" else scene.texter("+12125550188")
    scene.says(conversation, "words", "urgent")
    page = scene.logged_in().get("/staff").text
    assert ("Web visitor, not verified" if who == "visitor" else "(212) 555-0188") in page
    assert "not enrolled" in page or who == "visitor"


def test_an_episode_shows_its_worst_message_and_counts_the_others(scene: Any) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "i took all my pills", "crisis", "took all my pills", ("Overdose",))
    scene.says(conversation, "and my stomach hurts", "urgent", "stomach hurts", ("Stomach pain",))
    page = scene.logged_in().get("/staff").text
    assert "<mark>took all my pills</mark>" in page and "(2 messages)" in page
    assert page.index("Overdose") < page.index("Stomach pain")


def test_every_sort_of_item_is_there_in_plain_words(scene: Any) -> None:
    for kind in ItemKind:
        open_item(scene, kind, scene.says(scene.visitor(), "words"), f"Reason of {kind.value}.")
    page = scene.logged_in().get("/staff").text
    for kind in ItemKind:
        assert f"Reason of {kind.value}." in page
    assert "Question that the guidance does not cover" in page


def test_a_safety_text_that_did_not_arrive_stands_with_the_emergencies(scene: Any) -> None:
    conversation = scene.texter("+12125550188")
    scene.says(
        conversation, "words", "urgent", channel=Channel.SMS, reply=Reply("Call 911", kind=SAFETY_REPLY)
    )
    with scene.record() as session:
        reply = session.query(Message).filter_by(kind=SAFETY_REPLY).one().id
    open_item(scene, ItemKind.FAILED_DELIVERY, reply, "The carrier refused it.")
    page = scene.logged_in().get("/staff").text
    assert page.index("The carrier refused it.") < page.index("A reason in plain words")


def test_a_patient_who_waits_for_staff_is_in_the_queue_until_they_are_answered(scene: Any) -> None:
    conversation = scene.patient("Kim")[1]
    nurse = scene.logged_in()
    nurse.post(f"/staff/conversations/{conversation}/take-over")
    assert "Nobody is waiting" in nurse.get("/staff").text
    scene.says(conversation, "are you there")
    assert "Waits for a reply from you." in nurse.get("/staff").text
    assert "Waits for a reply from Nora Whitfield." in scene.logged_in(name="Dan").get("/staff").text
    seen = scene.messages(conversation)[-1].seq
    nurse.post(f"/staff/conversations/{conversation}/reply", data={"text": "yes", "once": "1", "seen": seen})
    assert "Nobody is waiting" in nurse.get("/staff").text


def test_an_empty_queue_is_calm(scene: Any) -> None:
    assert "Nobody is waiting" in scene.logged_in().get("/staff").text


def test_acknowledging_names_the_person_and_is_in_both_histories(scene: Any) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "words", "crisis")
    alert = alert_of(scene, conversation)
    browser = scene.logged_in()
    data = {"seen": alert.news_id, "from": "queue"}
    answer = browser.post(f"/staff/alerts/{alert.id}/acknowledge", data=data)
    assert answer.headers["location"] == "/staff?done=acknowledged"
    assert "You have acknowledged it" in browser.get("/staff").text
    with scene.record() as session:
        assert session.get(Alert, alert.id).acknowledged_by.name == "Nora Whitfield"
        entry = session.query(AuditEntry).filter_by(action="alert.acknowledged").one()
        assert entry.subject == f"alert:{alert.id}" and entry.staff_id is not None


def test_htmx_gets_the_list_back_and_a_refusal_as_a_notice(scene: Any) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "words", "crisis")
    alert = alert_of(scene, conversation)
    data, htmx = {"seen": alert.news_id, "from": "queue"}, {"hx-request": "true"}
    browser = scene.logged_in()
    answer = browser.post(f"/staff/alerts/{alert.id}/acknowledge", data=data, headers=htmx)
    assert answer.status_code == 200 and "<html" not in answer.text and "Being dealt with: 1" in answer.text
    late = scene.logged_in(name="Dan").post(f"/staff/alerts/{alert.id}/acknowledge", data=data, headers=htmx)
    assert late.status_code == 409 and late.headers["hx-retarget"] == "#notice"
    assert "Nora Whitfield acknowledged this alert before you" in late.text


def test_what_one_has_not_seen_one_cannot_acknowledge(scene: Any) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "words", "urgent")
    seen = alert_of(scene, conversation)
    scene.says(conversation, "worse words", "crisis")
    answer = scene.logged_in().post(f"/staff/alerts/{seen.id}/acknowledge", data={"seen": seen.news_id})
    assert answer.status_code == 409 and "Read it first" in answer.text
    assert alert_of(scene, conversation).state == "open"


def test_a_new_message_brings_a_taken_alert_back_to_the_top(scene: Any) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "words", "crisis")
    alert, browser = alert_of(scene, conversation), scene.logged_in()
    browser.post(f"/staff/alerts/{alert.id}/acknowledge", data={"seen": alert.news_id})
    scene.says(conversation, "goodbye", "crisis")
    page = browser.get("/staff").text
    assert "1 alert to acknowledge" in page and "Being dealt with" not in page


def test_an_item_is_closed_once_and_by_name(scene: Any) -> None:
    item = open_item(scene, ItemKind.QUESTION, scene.says(scene.visitor(), "words"))
    browser = scene.logged_in()
    assert browser.post(f"/staff/items/{item}/close", data={"from": "queue"}).status_code == 303
    assert browser.post(f"/staff/items/{item}/close", data={"from": "queue"}).status_code == 409
    with scene.record() as session:
        assert session.get(Item, item).closed_by.name == "Nora Whitfield"


def test_two_hundred_open_entries_are_all_there_for_a_fixed_number_of_queries(scene: Any) -> None:
    from sqlalchemy import event

    for number in range(200):
        scene.says(scene.visitor(), f"message {number}", ["urgent", "crisis"][number % 2])
    counted: list[str] = []
    event.listen(scene.engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    with scene.record() as session:
        state = queue(session, scene.clock.now())
    assert len(state.waiting) == 200 and state.left_out == 0
    assert len(counted) < 20
    assert len(order(scene.logged_in().get("/staff").text)) == 200


def test_where_not_all_can_be_shown_a_new_crisis_is(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_entries, "MOST_SHOWN", 3)
    monkeypatch.setattr(care_queue, "MOST_SHOWN", 3)
    browser = scene.logged_in()
    for number in range(5):
        conversation = scene.patient(f"Old{number} Urgent")[1]
        scene.says(conversation, "words", "urgent")
        if number < 4:
            alert = alert_of(scene, conversation)
            browser.post(f"/staff/alerts/{alert.id}/acknowledge", data={"seen": alert.news_id})
        scene.later(1)
        for _ in range(2):
            open_item(scene, ItemKind.QUESTION, scene.says(conversation, "a question"))
    scene.says(scene.patient("New Crisis")[1], "words", "crisis")
    reply = Reply("Call 988.", kind=SAFETY_REPLY)
    open_item(scene, ItemKind.FAILED_DELIVERY, scene.says(scene.patient("Not Told")[1], "words", reply=reply))
    page = browser.get("/staff").text
    assert order(page)[0] == "New Crisis" and {"Not Told", "Old4 Urgent"} < set(order(page))
    assert "more are not shown. Deal with these first." in page


def test_whoever_is_left_waiting_beyond_the_limit_is_counted(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_entries, "MOST_SHOWN", 3)
    monkeypatch.setattr(care_queue, "MOST_SHOWN", 3)
    browser = scene.logged_in()
    for number in range(5):
        conversation = scene.patient(f"Patient{number} Waits")[1]
        assert browser.post(f"/staff/conversations/{conversation}/take-over").status_code == 303
        for _ in range(2):
            scene.says(conversation, "are you there?")
        scene.later(1)
    with scene.record() as session:
        state = queue(session, scene.clock.now())
    assert [entry.sort for entry in state.waiting] == ["held"] * 3 and state.left_out == 2
    page = browser.get("/staff").text
    assert order(page) == [f"Patient{number} Waits" for number in range(3)]
    assert "2 more are not shown." in page


def test_the_page_holds_no_words_in_its_addresses(scene: Any) -> None:
    scene.says(scene.patient("Maria Lopez")[1], "secretword", "crisis", "secretword")
    page = scene.logged_in().get("/staff").text
    for address in re.findall(r'(?:href|action|hx-post|hx-get)="([^"]*)"', page):
        assert "secret" not in address and "Maria" not in address


def test_a_silent_worker_is_shown_in_red_until_it_is_heard_of_again(scene: Any) -> None:
    browser = scene.logged_in()
    assert "The worker that sends text messages" in browser.get("/staff").text
    with scene.record() as session:
        for kind in ("answer", "care"):
            heartbeats.beat(session, kind, scene.clock.now(), scene.clock.now())
            scene.clock.move(timedelta(seconds=1))
    page = browser.get("/staff").text
    assert "has not been heard of" not in page
    scene.later(2)
    assert "The assistant is not answering" in browser.get("/staff").text


def test_a_reply_that_did_not_arrive_hides_no_words_of_the_patient(scene: Any) -> None:
    conversation = scene.texter("+12125550188")
    scene.says(
        conversation,
        "the patient's words",
        "crisis",
        channel=Channel.SMS,
        reply=Reply("our safety text", kind=SAFETY_REPLY),
    )
    with scene.record() as session:
        reply = session.query(Message).filter_by(kind=SAFETY_REPLY).one()
        alerts.raise_alert(session, reply, Level.CRISIS, ["It did not arrive."], scene.clock.now())
    page = scene.logged_in().get("/staff").text
    assert (
        "the patient&#39;s words" in page and "our safety text" not in page and "It did not arrive." in page
    )


def test_what_cannot_work_as_it_is_set_up_stands_above_the_queue(scene: Any) -> None:
    warning = "web.public_url is http://localhost:8080, which the carrier cannot reach."
    assert warning not in scene.logged_in().get("/staff").text
    scene.app = Starlette(
        routes=staff_routes(
            scene.engine, scene.clinic, scene.clock, Library.load(), Phrases.load(), scene.feed, [warning]
        )
    )
    assert warning in scene.logged_in().get("/staff").text
