"""What a browser sends is stored once and answered, or refused in plain words; in crisis the text always comes."""

from __future__ import annotations

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care import check_ins
from bot.care.database import transaction
from bot.care.models import Alert, CheckIn, Message
from bot.clinic.instruments import load_instrument
from bot.clinic.settings import load_clinic
from tests.channels.web_chat.support import (
    JSON,
    TUESDAY_NOON,
    Browser,
    answer,
    conversation_of,
)

CRISIS = "i want to kill myself"
WORDS = "my grandmother's silver teapot"


def rows(engine: Engine, browser: Browser, model: Any) -> list[Any]:
    with transaction(engine) as session:
        found = session.query(model).filter_by(conversation_id=conversation_of(engine, browser))
        return list(found.order_by(model.id))


def jobs(engine: Engine, browser: Browser) -> int:
    with transaction(engine) as session:
        return int(
            session.execute(
                text("select count(*) from procrastinate_jobs where lock = :lock"),
                {"lock": f"conversation:{conversation_of(engine, browser)}"},
            ).scalar_one()
        )


def test_a_message_is_acknowledged_stored_and_queued(browser: Browser, engine: Engine) -> None:
    sent = browser.send("can i drive tonight?", "my-id", choice=None)
    assert sent.status_code == 202
    body = sent.json()
    assert body["reply"] is None
    assert body["message"] | {"at": ""} == {
        "seq": 2,
        "id": "my-id",
        "from": "patient",
        "name": None,
        "text": "can i drive tonight?",
        "at": "",
        "level": "none",
        "kind": "message",
        "image": None,
        "buttons": [],
        "reply_to": None,
        "channel": "web",
        "delivered": True,
    }
    assert body["message"]["at"] == "2026-03-03T17:00:00+00:00"
    assert jobs(engine, browser) == 1


@pytest.mark.parametrize("said", ["can i drive tonight?", CRISIS, "i have chest pain", "still vomiting"])
def test_sending_again_gets_the_same_answer_and_no_second_job(
    browser: Browser, engine: Engine, said: str
) -> None:
    message_id = str(uuid.uuid4())
    first = browser.send(said, message_id)
    stored, queued = len(rows(engine, browser, Message)), jobs(engine, browser)
    for _ in range(3):
        again = browser.send(said, message_id)
        assert (again.status_code, again.json()) == (202, first.json())
    assert (len(rows(engine, browser, Message)), jobs(engine, browser)) == (stored, queued)
    assert len(rows(engine, browser, Alert)) == (0 if "drive" in said else 1)


def test_the_same_message_from_many_tabs_at_once_is_one(browser: Browser, engine: Engine) -> None:
    message_id, ready = str(uuid.uuid4()), threading.Barrier(6)

    def send(_: int) -> Any:
        ready.wait()
        return browser.send(CRISIS, message_id).json()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))
    assert all(one == answers[0] for one in answers)
    assert [message.sender for message in rows(engine, browser, Message)] == [
        "assistant",
        "patient",
        *["assistant"] * 3,
    ]


def test_a_crisis_is_answered_in_the_answer_to_the_request(browser: Browser, engine: Engine) -> None:
    with transaction(engine) as session:
        check_ins.start(session, conversation_of(engine, browser), load_instrument("daily"), TUESDAY_NOON)
    sent = browser.send(CRISIS)
    message, reply = sent.json()["message"], sent.json()["reply"]
    assert "988" in reply["text"] and "Somebody is on shift" in reply["text"]
    assert (reply["level"], reply["kind"], reply["from"]) == ("crisis", "safety", "assistant")
    assert (reply["seq"], reply["reply_to"]) == (message["seq"] + 1, message["seq"])
    # Nobody reads on their own screen how they were judged.
    assert message["level"] == "none"
    (alert,) = rows(engine, browser, Alert)
    assert (alert.level, alert.state, alert.reasons) == ("crisis", "open", ["Thoughts of suicide"])
    assert jobs(engine, browser) == 0
    (check_in,) = rows(engine, browser, CheckIn)
    assert (check_in.state, check_in.paused_at) == ("open", TUESDAY_NOON)
    assert browser.open()["crisis"] is True


def test_an_emergency_leads_with_the_ambulance(browser: Browser) -> None:
    reply = browser.send("i have chest pain").json()["reply"]
    assert "911" in reply["text"] and reply["level"] == "emergency"
    assert browser.open()["crisis"] is False


