"""The rows follow infusions and consent: added, moved, merged, cancelled, and never planned twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import Engine

from bot.care import check_in_consent, check_in_plan, check_in_requests, consent, people
from bot.care.check_in_consent import How
from bot.care.models import Channel, CheckInConsent, Conversation, PhoneNumber
from bot.clinic.check_in_settings import CheckIns
from tests.work.check_in_scene import Scene

WHOLE = [
    ("evening", "16 Mar 18:00"),
    ("next_morning", "17 Mar 09:00"),
    ("day_3", "19 Mar 10:00"),
    ("day_7", "23 Mar 10:00"),
    ("day_14", "30 Mar 10:00"),
    ("day_21", "06 Apr 10:00"),
    ("day_28", "13 Apr 10:00"),
]


@pytest.fixture
def scene(engine: Engine) -> Scene:
    return Scene(engine)


def test_recording_a_treatment_plans_what_follows_it(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    treatment = scene.infusion(patient, "2026-03-16 10:00")
    assert scene.planned(patient) == WHOLE
    assert {one.treatment_id for one in scene.check_ins(patient)} == {treatment}
    scene.replan(patient)
    assert scene.planned(patient) == WHOLE


def test_without_consent_there_is_no_plan_and_consent_brings_it(scene: Scene) -> None:
    patient = scene.patient()
    scene.infusion(patient, "2026-03-16 10:00")
    assert scene.check_ins(patient) == []
    scene.change(
        lambda session: check_in_consent.give(
            session, patient, Channel.SMS, How.BY_PHONE, None, scene.clock.now()
        )
    )
    scene.replan(patient)
    assert scene.planned(patient) == WHOLE


def test_what_is_over_when_a_treatment_is_recorded_is_not_planned(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    scene.jump("2026-03-17 13:00")
    scene.infusion(patient, "2026-03-16 10:00")
    assert scene.planned(patient) == WHOLE[2:]


def test_recorded_within_the_window_it_is_due_at_once(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    scene.jump("2026-03-17 11:00")
    scene.infusion(patient, "2026-03-16 10:00")
    assert scene.planned(patient) == WHOLE[1:]


def test_moving_moves(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    treatment = scene.infusion(patient, "2026-03-16 10:00")
    before = [one.id for one in scene.check_ins(patient)]
    scene.move(treatment, "2026-03-18 15:30")
    assert scene.planned(patient)[:3] == [
        ("evening", "18 Mar 19:30"),
        ("next_morning", "19 Mar 09:00"),
        ("day_3", "21 Mar 10:00"),
    ]
    assert [one.id for one in scene.check_ins(patient)] == before


def test_moving_to_a_late_hour_drops_the_evening(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    treatment = scene.infusion(patient, "2026-03-16 10:00")
    scene.move(treatment, "2026-03-16 17:30")
    assert scene.planned(patient) == WHOLE[1:]
    assert ("evening", "cancelled", "treatment_changed") in scene.states(patient)


def test_what_was_sent_for_the_old_time_is_planned_again_for_the_new(scene: Scene) -> None:
    """The infusion was put off, and nobody told the console until the evening's question was out."""
    patient = scene.patient(Channel.SMS)
    treatment = scene.infusion(patient, "2026-03-16 10:00")
    scene.until("2026-03-16 19:00")
    scene.move(treatment, "2026-03-18 10:00")
    assert scene.planned(patient)[0] == ("evening", "18 Mar 18:00")
    assert scene.states(patient)[0] == ("evening", "sent", None)


