"""A dead letter stays until staff have dealt with it, or its hold is lifted."""

from __future__ import annotations

from datetime import timedelta

from bot.care import alerts, holds
from bot.care.database import transaction
from bot.care.models import (
    Alert,
    AlertState,
)
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept, frame
from bot.channels.take_in import dead_letter_key
from bot.clinic.clock import FixedClock
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work.retention import Retention
from tests.work.retention_scene import BEGIN, patient


def letter(number: int) -> Kept:
    verdict = Verdict(Level.NONE, 0.1)
    return Kept("sms", "+16465550100", f"SM{number}", BEGIN, {"text": "words"}, verdict, None)


def test_a_dead_letter_stays_until_staff_have_dealt_with_it(work: Retention, clock: FixedClock) -> None:
    spool = Spool(work.letters.path.parent)
    for number in (1, 2):
        spool.bury(frame(letter(number)))
    spool.bury(b"half a li")
    with transaction(work.engine) as session:
        one = patient(session)
        key = dead_letter_key(letter(1))
        alert = alerts.raise_signal(session, int(one.conversation.id), Level.URGENT, ["x"], BEGIN, key=key)
    clock.move(timedelta(days=1_000))
    work.run()
    assert spool.dead_letters() == 3
    with transaction(work.engine) as session:
        alert = session.get(Alert, alert.id)
        alert.state, alert.resolved_at = AlertState.RESOLVED.value, clock.now()
    clock.move(timedelta(days=89))
    assert "dead_letters" not in work.run()
    clock.move(timedelta(days=2))
    assert work.run()["dead_letters"] == 1
    assert [one.kept and one.kept.external_id for one in work.letters.all()] == ["SM2", None]


def test_a_dead_letter_of_whom_a_hold_covers_stays(work: Retention, clock: FixedClock) -> None:
    Spool(work.letters.path.parent).bury(frame(letter(3)))
    with transaction(work.engine) as session:
        one = patient(session)
        key = dead_letter_key(letter(3))
        alert = alerts.raise_signal(session, int(one.conversation.id), Level.URGENT, ["x"], BEGIN, key=key)
        alert.state, alert.resolved_at = AlertState.RESOLVED.value, BEGIN
        holds.place(session, int(one.id), "letter of 3 March", "root", BEGIN)
    clock.move(timedelta(days=1_000))
    assert "dead_letters" not in work.run() and len(work.letters.all()) == 1
    with transaction(work.engine) as session:
        holds.lift(session, int(one.id), "root", clock.now())
    assert work.run()["dead_letters"] == 1