@pytest.mark.parametrize(("said", "level"), [("still vomiting", "urgent"), ("unreadable", "unassessed")])
def test_staff_are_told_of_what_gets_no_reply_at_once(
    browser: Browser, engine: Engine, said: str, level: str
) -> None:
    assert browser.send(said).json()["reply"] is None
    assert [alert.level for alert in rows(engine, browser, Alert)] == [level]
    assert jobs(engine, browser) == 1


def test_a_bare_yes_is_read_with_the_question_before_it(browser: Browser, engine: Engine) -> None:
    assert browser.send("yes").json()["reply"] is None
    answer(engine, browser, question="Are you thinking of ending your life?")
    assert "988" in browser.send("yes").json()["reply"]["text"]


def test_a_tapped_button_is_read_for_what_it_stands_for(browser: Browser, engine: Engine) -> None:
    answer(engine, browser, question="Are you thinking of ending your life?")
    sent = browser.send("Sí", choice="yes").json()
    assert sent["reply"]["level"] == "crisis"
    theirs = [message for message in rows(engine, browser, Message) if message.sender == "patient"]
    assert theirs[-1].choice == "yes"


TAKEN_IN = {
    "only emoji": ("😢😢🩹", "😢😢🩹"),
    "NUL bytes": ("mood\x00 is 3\x00", "mood is 3"),
    "a lone surrogate": ("\ud83d hello \udc00", " hello "),
    "another writing": ("здравствуйте 你好 مرحبا", "здравствуйте 你好 مرحبا"),
    "what looks like a command": ("/restart", "/restart"),
    "what looks like SQL": ("'; drop table message; --", "'; drop table message; --"),
    "lines": ("first\nsecond\r\n", "first\nsecond\r\n"),
    "as long as allowed": ("a" * 5_000, "a" * 5_000),
}


@pytest.mark.parametrize("kind", TAKEN_IN)
def test_odd_texts_are_taken_in(browser: Browser, kind: str) -> None:
    typed, stored = TAKEN_IN[kind]
    sent = browser.send(typed)
    assert sent.status_code == 202, sent.text
    assert sent.json()["message"]["text"] == stored == browser.messages()["messages"][-1]["text"]


REFUSED_BODIES = {
    "no text": ({"id": "a"}, 400, "no text"),
    "empty text": ({"id": "a", "text": ""}, 400, "empty"),
    "blank text": ({"id": "a", "text": " \n\t\u2003 "}, 400, "empty"),
    "nothing but NUL": ({"id": "a", "text": "\x00\x00"}, 400, "empty"),
    "nothing but a lone surrogate": ({"id": "a", "text": "\ud800"}, 400, "empty"),
    "a text that is a number": ({"id": "a", "text": 7}, 400, "no text"),
    "no id": ({"text": "hello"}, 400, "no id"),
    "an empty id": ({"id": "", "text": "hello"}, 400, "no id"),
    "an id of NUL": ({"id": "\x00", "text": "hello"}, 400, "no id"),
    "an id that is too long": ({"id": "a" * 65, "text": "hello"}, 400, "no id"),
    "an id with spaces": ({"id": "a b", "text": "hello"}, 400, "no id"),
    "a choice that is too long": ({"id": "a", "text": "hello", "choice": "c" * 201}, 400, "choice"),
    "a choice that is a list": ({"id": "a", "text": "hello", "choice": ["c"]}, 400, "choice"),
    "a text that is too long": ({"id": "a", "text": "a" * 5_001}, 413, "longer than 5000 characters"),
    "100,000 characters": ({"id": "a", "text": "harmless " * 11_112}, 413, "longer than 5000 characters"),
}


@pytest.mark.parametrize("kind", REFUSED_BODIES)
def test_what_cannot_be_a_message_is_refused_in_plain_words(
    browser: Browser, engine: Engine, kind: str
) -> None:
    body, status, words = REFUSED_BODIES[kind]
    refused = browser.client.post("/chat/messages", content=json.dumps(body), headers=JSON)
    assert refused.status_code == status
    error = refused.json()["error"]
    assert (
        words in error["message"] and error["code"].startswith("AC") and error["phone"] == load_clinic().phone
    )
    assert "reply" not in refused.json()
    assert len(rows(engine, browser, Message)) == 1


REFUSED_REQUESTS = {
    "broken JSON": (b'{"id": "a", "text": "hel', JSON, 400),
    "not UTF-8": (b'{"id": "a", "text": "\xff\xfe\xfa"}', JSON, 400),
    "a list": (b"[]", JSON, 400),
    "null": (b"null", JSON, 400),
    "nothing": (b"", JSON, 400),
    "very deep": (b"[" * 200_000, JSON, 400),
    "a form": (b"id=a&text=hello", {"content-type": "application/x-www-form-urlencoded"}, 415),
    "plain text, as other sites may send it": (
        b'{"id": "a", "text": "x"}',
        {"content-type": "text/plain"},
        415,
    ),
    "no content type": (b'{"id": "a", "text": "x"}', {}, 415),
    "more than a megabyte": (b'{"id": "a", "text": "' + b"x" * 1_000_001 + b'"}', JSON, 413),
}


