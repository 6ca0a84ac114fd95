"""What is on record of a check-in from its plan to its end, and that nothing waits in the queue meanwhile."""

from __future__ import annotations

from sqlalchemy import text

from bot.care import check_ins as answering
from bot.care.database import transaction
from bot.care.models import Channel, CheckIn
from bot.clinic.instruments import Parsed, load_instrument
from tests.work.check_in_scene import Scene, at


def test_who_when_and_what_in_which_version(scene: Scene) -> None:
    maria = scene.patient(Channel.SMS)
    treatment = scene.infusion(maria, "2026-03-16 10:00")
    scene.until("2026-03-16 18:30")
    scene.answers(maria, 6, 1, 2, 1, 0)
    first = scene.check_ins(maria)[0]
    assert (first.conversation_id, first.treatment_id, first.plan_key, first.channel) == (
        scene.conversation(maria),
        treatment,
        "evening",
        "sms",
    )
    assert (first.due_at, first.sent_at) == (at("2026-03-16 18:00"), at("2026-03-16 18:00"))
    assert (first.started_at, first.ended_at) == (at("2026-03-16 18:30"), at("2026-03-16 18:30"))
    daily = load_instrument("daily")
    assert (first.instrument, first.instrument_version, first.state) == ("daily", daily.version, "finished")
    with transaction(scene.engine) as session:
        answers = session.get(CheckIn, first.id).answers
        assert [(one.item, one.raw, one.value) for one in answers] == [
            ("mood", "6", 6.0),
            ("side_effects", "1", 1.0),
            ("sleep", "2", 2.0),
            ("safety", "1", 1.0),
            ("word", "0", 0.0),
        ]


def test_a_correction_is_a_further_row_and_the_first_stays_as_it_was(scene: Scene) -> None:
    maria = scene.patient(Channel.SMS)
    scene.infusion(maria, "2026-03-16 10:00")
    scene.until("2026-03-16 18:30")
    begun = scene.answers(maria, 6)
    mood = load_instrument("daily").items[0]
    with transaction(scene.engine) as session:
        check_in = session.get(CheckIn, begun.id)
        now = scene.clock.now()
        answering.log_answer(session, check_in, mood, "sorry i meant 3", Parsed(3.0), None, now)
        assert [(one.raw, one.value) for one in check_in.answers] == [("6", 6.0), ("sorry i meant 3", 3.0)]
        assert answering.values(check_in) == {"mood": 3.0}


def test_no_job_waits_for_a_check_in_that_is_to_come(scene: Scene) -> None:
    """A job for later could hold up the patient's messages, or be lost; the rows alone say what is to come."""
    maria = scene.patient(Channel.SMS)
    scene.infusion(maria, "2026-03-16 10:00")
    scene.until("2026-03-16 12:00")
    assert len(scene.planned(maria)) == 7
    with transaction(scene.engine) as session:
        statement = "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"
        assert session.execute(text(statement)).scalar_one() == 0
