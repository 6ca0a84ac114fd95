"""With the database away or broken a message is kept, the browser is told so, and in crisis the text always comes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from bot.care.database import engine_for, transaction
from bot.care.models import WebSession
from bot.channels.spool import Spool
from bot.channels.web_chat.sessions import open_session
from bot.channels.web_chat.tokens import public_name, token_hash
from bot.clinic.clock import FixedClock
from bot.clinic.instruments import InstrumentError
from bot.clinic.settings import load_clinic
from tests.channels.web_chat.support import JSON, NOWHERE, TUESDAY_NOON, Browser, answer

CRISIS = "i want to kill myself"
WORDS = "my grandmother's silver teapot"


@pytest.fixture
def token(engine: Engine) -> str:
    """A cookie of a session that was opened while the database was there."""
    with transaction(engine) as session:
        return open_session(session, TUESDAY_NOON)[0]


@pytest.fixture
def away(
    serve: Callable[..., str], clock: FixedClock, new_browser: Callable[..., Browser], token: str
) -> Browser:
    """A browser with a cookie, and a web process whose database is away."""
    browser = new_browser(serve(NOWHERE, engine_for(NOWHERE), clock))
    browser.client.cookies.set("aftercare_session", token)
    return browser


def test_without_a_database_a_message_is_kept_and_said_to_be_unread(away: Browser) -> None:
    answers = [away.send("can i drive tonight?", "my-id") for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 202]
    body = answers[0].json()
    assert (body["message"], body["kept"]) == (None, True)
    assert (body["reply"]["seq"], body["reply"]["level"], body["reply"]["kind"]) == (None, "none", "kept")
    assert "nobody at the clinic can read it yet" in body["reply"]["text"]
    assert [one.json() for one in answers] == [body] * 3
    # Who writes on is not told again with every message.
    assert away.send("and when?").json() == {"message": None, "reply": None, "kept": True}


def test_where_no_thread_can_be_started_a_crisis_is_answered_and_everything_is_kept(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("anyio.to_thread.run_sync", refuse)
    crisis, calm = browser.send(CRISIS), browser.send("can i drive tonight?")
    assert (crisis.status_code, calm.status_code) == (202, 202)
    assert crisis.json()["kept"] and calm.json()["kept"]
    assert "988" in crisis.json()["reply"]["text"] and crisis.json()["reply"]["level"] == "crisis"


@pytest.mark.parametrize("spoil", ["of another making", "changed", "too old"])
def test_without_a_database_a_cookie_that_proves_nothing_keeps_the_message_in_the_browser(
    away: Browser, token: str, spoil: str, clock: FixedClock
) -> None:
    if spoil == "too old":
        clock.move(timedelta(days=load_clinic().web.session_days, seconds=1))
    else:
        away.client.cookies.clear()
        away.client.headers["cookie"] = (
            f"aftercare_session={'a' * 43 if spoil == 'of another making' else token + 'x'}"
        )
    refused = away.send("can i drive tonight?")
    assert refused.status_code == 503
    error = refused.json()["error"]
    assert error["code"] == "AC109" and "will be sent again" in error["message"]
    assert error["phone"] == load_clinic().phone
    assert "I cannot reach our care team" in away.send(CRISIS).json()["reply"]["text"]


def test_without_a_database_what_was_typed_to_another_conversation_is_not_kept(
    away: Browser, token: str, engine: Engine
) -> None:
    assert away.send("hello", conversation="0" * 16).status_code == 409
    with transaction(engine) as session:
        ours = session.query(WebSession).filter_by(token_hash=token_hash(token)).one().conversation_id
    assert away.send("hello", conversation=public_name(ours)).status_code == 202


def test_without_a_database_a_long_harmless_text_is_refused_as_always(away: Browser) -> None:
    assert away.send("harmless " * 1_000).status_code == 413


def test_without_database_and_disk_the_browser_keeps_the_message_and_a_crisis_is_answered(
    serve: Callable[..., str],
    clock: FixedClock,
    new_browser: Callable[..., Browser],
    token: str,
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    spool = Spool(tmp_path / "file" / "spool")
    browser = new_browser(serve(NOWHERE, engine_for(NOWHERE), clock, spool=spool))
    browser.client.cookies.set("aftercare_session", token)
    refused = browser.send("can i drive tonight?")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "AC106")
    assert "reply" not in refused.json()
    refused = browser.send(CRISIS)
    assert refused.status_code == 503 and "I cannot reach our care team" in refused.json()["reply"]["text"]
    assert [kept.message["text"] for kept in spool.pending()] == [CRISIS]


@pytest.mark.parametrize(("said", "number"), [(CRISIS, "988"), ("i have chest pain", "911")])
def test_without_a_database_a_crisis_is_answered_and_nobody_is_said_to_be_told(
    away: Browser, said: str, number: str
) -> None:
    kept = away.send(said)
    assert (kept.status_code, kept.json()["kept"]) == (202, True)
    reply = kept.json()["reply"]
    assert number in reply["text"] and "I cannot reach our care team" in reply["text"]
    assert load_clinic().phone in reply["text"]
    assert (reply["from"], reply["seq"]) == ("assistant", None)


def test_without_a_database_every_other_route_says_so_too(away: Browser) -> None:
    for refused in (
        away.client.post("/chat/session", json={}),
        away.client.get("/chat/messages"),
        away.client.get("/chat/events"),
    ):
        assert refused.status_code == 503
        error = refused.json()["error"]
        assert error["code"] == "AC107" and "DATABASE" not in error["message"]
        assert error["phone"] == load_clinic().phone


@pytest.fixture
def breaking(
    serve: Callable[..., str],
    database_url: str,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
) -> Any:
    """A browser in an open chat, and a hand on the database: breaking.with_(error) fails every insert from then on."""
    engine = engine_for(database_url)
    browser = new_browser(serve(database_url, engine, clock))
    browser.open()

    def fail_with(error: Exception) -> None:
        @event.listens_for(engine, "before_cursor_execute")
        def fail(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if "INSERT INTO message" in statement:
                raise error

    return browser, fail_with


@pytest.mark.parametrize("error", [RuntimeError(WORDS), ValueError(WORDS), InstrumentError(WORDS)])
def test_whatever_breaks_a_crisis_is_answered_and_no_words_come_out(
    breaking: Any, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    browser, fail_with = breaking
    fail_with(error)
    with caplog.at_level(logging.DEBUG):
        refused = browser.send(f"{WORDS} {CRISIS}")
    assert refused.status_code == 202 and refused.json()["kept"] is True
    assert "I cannot reach our care team" in refused.json()["reply"]["text"]
    assert WORDS not in refused.text and "Traceback" not in refused.text
    assert type(error).__name__ in caplog.text
    assert WORDS not in caplog.text and "Traceback" not in caplog.text


def test_a_question_asked_before_the_database_went_away_still_counts(breaking: Any, engine: Engine) -> None:
    browser, fail_with = breaking
    answer(engine, browser, question="Are you thinking of ending your life?")
    fail_with(RuntimeError())
    assert "988" in browser.send("yes").json()["reply"]["text"]


def test_a_database_that_does_not_answer_keeps_nobody_waiting(
    serve: Callable[..., str],
    engine: Engine,
    database_url: str,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "spool")
    base = serve(database_url, engine_for(database_url), clock, spool=spool)
    browser = new_browser(base)
    browser.open()
    with engine.connect() as other, other.begin():
        other.execute(text("lock table alert in exclusive mode"))
        # The widget gives up after 20 seconds; the text has to be there before.
        refused = browser.client.post("/chat/messages", json={"id": "slow", "text": CRISIS}, timeout=15)
        assert refused.status_code == 202
        assert "I cannot reach our care team" in refused.json()["reply"]["text"]
    # What was left to end by itself, what was kept and what the browser sends again are one message.
    for _ in range(100):
        if browser.send(CRISIS, "slow").json().get("message") and not spool.anything():
            break
        time.sleep(0.1)
    assert not spool.anything()
    shown = [one for one in browser.messages()["messages"] if one["kind"] != "first_contact"]
    # The browser takes away what it was told when the message was kept: one safety text is left, the one that is true.
    assert [(one["from"], one["kind"]) for one in shown] == [
        ("patient", "message"),
        ("assistant", "safety"),
        ("assistant", "follow_up"),
        ("assistant", "follow_up"),
    ]
    assert "I cannot reach our care team" not in shown[1]["text"]
    assert {one["reply_to"] for one in shown[1:]} == {shown[0]["seq"]}


def test_no_words_of_a_patient_reach_a_log(
    browser: Browser, away: Browser, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the test's own client
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    for one in (browser, away):
        for said in (WORDS, f"{WORDS} {CRISIS}", f"{WORDS} still vomiting", WORDS * 2_000):
            one.send(said)
        one.client.post("/chat/messages", content=f'{{"text": "{WORDS}'.encode(), headers=JSON)
        one.client.post("/chat/messages", json={"id": WORDS, "text": WORDS, "choice": WORDS * 20})
    written = capfd.readouterr()
    for log in (caplog.text, written.out, written.err):
        assert WORDS not in log and "Traceback" not in log
    assert "could not be stored: DatabaseUnavailable" in caplog.text
