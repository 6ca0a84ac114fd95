"""What is wrong with the assistant itself is red in the queue, on open pages as well, in plain words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.care import heartbeats
from bot.care.database import engine_for
from bot.care.models import Heartbeat
from bot.care.queue import Queue
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept
from bot.clinic.secret import fingerprint
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.staff.app import staff_app
from bot.staff.board import Board
from bot.staff.events import summary
from bot.staff.faults import Faults, OnDisk, look


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def red(page: str) -> list[str]:
    return [words(one).strip() for one in re.findall(r'(?s)<p class="banner bad">(.*?)</p>', page)]


@pytest.fixture
def spool(tmp_path: Any) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def nurse(scene: Any, spool: Spool) -> TestClient:
    """A nurse at a console that knows this machine's spool."""
    scene.app = staff_app(
        scene.engine,
        scene.clinic,
        scene.clock,
        Library.load(),
        Phrases.load(),
        scene.feed,
        OnDisk(spool.waiting, spool.dead_letters),
    )
    browser: TestClient = scene.logged_in()
    return browser


def keep(spool: Spool, scene: Any) -> Kept:
    return spool.keep(
        Kept(
            "web", "17", "kept-1", scene.clock.now(), {"text": "purple elephants"}, Verdict(Level.NONE), None
        )
    )


def test_messages_that_are_still_on_disk_are_red_until_they_are_taken_in(
    scene: Any, nurse: TestClient, spool: Spool
) -> None:
    assert not any("on disk" in one for one in red(nurse.get("/staff").text))
    kept = keep(spool, scene)
    page = nurse.get("/staff").text
    assert any("1 message of patients is kept on disk and not in this queue yet." in one for one in red(page))
    assert "purple" not in page
    spool.done(kept)
    assert not any("on disk" in one for one in red(nurse.get("/staff/queue").text))


def test_what_lies_on_the_disk_of_another_machine_is_red_here(
    scene: Any, nurse: TestClient, spool: Spool
) -> None:
    keep(spool, scene)
    now = scene.clock.now()
    with scene.record() as session:
        heartbeats.beat(
            session, "web", now, now, kept=1
        )  # this machine's own, which the console has counted itself
        for process, kept, dead in (("web@b:1", 3, 0), ("web@b:2", 3, 0), ("web@c:1", 1, 2)):
            detail = {"kept": kept, "dead_letters": dead}
            beat = Heartbeat(process=process, kind="web", pid=1, started_at=now, at=now, detail=detail)
            session.add(beat)
    said = red(nurse.get("/staff").text)
    assert any(one.startswith("5 messages of patients are kept on disk") for one in said)
    assert any(one.startswith("2 messages of patients can never be stored") for one in said)
    scene.later(2)
    assert not any("3 messages" in one or "never be stored" in one for one in red(nurse.get("/staff").text))


def test_dead_letters_are_red(nurse: TestClient, spool: Spool) -> None:
    spool.bury(b"one line\n")
    spool.bury(b"another line\n")
    (said,) = (one for one in red(nurse.get("/staff").text) if "dead letters" in one)
    assert said.startswith("2 messages of patients can never be stored by themselves: nobody has read them.")


def test_processes_that_run_with_another_clinic_yml_are_red(scene: Any, nurse: TestClient) -> None:
    now = scene.clock.now()
    with scene.record() as session:
        heartbeats.beat(session, "care", now, now, clinic=scene.clinic.version)
        session.add(
            Heartbeat(
                process="answer@x:1", kind="answer", pid=1, started_at=now, at=now, detail={"clinic": "old"}
            )
        )
    (said,) = (one for one in red(nurse.get("/staff").text) if "clinic.yml" in one)
    assert "(what answers patients)" in said
    scene.later(2)
    assert not any("clinic.yml" in one for one in red(nurse.get("/staff").text))


def test_processes_that_sign_with_another_secret_are_red(scene: Any, nurse: TestClient) -> None:
    now = scene.clock.now()
    with scene.record() as session:
        heartbeats.beat(session, "web", now, now, secret=fingerprint())
        detail = {"secret": "another"}
        session.add(Heartbeat(process="care@x:1", kind="care", pid=1, started_at=now, at=now, detail=detail))
    (said,) = (one for one in red(nurse.get("/staff").text) if "another secret" in one)
    assert "AFTERCARE_SECRET" in said and str(fingerprint()) not in said
    scene.later(2)
    assert not any("another secret" in one for one in red(nurse.get("/staff").text))


def test_an_open_page_hears_of_it() -> None:
    quiet = summary(Board(Queue((), ())))
    for faults in (
        Faults(waiting=1),
        Faults(dead_letters=1),
        Faults(disagreeing=("care",)),
        Faults(other_secret=("care",)),
    ):
        assert summary(Board(Queue((), ()), faults=faults))["version"] != quiet["version"]


def test_a_process_that_does_not_say_what_it_runs_with_is_not_accused(scene: Any) -> None:
    now = scene.clock.now()
    with scene.record() as session:
        heartbeats.beat(session, "care", now, now)
        assert look(session, OnDisk(), scene.clinic.version, now) == Faults()


def test_with_the_database_away_the_page_says_what_happens_to_patients(scene: Any, spool: Spool) -> None:
    keep(spool, scene)
    away = engine_for("postgresql://nobody@127.0.0.1:1/nothing")
    disk = OnDisk(spool.waiting, spool.dead_letters)
    app = staff_app(away, scene.clinic, scene.clock, Library.load(), Phrases.load(), scene.feed, disk)
    answer = TestClient(app, headers={"cookie": "aftercare_staff=x"}).get("/staff")
    assert answer.status_code == 503
    assert "kept on disk" in answer.text and "So far 1 message waits." in answer.text
    assert "nobody is paged" in answer.text
