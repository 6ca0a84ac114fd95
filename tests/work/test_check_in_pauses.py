"""What the care worker makes of check-ins that rest, of an end to all of them, and of patients who are due together."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.care import check_in_consent, check_in_pauses, check_in_plan, check_in_requests
from bot.care import check_ins as answering
from bot.care.alerts import unresolved_alert
from bot.care.check_in_consent import How
from bot.care.database import transaction
from bot.care.models import Channel, CheckIn, CheckInPause, Message
from bot.care.signals import assess_missed
from bot.safety.levels import Level
from tests.work.check_in_scene import ASKED, FIRST, Scene, resolve, spread_over


def worried(scene: Scene, patient: int) -> None:
    """The patient writes of something worrying, and the check-in rests."""
    scene.writes(patient, "i can't go on", Level.CRISIS)
    conversation = scene.conversation(patient)
    scene.change(lambda s: check_in_pauses.pause_for_worry(s, conversation, scene.clock.now()))


def rests(scene: Scene, patient: int) -> tuple[str, str | None]:
    evening = scene.check_ins(patient)[0]
    return str(evening.state), evening.paused_because


def test_one_that_was_sent_rests_is_not_reminded_of_and_ends_with_its_reason(
    scene: Scene, maria: int
) -> None:
    scene.until("2026-03-16 18:30")
    worried(scene, maria)
    assert rests(scene, maria) == ("sent", "worry")
    resolve(scene)
    scene.until("2026-03-17 08:45")
    assert [kind for kind, _ in scene.sent(maria)] == [FIRST, ASKED]
    scene.until("2026-03-17 09:00")
    assert scene.states(maria)[:2] == [
        ("evening", "expired", "worry_instead"),
        ("next_morning", "sent", None),
    ]


def test_who_wrote_of_something_worrying_was_not_silent(scene: Scene, maria: int) -> None:
    """After a low answer two that nobody answered are a signal; one of the two was answered with a cry for help."""
    scene.until("2026-03-16 18:30")
    scene.answers(maria, 3, 1, 2, 1, 0)
    scene.until("2026-03-17 09:30")
    worried(scene, maria)
    resolve(scene)
    scene.until("2026-03-23 09:00")
    assert [one[1:] for one in scene.states(maria)[1:3]] == [
        ("expired", "worry_instead"),
        ("expired", "unanswered"),
    ]
    conversation = scene.conversation(maria)
    scene.change(lambda s: assess_missed(s, conversation, scene.clock.now()))
    assert scene.change(lambda s: unresolved_alert(s, conversation)) is None


def test_answers_are_kept_and_it_is_partial_by_its_end(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 18:30")
    scene.answers(maria, 3)
    worried(scene, maria)
    scene.until("2026-03-17 08:45")
    assert rests(scene, maria) == ("open", "worry")
    scene.until("2026-03-17 09:30")
    assert rests(scene, maria) == ("partial", "worry")
    assert scene.check_ins(maria)[1].held_because == "alert"
    resolve(scene)
    scene.until("2026-03-17 10:00")
    assert scene.states(maria)[:2] == [("evening", "partial", None), ("next_morning", "sent", None)]
    with transaction(scene.engine) as session:
        (answer,) = session.get(CheckIn, scene.check_ins(maria)[0].id).answers
        assert (answer.item, answer.value) == ("mood", 3.0)


def test_nothing_is_asked_within_an_hour_of_a_pause(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 18:30")
    scene.answers(maria, 5)
    scene.jump("2026-03-17 08:50")
    first = int(scene.check_ins(maria)[0].id)
    scene.change(
        lambda s: check_in_pauses.pause(s.get(CheckIn, first), CheckInPause.NOT_NOW, scene.clock.now())
    )
    scene.until("2026-03-17 09:30")
    assert scene.check_ins(maria)[1].held_because == "writing"
    scene.until("2026-03-17 10:00")
    assert scene.check_ins(maria)[1].state == "sent"


def test_what_staff_want_sent_does_not_wait_for_one_that_rests(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 18:30")
    scene.answers(maria, 5)
    worried(scene, maria)
    resolve(scene)
    nurse = scene.nurse()
    scene.change(
        lambda s: check_in_requests.send_one(s, maria, "daily", nurse, scene.clinic, scene.clock.now())
    )
    scene.rounds.run()
    assert [kind for kind, _ in scene.sent(maria)] == [FIRST, ASKED, ASKED]
    assert scene.states(maria)[0] == ("evening", "partial", None)


def test_a_worry_is_not_forgotten_over_a_later_not_now(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 18:30")
    worried(scene, maria)
    first = int(scene.check_ins(maria)[0].id)
    scene.change(
        lambda s: check_in_pauses.pause(s.get(CheckIn, first), CheckInPause.NOT_NOW, scene.clock.now())
    )
    assert rests(scene, maria) == ("sent", "worry")


def test_going_on_ends_the_pause(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 18:30")
    worried(scene, maria)
    scene.answers(maria, 5)
    assert rests(scene, maria) == ("open", None)
    assert scene.check_ins(maria)[0].paused_at is None


def test_a_check_in_that_is_broken_keeps_no_cry_for_help_from_being_stored(scene: Scene, maria: int) -> None:
    """Its questions were taken out of instruments/ meanwhile."""
    scene.until("2026-03-16 18:30")
    first, conversation = int(scene.check_ins(maria)[0].id), scene.conversation(maria)
    scene.change(lambda s: setattr(s.get(CheckIn, first), "instrument", "gone"))

    def cries(session) -> None:
        message = session.execute(
            select(Message).where(Message.conversation_id == conversation).limit(1)
        ).scalar_one()
        message.level = "crisis"
        check_in_pauses.pause_for_worry(session, conversation, scene.clock.now(), message, "mood 0-10")

    scene.change(cries)
    assert scene.change(lambda s: s.query(Message).filter_by(level="crisis").count()) == 1


def test_wanting_no_more_ends_what_was_begun(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 18:30")
    scene.answers(maria, 5)
    conversation = scene.conversation(maria)
    scene.change(lambda s: check_in_plan.stop(s, conversation, scene.clock.now()))
    assert {one[1:] for one in scene.states(maria)} == {
        ("partial", "no_consent"),
        ("cancelled", "no_consent"),
    }
    with transaction(scene.engine) as session:
        assert answering.current(session, conversation, scene.clock.now()) is None


def test_patients_who_are_due_at_six_are_spread_over_half_an_hour(engine: Engine) -> None:
    scene = Scene(engine, clinic=spread_over(30))
    patients = [scene.patient(Channel.SMS) for _ in range(12)]
    for patient in patients:
        scene.infusion(patient, "2026-03-16 10:00")
    scene.until("2026-03-16 17:59")
    scene.until("2026-03-16 18:31", every=timedelta(minutes=1))
    asked = [when for patient in patients for kind, when in scene.sent(patient) if kind == ASKED]
    assert len(asked) == 12 and len(set(asked)) > 6
    assert all("16 Mar 18:00" <= when <= "16 Mar 18:30" for when in asked)


def test_each_channel_and_each_new_consent_begins_with_who_how_often_and_how_to_stop(
    scene: Scene, maria: int
) -> None:
    scene.until("2026-03-16 18:30")

    def agree_anew(session) -> None:
        (consent,) = check_in_consent.standing(session, maria)
        now = scene.clock.now()
        check_in_consent.withdraw(session, int(consent.id), How.BY_PHONE, None, now)
        check_in_consent.give(session, maria, Channel.WEB, How.BY_PHONE, None, now + timedelta(seconds=1))

    scene.browser(maria)
    scene.change(agree_anew)
    scene.replan(maria)
    scene.until("2026-03-19 10:30")
    said = [(message.channel, message.kind) for message in scene.ours(maria)]
    assert said[:2] == [("sms", FIRST), ("sms", ASKED)]
    web = [kind for channel, kind in said if channel == "web"]
    assert web[:2] == [FIRST, ASKED] and web.count(FIRST) == 1 and web.count(ASKED) == 2
