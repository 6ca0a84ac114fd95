"""A care worker that is killed between any two statements neither loses a check-in nor sends one twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import datetime

from sqlalchemy import event

from bot.care.database import engine_for
from bot.care.models import Channel
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.work.check_ins import Rounds
from tests.work.check_in_scene import Scene

FORK = multiprocessing.get_context("fork")
MORE_THAN_ENOUGH = 200


def round_killed_at(url: str, now: datetime, statement: int) -> None:
    """One round in a process of its own, which is killed before it sends its nth statement to the database."""
    engine = engine_for(url)
    sent = 0

    def count(*_: object) -> None:
        nonlocal sent
        sent += 1
        if sent == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    Rounds(engine, load_clinic(), Phrases.load(), FixedClock(now)).run()
    os._exit(0)


def killed_everywhere(scene: Scene, url: str) -> int:
    """The same round again and again, killed one statement later each time; how often it was killed."""
    for statement in range(1, MORE_THAN_ENOUGH):
        process = FORK.Process(target=round_killed_at, args=(url, scene.clock.now(), statement))
        process.start()
        process.join(60)
        if process.exitcode == 0:
            return statement - 1
        assert process.exitcode == -signal.SIGKILL
    raise AssertionError("the round never came to its end")


def test_killed_between_any_two_statements(scene: Scene, database_url: str) -> None:
    patient = scene.patient(Channel.SMS)
    scene.infusion(patient, "2026-03-16 10:00")
    for when in ("2026-03-16 18:00", "2026-03-16 20:00", "2026-03-17 09:00"):
        scene.jump(when)
        assert killed_everywhere(scene, database_url) > 10
    assert [kind for kind, _ in scene.sent(patient)] == [
        "check_in_first",
        "check_in",
        "check_in_reminder",
        "check_in",
    ]
    assert scene.deliveries() == 4
    assert scene.states(patient)[:2] == [
        ("evening", "expired", "unanswered"),
        ("next_morning", "sent", None),
    ]