def test_a_small_correction_after_the_evening_asks_nothing_again(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    treatment = scene.infusion(patient, "2026-03-16 10:00")
    scene.until("2026-03-16 19:00")
    scene.move(treatment, "2026-03-16 09:30")
    assert scene.planned(patient) == WHOLE[1:]


def test_cancelling_cancels_what_was_not_sent(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    treatment = scene.infusion(patient, "2026-03-16 10:00")
    scene.until("2026-03-16 19:00")
    scene.call_off(treatment)
    assert scene.planned(patient) == []
    assert scene.states(patient) == [
        ("evening", "sent", None),
        *((key, "cancelled", "treatment_changed") for key, _ in WHOLE[1:]),
    ]


def test_a_second_infusion_in_the_week_merges_and_its_cancelling_brings_the_first_back(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    scene.infusion(patient, "2026-03-16 10:00")
    second = scene.infusion(patient, "2026-03-18 10:00")
    assert scene.planned(patient)[:4] == [
        *WHOLE[:2],
        ("evening", "18 Mar 18:00"),
        ("next_morning", "19 Mar 09:00"),
    ]
    assert len(scene.planned(patient)) == 2 + 7
    assert [one for one in scene.states(patient) if one[2] == "next_treatment"] == [
        (key, "cancelled", "next_treatment") for key, _ in WHOLE[2:]
    ]
    scene.call_off(second)
    assert scene.planned(patient) == WHOLE


def test_the_patients_own_zone_counts_and_moves_the_plan(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    scene.infusion(patient, "2026-03-16 10:00")
    scene.change(
        lambda session: people.set_time_zone(
            session, patient, "America/Los_Angeles", scene.clinic, scene.clock.now()
        )
    )
    assert scene.planned(patient)[:2] == [("evening", "16 Mar 21:00"), ("next_morning", "17 Mar 12:00")]
    with pytest.raises(people.BadZone, match="America/Chicago"):
        scene.change(
            lambda session: people.set_time_zone(
                session, patient, "Mars/Olympus", scene.clinic, scene.clock.now()
            )
        )


def test_another_plan_in_clinic_yml_is_taken_over(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    scene.infusion(patient, "2026-03-16 10:00")
    shorter = CheckIns(plan=scene.clinic.check_ins.plan[:2], spread_minutes=0)
    scene.replan(patient, scene.clinic.copy(update={"check_ins": shorter}))
    assert scene.planned(patient) == WHOLE[:2]
    assert scene.states(patient)[-1] == ("day_28", "cancelled", "plan_changed")


def test_many_planners_at_once_plan_once(scene: Scene) -> None:
    patient = scene.patient()
    scene.infusion(patient, "2026-03-16 10:00")
    scene.change(
        lambda session: check_in_consent.give(
            session, patient, Channel.WEB, How.IN_PERSON, None, scene.clock.now()
        )
    )
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: scene.replan(patient), range(12)))
    assert scene.planned(patient) == WHOLE


def test_what_staff_cancelled_stays_cancelled(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    treatment = scene.infusion(patient, "2026-03-16 10:00")
    first = scene.check_ins(patient)[0]
    scene.change(lambda session: check_in_requests.cancel(session, int(first.id), scene.clock.now()))
    scene.move(treatment, "2026-03-16 11:00")
    scene.replan(patient)
    assert scene.planned(patient) == WHOLE[1:]
    with pytest.raises(check_in_requests.NotSendable):
        scene.change(lambda session: check_in_requests.cancel(session, int(first.id), scene.clock.now()))


def test_opting_out_ends_everything_at_once_and_start_brings_nothing_back(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS, Channel.WEB)
    scene.infusion(patient, "2026-03-16 10:00")
    scene.until("2026-03-16 19:00")
    message = scene.writes(patient, "please leave me alone with these texts")
    scene.change(
        lambda session: consent.opt_out(
            session, session.get(Conversation, message.conversation_id), message, scene.clock.now()
        )
    )
    assert {state for _, state, _ in scene.states(patient)} == {"cancelled"}
    assert {reason for _, _, reason in scene.states(patient)} == {"no_consent"}
    assert scene.change(lambda session: check_in_consent.channels(session, patient)) == ()
    withdrawn = scene.change(lambda session: check_in_consent.history(session, patient))
    assert {(one.withdrawn_how, one.withdrawn_by_id) for one in withdrawn} == {("in_writing_here", None)}

    def start(session: object) -> None:
        for number in session.query(PhoneNumber):  # type: ignore[attr-defined]
            number.opted_out_at = None

    scene.change(start)
    scene.replan(patient)
    assert scene.planned(patient) == []


def test_consent_is_one_row_until_it_is_withdrawn_and_then_another(scene: Scene) -> None:
    patient, nurse = scene.patient(), scene.nurse()

    def give(session: object) -> CheckInConsent:
        return check_in_consent.give(
            session,
            patient,
            Channel.SMS,
            How.ON_PAPER,
            nurse,
            scene.clock.now(),  # type: ignore[arg-type]
        )

    first = scene.change(give)
    assert scene.change(give).id == first.id
    scene.change(
        lambda session: check_in_consent.withdraw(session, first.id, How.BY_PHONE, nurse, scene.clock.now())
    )
    with pytest.raises(check_in_consent.NoSuchConsent):
        scene.change(
            lambda session: check_in_consent.withdraw(
                session, first.id, How.BY_PHONE, nurse, scene.clock.now()
            )
        )
    assert scene.change(give).id != first.id
    assert [one.recorded_by_id for one in scene.change(lambda s: check_in_consent.history(s, patient))] == [
        nurse,
        nurse,
    ]


def test_patients_whose_plan_is_over_are_not_planned_anew(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    scene.infusion(patient, "2026-03-16 10:00")
    settings = scene.clinic.check_ins

    def known() -> list[int]:
        return scene.change(lambda session: check_in_plan.with_plans(session, settings, scene.clock.now()))

    assert patient in known()
    scene.until("2026-04-20 10:00")
    assert patient not in known()
