"""The database is taken away and comes back, processes are killed between: nothing is lost, doubled or out of order."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care.database import engine_for, transaction
from bot.care.models import Alert
from bot.channels.spool import Spool
from bot.clinic.clock import FixedClock
from bot.clinic.paths import ROOT
from bot.embedded import EmbeddedPostgres
from bot.safety.verdict import Verdict
from tests.channels.outage.seen import CRISIS, carrier_at, of, taken_in
from tests.channels.sms.support import fresh_number, new_sid, said
from tests.channels.web_chat.support import TUESDAY_NOON, Browser, FakeScreen


@contextmanager
def away(postgres: EmbeddedPostgres) -> Iterator[None]:
    postgres.stop()
    yield
    postgres.start()


def figures(base: str) -> dict[str, float]:
    lines = httpx.get(f"{base}/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if line[0] != "#")}


def jobs(engine: Engine, conversation_id: int) -> int:
    statement = text("select count(*) from procrastinate_jobs where lock = :lock and task_name = 'answer'")
    with transaction(engine) as session:
        return int(session.execute(statement, {"lock": f"conversation:{conversation_id}"}).scalar_one())


def test_what_is_written_on_the_web_in_an_outage_is_stored_once_and_in_order(
    postgres: EmbeddedPostgres,
    engine: Engine,
    serve: Callable[..., str],
    browse: Callable[[str], Browser],
    clock: FixedClock,
    spool: Spool,
) -> None:
    base = serve()
    browser = browse(base)
    ids = [str(uuid.uuid4()) for _ in range(5)]
    browser.send("before", ids[0])
    written = ["can i drive?", "still vomiting", CRISIS, "and after?"]
    with away(postgres):
        for number, words in enumerate(written, 1):
            clock.move(timedelta(minutes=1))
            first = browser.send(words, ids[number])
            again = browser.send(words, ids[number])
            assert (first.status_code, again.status_code) == (202, 202)
            assert first.json() == again.json() and first.json()["kept"] is True
        ready = httpx.get(f"{base}/readyz")
        assert ready.status_code == 503 and ready.json()["checks"]["spool_empty"] is False
        measured = figures(base)
        assert (measured["aftercare_spool_records"], measured["aftercare_database_up"]) == (4, 0)
        clock.move(timedelta(minutes=40))
    taken_in(spool)
    messages = of(engine, ids[1])
    patients = [one for one in messages if one.sender == "patient"]
    assert [one.external_id for one in patients] == ids
    assert [one.at for one in patients[1:]] == [TUESDAY_NOON + timedelta(minutes=one) for one in range(1, 5)]
    # What they were told is there: that of the fault once, and the safety text as the answer it was.
    told = {one.kind: one for one in messages if one.reply_to_id is not None}
    assert told["kept"].reply_to_id == patients[1].id and told["kept"].at == patients[1].at
    assert (
        told["safety"].reply_to_id == patients[3].id and "I cannot reach our care team" in told["safety"].text
    )
    assert [one.state for one in patients[1:]] == ["received", "received", "answered", "received"]
    assert jobs(engine, patients[0].conversation_id) == 4
    with transaction(engine) as session:
        (alert,) = session.query(Alert).filter_by(conversation_id=patients[0].conversation_id)
        assert (alert.level, alert.opened_at) == ("crisis", clock.now())
        assert "A fault kept this message from you for 41 minutes." in alert.reasons
    # A browser that did not hear of it sends again: nothing changes.
    for number, words in enumerate(written, 1):
        assert browser.send(words, ids[number]).json()["message"]["id"] == ids[number]
    assert len(of(engine, ids[1])) == len(messages)
    assert list(spool.folder.iterdir()) == []
    assert httpx.get(f"{base}/readyz").json()["checks"]["spool_empty"] is True


def test_texts_of_an_outage_are_stored_once_and_in_order(
    postgres: EmbeddedPostgres, engine: Engine, serve: Callable[..., str], clock: FixedClock, spool: Spool
) -> None:
    carrier = carrier_at(serve())
    number, sids = fresh_number(), [new_sid() for _ in range(4)]
    carrier.text(number, "before", sids[0])
    with away(postgres):
        answers = []
        for sid, words in zip(sids[1:], ("can i drive?", CRISIS, "STOP")):
            clock.move(timedelta(minutes=1))
            answers.append(said(carrier.text(number, words, sid)))
            assert said(carrier.text(number, words, sid)) == answers[-1]
        assert "saved your message" in answers[0][0]
        assert "988" in answers[1][0] and "cannot reach our staff" in answers[1][0]
        assert "will not text you again" in answers[2][0]
    taken_in(spool)
    messages = of(engine, sids[1])
    assert [one.external_id for one in messages if one.sender == "patient"] == sids
    replies = {one.kind: one for one in messages if one.sender != "patient" and one.reply_to_id}
    assert [(replies[kind].text, replies[kind].state) for kind in ("kept", "safety", "carrier_word")] == [
        (answer[0], "sent") for answer in answers
    ]
    assert carrier.text(number, "can i drive?", sids[1]).status_code == 200
    assert len(of(engine, sids[1])) == len(messages)
    with transaction(engine) as session:
        opted_out = session.execute(
            text("select opted_out_at from phone_number where number = :number"), {"number": number}
        ).scalar_one()
        assert opted_out is not None


def test_a_database_that_goes_between_two_steps_costs_nothing(
    postgres: EmbeddedPostgres,
    engine: Engine,
    serve: Callable[..., str],
    browse: Callable[[str], Browser],
    spool: Spool,
) -> None:
    class Pulling(FakeScreen):
        pulls = 0

        def assess_with(self, recent: Any, words: str, context: str | None = None) -> Verdict:
            if self.pulls:
                self.pulls -= 1
                postgres.stop()
            return super().assess_with(recent, words, context)

    screen = Pulling()
    base = serve(screen=screen)
    browser, number = browse(base), fresh_number()
    message_id, sid = str(uuid.uuid4()), new_sid()
    screen.pulls = 1
    assert browser.send(CRISIS, message_id).json()["kept"] is True
    postgres.start()
    taken_in(spool)
    screen.pulls = 1
    assert "988" in said(carrier_at(base).text(number, CRISIS, sid))[0]
    postgres.start()
    taken_in(spool)
    for external_id in (message_id, sid):
        assert [one.external_id for one in of(engine, external_id) if one.sender == "patient"] == [
            external_id
        ]


def test_a_server_that_takes_connections_and_says_nothing_keeps_no_carrier_waiting(
    serve: Callable[..., str], spool: Spool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        carrier = carrier_at(serve(engine=engine_for(url)))
        carrier.client = httpx.Client(timeout=15)  # the patience of the carrier
        with carrier.client:
            assert "988" in said(carrier.text(fresh_number(), CRISIS))[0]
            assert "saved your message" in said(carrier.text(fresh_number(), "can i drive?"))[0]
    assert spool.waiting() == 2


@contextmanager
def child(url: str, folder: Path, *die_at: str) -> Iterator[subprocess.Popen[str]]:
    """A web process of its own."""
    script = [sys.executable, str(ROOT / "tests" / "channels" / "web_child.py"), url, str(folder), *die_at]
    process = subprocess.Popen(script, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def port_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return f"http://127.0.0.1:{int(process.stdout.readline())}"


def test_killed_between_any_two_steps_it_neither_loses_nor_doubles(
    postgres: EmbeddedPostgres, engine: Engine, browse: Callable[[str], Browser], spool: Spool
) -> None:
    ids = [str(uuid.uuid4()) for _ in range(3)]
    with child(postgres.url(), spool.folder) as process:
        browser = browse(port_of(process))
        postgres.stop()
        for message_id, words in zip(ids, ("one", CRISIS, "three")):
            assert browser.send(words, message_id).json()["kept"] is True
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert spool.waiting() == 3
    postgres.start()
    for step in ("before:1", "after:1", "before:3", "after:3"):
        with child(postgres.url(), spool.folder, step) as process:
            assert process.wait(60) == -signal.SIGKILL
        assert spool.waiting() == 3  # the file goes when all of it is stored, and not before
    with child(postgres.url(), spool.folder):
        taken_in(spool)
    messages = of(engine, ids[0])
    assert [one.external_id for one in messages if one.sender == "patient"] == ids
    assert [one.kind for one in messages if one.reply_to_id is not None] == ["kept", "safety"]
    with transaction(engine) as session:
        assert session.query(Alert).filter_by(conversation_id=messages[0].conversation_id).count() == 1