@pytest.mark.parametrize("kind", REFUSED_REQUESTS)
def test_broken_requests_are_refused_in_plain_words(browser: Browser, engine: Engine, kind: str) -> None:
    content, headers, status = REFUSED_REQUESTS[kind]
    refused = browser.client.post("/chat/messages", content=content, headers=headers)
    assert refused.status_code == status
    assert set(refused.json()) == {"error"} and refused.json()["error"]["message"].endswith(".")
    assert len(rows(engine, browser, Message)) == 1


def test_a_content_type_may_name_its_characters(browser: Browser) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    sent = browser.client.post("/chat/messages", content=b'{"id": "a", "text": "x"}', headers=headers)
    assert sent.status_code == 202


@pytest.mark.parametrize("place", [0, 50_000, 99_000])
def test_a_crisis_in_an_overlong_text_is_stored_whole_alerted_and_answered(
    browser: Browser, engine: Engine, place: int
) -> None:
    long = ("blah " * 20_000)[:100_000]
    long = f"{long[:place]} {CRISIS} {long[place:]}"
    sent = browser.send(long)
    assert sent.status_code == 202 and "988" in sent.json()["reply"]["text"]
    stored = rows(engine, browser, Message)[1]
    (alert,) = rows(engine, browser, Alert)
    assert alert.message_id == stored.id and stored.text == long
    ((start, end),) = stored.verdict["evidence"]
    assert stored.text[start:end] == "kill myself"


def test_an_overlong_text_on_which_the_screen_failed_is_put_before_staff(
    browser: Browser, engine: Engine
) -> None:
    assert browser.send("unreadable " * 2_000).status_code == 202
    assert [alert.level for alert in rows(engine, browser, Alert)] == ["unassessed"]


def test_history_comes_page_by_page(browser: Browser) -> None:
    for number in range(2, 8):
        browser.send(f"message {number}")

    def page(**query: Any) -> tuple[list[int], bool]:
        found = browser.messages(**query)
        return [message["seq"] for message in found["messages"]], found["more"]

    assert page() == ([1, 2, 3, 4, 5, 6, 7], False)
    assert page(limit=3) == ([5, 6, 7], True)
    assert page(limit=3, before=5) == ([2, 3, 4], True)
    assert page(limit=3, before=2) == ([1], False)
    assert page(limit=7) == ([1, 2, 3, 4, 5, 6, 7], False)
    assert page(before=1) == ([], False)
    assert page(limit=999_999) == ([1, 2, 3, 4, 5, 6, 7], False)


@pytest.mark.parametrize(
    "query", [{"before": "x"}, {"before": "-1"}, {"limit": "1.5"}, {"before": "9" * 30}, {"limit": "٣"}]
)
def test_a_page_that_is_no_number_is_refused(browser: Browser, query: dict[str, str]) -> None:
    refused = browser.client.get("/chat/messages", params=query)
    assert refused.status_code == 400 and "is not a number" in refused.json()["error"]["message"]


def test_with_a_member_of_staff_nothing_is_queued(browser: Browser, engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(
            text(
                "insert into staff_member (name, email, role, password_hash) values ('Nora', :email, 'nurse', '-')"
            ),
            {"email": f"{uuid.uuid4()}@clinic.example"},
        )
        session.execute(
            text("update conversation set owner_id = (select max(id) from staff_member) where id = :id"),
            {"id": conversation_of(engine, browser)},
        )
    assert browser.send("are you there?").status_code == 202
    assert jobs(engine, browser) == 0
    assert rows(engine, browser, Message)[-1].state == "held"


def test_nobody_can_send_a_message_under_an_identifier_of_ours(browser: Browser, engine: Engine) -> None:
    """It would be taken for ours, and keep this message and all later ones out of the record."""
    browser.send("hello")
    answer(engine, browser)
    ours = [one["id"] for one in browser.messages()["messages"] if one["from"] != "patient"]
    assert ours
    for identifier in ours:
        assert browser.send(WORDS, identifier).status_code == 400
        assert browser.send(WORDS, identifier.replace(" ", "")).status_code == 202
    assert browser.send(CRISIS).json()["reply"]["text"]
    assert len([one for one in rows(engine, browser, Message) if one.sender == "patient"]) == 2 + len(ours)
