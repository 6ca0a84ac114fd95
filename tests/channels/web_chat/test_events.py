"""The stream: every message once, in order, from where a browser left off, whoever writes it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as database_event
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care import alerts
from bot.care.database import engine_for, transaction
from bot.care.listen import LiveFeed
from bot.care.models import Conversation, Disposition, StaffMember
from bot.clinic.clock import FixedClock
from tests.channels.web_chat.support import (
    TUESDAY_NOON,
    Browser,
    answer,
    conversation_of,
    next_state,
    seqs,
)


@pytest.fixture
def nurse(engine: Engine, browser: Browser) -> int:
    with transaction(engine) as session:
        email = f"nurse{conversation_of(engine, browser)}@clinic.example"
        member = StaffMember(name="Nora Whitfield", email=email, role="nurse", password_hash="-")
        session.add(member)
        session.flush()
        return int(member.id)


def test_a_stream_begins_with_all_that_is_there_and_the_state(browser: Browser) -> None:
    browser.send("first")
    with browser.events() as events:
        assert seqs(events, 2) == [1, 2]
        state = next_state(events)
    assert state == {
        "typing": True,
        "owner": "assistant",
        "owner_name": None,
        "on_shift": True,
        "crisis": False,
    }


def test_it_is_not_kept_by_anything_in_between(browser: Browser) -> None:
    with browser.client.stream("GET", "/chat/events") as answered:
        assert "no-store" in answered.headers["cache-control"]
        assert answered.headers["x-accel-buffering"] == "no"


def test_a_message_of_another_process_is_announced(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Without the periodic look, which would find it within seconds.
    monkeypatch.setattr("bot.web.LiveFeed", lambda: LiveFeed(wake_every=600))
    browser = new_browser(serve(database_url, engine_for(database_url), clock))
    browser.open()
    browser.send("can i drive?")
    with browser.events(after=2) as events:
        next_state(events, typing=True)
        answer(engine, browser, "Not before tomorrow.")
        found = next(event for event in events if event.name == "message")
        assert (found.data["seq"], found.data["text"], found.id) == (3, "Not before tomorrow.", "3")
        next_state(events, typing=False)


@pytest.mark.parametrize("by", ["header", "query"])
def test_it_goes_on_behind_the_last_message_that_was_seen(browser: Browser, by: str) -> None:
    for number in range(2, 7):
        browser.send(f"message {number}")
    with browser.events(4) if by == "header" else browser.events(query={"after": 4}) as events:
        assert seqs(events, 2) == [5, 6]


def test_nothing_is_lost_or_repeated_over_broken_lines(browser: Browser, engine: Engine) -> None:
    total, written = 40, threading.Event()

    def write() -> None:
        for number in range(total // 2):
            browser.send(f"message {number}")
            answer(engine, browser, f"answer {number}")
        written.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen: list[int] = []
    while len(seen) < total + 1:
        # The line breaks after every few messages, wherever the writer is by then.
        with browser.events(after=seen[-1] if seen else None) as events:
            seen += seqs(events, min(3, total + 1 - len(seen)))
    writer.join()
    assert written.is_set()
    assert seen == list(range(1, total + 2))


def test_more_than_one_batch_comes_whole(browser: Browser, engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(
            text(
                "insert into message (conversation_id, seq, sender, channel, external_id, text, at, state) "
                "select :id, n, 'assistant', 'web', 'bulk' || n, 'words', now(), 'delivered' "
                "from generate_series(2, 250) n"
            ),
            {"id": conversation_of(engine, browser)},
        )
        session.get(Conversation, conversation_of(engine, browser)).last_seq = 250
    with browser.events() as events:
        assert seqs(events, 250) == list(range(1, 251))


def test_two_tabs_both_get_everything(browser: Browser, engine: Engine) -> None:
    with browser.events() as one, browser.events() as two:
        assert seqs(one, 1) == seqs(two, 1) == [1]
        browser.send("from one tab")
        answer(engine, browser)
        assert seqs(one, 2) == seqs(two, 2) == [2, 3]


def test_a_storm_of_reconnections_is_served_and_leaves_nothing_behind(
    serve: Callable[..., str],
    database_url: str,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
) -> None:
    small = engine_for(database_url, pool_size=2)
    browser = new_browser(serve(database_url, small, clock))
    browser.open()

    def connect(_: int) -> list[int]:
        with browser.events() as events:
            return seqs(events, 1)

    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(connect, range(100))) == [[1]] * 100
    # The pool is whole: nobody took a connection along.
    assert browser.send("still here?").status_code == 202
    assert small.pool.checkedout() == 0


def test_the_state_tells_who_speaks_and_whether_somebody_is_in_crisis(
    browser: Browser, engine: Engine, nurse: int
) -> None:
    with browser.events() as events:
        next_state(events, crisis=False, typing=False)
        browser.send("i want to kill myself")
        # Answered in the request: nobody is typing.
        assert next_state(events, crisis=True)["typing"] is False
        with transaction(engine) as session:
            conversation = session.get(Conversation, conversation_of(engine, browser))
            conversation.owner_id = nurse
            alert = alerts.unresolved_alert(session, int(conversation.id))
            assert alert is not None
            alerts.acknowledge(session, int(alert.id), nurse, TUESDAY_NOON)
            alerts.resolve(session, int(alert.id), nurse, Disposition.REACHED_SAFE, "Spoke.", TUESDAY_NOON)
        next_state(events, crisis=False, owner="staff", typing=False)


def test_who_is_there_changes_with_the_hour(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert LiveFeed().calm_every == 60, "seconds; the hour need not change to the second"
    monkeypatch.setattr("bot.web.LiveFeed", lambda: LiveFeed(calm_every=1))
    browser = new_browser(serve(database_url, engine, clock))
    browser.open()
    with browser.events() as events:
        next_state(events, on_shift=True)
        clock.move(timedelta(hours=12))
        next_state(events, on_shift=False)


@pytest.mark.parametrize(
    "given", ["x", "-1", "1.5", "9" * 20, "1; drop table message", "٣".encode().decode("latin-1")]
)
def test_a_last_event_id_that_is_no_number_is_refused(browser: Browser, given: str) -> None:
    refused = browser.client.get("/chat/events", headers=[(b"last-event-id", given.encode("latin-1"))])
    assert refused.status_code == 400
    assert (
        refused.json()["error"]["code"] == "AC102" and "is not a number" in refused.json()["error"]["message"]
    )


def test_a_position_beyond_the_end_waits_for_what_comes(browser: Browser) -> None:
    with browser.events(after=2) as events:
        next_state(events, typing=False)
        browser.send("second")
        next_state(events, typing=True)
        browser.send("third")
        assert seqs(events, 1) == [3]


def test_a_database_that_is_away_for_a_moment_breaks_no_line(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
) -> None:
    shaky = engine_for(database_url)
    browser = new_browser(serve(database_url, shaky, clock))
    browser.open()
    failures = iter(["cut"])
    with browser.events() as events:
        assert seqs(events, 1) == [1]

        @database_event.listens_for(shaky, "before_cursor_execute")
        def cut(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if "FROM message" in statement and next(failures, None) is not None:
                with transaction(engine) as session:
                    own = connection.connection.dbapi_connection.get_backend_pid()
                    session.execute(text("select pg_terminate_backend(:pid)"), {"pid": own})

        answer(engine, browser, "Here again.")
        assert seqs(events, 1) == [2]
