"""Check-ins go out in their hours, are repeated by nobody, and end; what is late is seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.engine import Engine

from bot.care import check_in_plan
from bot.care.models import Channel, CheckIn, Message
from bot.clinic.instruments import FOLDER, load_instrument
from bot.guidance import gsm7
from bot.guidance.phrases import Phrases
from tests.work.check_in_scene import ASKED, FIRST, REMINDED, Scene


def test_a_whole_month_of_a_patient_who_never_answers(scene: Scene, maria: int) -> None:
    scene.until("2026-04-20 12:00")
    kinds = [kind for kind, _ in scene.sent(maria)]
    assert kinds[0] == FIRST and kinds.count(FIRST) == 1
    states = scene.states(maria)
    asked = [one for one in states if one[1:] == ("expired", "unanswered")]
    # An alert of the signals (nobody answers) holds the rest back, and staff see that.
    held = [one for one in states if one[1:] == ("expired", "alert")]
    assert len(asked) + len(held) == 7 and kinds.count(ASKED) == len(asked) >= 2


def test_a_whole_month_of_a_patient_who_answers(scene: Scene, maria: int) -> None:
    daily, phq9 = (6, 1, 2, 1, 0), (0,) * 9
    for when, values in (
        ("2026-03-16 18:30", daily),
        ("2026-03-17 09:30", daily),
        ("2026-03-19 10:30", daily),
        ("2026-03-23 10:30", daily),
        ("2026-03-30 10:30", phq9),
        ("2026-04-06 10:30", daily),
        ("2026-04-13 10:30", phq9),
    ):
        scene.until(when)
        scene.answers(maria, *values)
    scene.until("2026-04-20 10:00")
    assert [state for _, state, _ in scene.states(maria)] == ["finished"] * 7
    assert scene.sent(maria) == [
        (FIRST, "16 Mar 18:00"),
        (ASKED, "16 Mar 18:00"),
        (ASKED, "17 Mar 09:00"),
        (ASKED, "19 Mar 10:00"),
        (ASKED, "23 Mar 10:00"),
        (ASKED, "30 Mar 10:00"),
        (ASKED, "06 Apr 10:00"),
        (ASKED, "13 Apr 10:00"),
    ]
    assert scene.deliveries() == 8


@pytest.mark.parametrize(
    ("begins", "infusion", "end", "evenings"),
    [
        ("2026-03-06 08:00", "2026-03-06 10:00", "2026-03-09 18:30", ["06 Mar 18:00", "07 Mar 09:00", "09 Mar 10:00"]),
        ("2026-10-30 08:00", "2026-10-30 10:00", "2026-11-02 18:30", ["30 Oct 18:00", "31 Oct 09:00", "02 Nov 10:00"]),
    ],
)  # fmt: skip
def test_over_a_change_of_the_clocks(
    engine: Engine, begins: str, infusion: str, end: str, evenings: list[str]
) -> None:
    scene = Scene(engine, begins)
    patient = scene.patient(Channel.SMS)
    scene.infusion(patient, infusion)
    scene.until(end)
    assert [when for kind, when in scene.sent(patient) if kind == ASKED] == evenings


def test_by_the_patients_own_clock(scene: Scene) -> None:
    honolulu = ZoneInfo("Pacific/Honolulu")
    patient = scene.patient(Channel.SMS, zone="Pacific/Honolulu")
    scene.infusion(patient, "2026-03-16 10:00", honolulu)
    scene.until("2026-03-18 23:00")
    assert [when for kind, when in scene.sent(patient, honolulu) if kind == ASKED] == [
        "16 Mar 18:00",
        "17 Mar 09:00",
    ]


def test_nothing_is_started_in_quiet_hours(scene: Scene, maria: int) -> None:
    scene.until("2026-03-25 12:00")
    for message in scene.ours(maria):
        local = message.at.astimezone(scene.clinic.zone)
        assert not scene.clinic.check_ins.is_quiet(local), (message.kind, local)


def test_the_first_question_comes_with_the_opening_and_a_number_is_its_answer(
    scene: Scene, maria: int
) -> None:
    scene.until("2026-03-16 18:00")
    first, opening = scene.ours(maria)
    item = load_instrument("daily").items[0]
    assert opening.question == item.context
    assert Phrases.load().say("check_in_mood", "sms", scene.clinic) in opening.text
    assert (first.channel, opening.channel, opening.state) == ("sms", "sms", "queued")
    for said in ("up to 7 times", "4 weeks", "STOP", "988", scene.clinic.phone, "Riverside care team"):
        assert said in first.text


def test_on_the_web_the_opening_has_the_buttons(scene: Scene) -> None:
    patient = scene.patient(Channel.WEB, phone=False)
    scene.browser(patient)
    scene.infusion(patient, "2026-03-16 10:00")
    scene.until("2026-03-16 18:00")
    _, opening = scene.ours(patient)
    assert (opening.channel, opening.state) == ("web", "delivered")
    assert {"title": "7", "payload": "7"} in opening.buttons
    assert scene.check_ins(patient)[0].channel == "web"


def test_texts_go_before_the_web(scene: Scene) -> None:
    patient = scene.patient(Channel.WEB, Channel.SMS)
    scene.browser(patient)
    scene.infusion(patient, "2026-03-16 10:00")
    scene.until("2026-03-16 18:00")
    assert {message.channel for message in scene.ours(patient)} == {"sms"}


@pytest.mark.parametrize("channel", ["web", "sms"])
@pytest.mark.parametrize(
    "key", ["check_in_first", "check_in_opening", "check_in_opening_sober", "check_in_reminder"]
)
def test_what_we_start_tells_nobody_of_the_treatment_and_fits(scene: Scene, key: str, channel: str) -> None:
    """Anybody may see the phone. Two text messages at most, with the longest sender and the longest first question."""
    phrases = Phrases.load()
    for name in sorted(path.stem for path in FOLDER.glob("*.yml")):
        item = load_instrument(name).items[0]
        question = phrases.say(f"check_in_{item.wording}", channel, scene.clinic)
        fields = {"sender": "R" * 30}
        if key == "check_in_first":
            fields.update(count="99", weeks="13 weeks")
        else:
            fields["question"] = question
        said = phrases.say(key, channel, scene.clinic, **fields)
        for word in ("ketamin", "infusion", "depress", "suicid", "treatment", "riverside"):
            assert word not in said.lower(), said
        if channel == "sms":
            assert gsm7.septets(said) <= 2 * gsm7.OF_SEVERAL, said


def test_one_reminder_and_no_more(scene: Scene, maria: int) -> None:
    scene.until("2026-03-17 08:45")
    assert scene.sent(maria) == [
        (FIRST, "16 Mar 18:00"),
        (ASKED, "16 Mar 18:00"),
        (REMINDED, "16 Mar 20:00"),
    ]
    reminder = scene.ours(maria)[-1]
    assert reminder.question == load_instrument("daily").items[0].context


def test_who_has_answered_is_not_reminded(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 18:30")
    scene.answers(maria, 6)
    scene.until("2026-03-17 08:45")
    assert [kind for kind, _ in scene.sent(maria)] == [FIRST, ASKED]


def test_a_reminder_that_falls_into_quiet_hours_is_left_out(scene: Scene) -> None:
    patient = scene.patient(Channel.SMS)
    scene.infusion(patient, "2026-03-16 16:00")  # asked at eight, reminded at ten: too late
    scene.until("2026-03-17 08:45")
    assert [kind for kind, _ in scene.sent(patient)] == [FIRST, ASKED]


def test_partial_answers_are_kept_and_marked(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 18:30")
    scene.answers(maria, 6)
    scene.until("2026-03-17 09:00")
    (evening, morning, *_) = scene.check_ins(maria)
    assert (evening.state, morning.state) == ("partial", "sent")
    assert evening.started_at is not None and evening.ended_at is not None


def test_who_is_answering_is_not_interrupted_by_the_next(scene: Scene, maria: int) -> None:
    scene.until("2026-03-17 08:55")
    scene.answers(maria, 6)
    scene.until("2026-03-17 09:30")
    evening, morning, *_ = scene.check_ins(maria)
    assert (evening.state, morning.state, morning.held_because) == ("open", "scheduled", "writing")
    scene.until("2026-03-17 10:15")
    evening, morning, *_ = scene.check_ins(maria)
    assert (evening.state, morning.state) == ("partial", "sent")


def test_who_has_just_checked_in_of_their_own_accord_is_not_asked_again(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 17:00")
    scene.answers(maria, 6, 1, 2, 1, 0)
    scene.until("2026-03-16 19:00")
    assert ("evening", "cancelled", "just_answered") in scene.states(maria)
    assert scene.sent(maria) == []


def test_one_that_the_patient_asked_for_ends_as_well(scene: Scene) -> None:
    patient = scene.patient()
    scene.answers(patient, 6)
    scene.until("2026-03-17 19:45")
    assert [state for _, state, _ in scene.states(patient)] == ["open"]
    scene.until("2026-03-17 20:15")
    assert [state for _, state, _ in scene.states(patient)] == ["partial"]


def test_a_message_that_waits_for_its_answer_goes_first(scene: Scene, maria: int) -> None:
    scene.jump("2026-03-16 17:59")
    message = scene.writes(maria, "can i take a bath?", answered=False)
    scene.until("2026-03-16 18:01", every=timedelta(seconds=15))
    assert scene.sent(maria) == []
    scene.change(lambda session: setattr(session.get(Message, message.id), "state", "answered"))
    scene.until("2026-03-16 18:02", every=timedelta(seconds=15))
    assert [kind for kind, _ in scene.sent(maria)] == [FIRST, ASKED]


def test_a_day_of_downtime(scene: Scene, maria: int) -> None:
    """Down from Monday noon to Tuesday 11:00: the evening is lost, and said to be; the morning is in its window."""
    scene.until("2026-03-16 12:00")
    scene.jump("2026-03-17 11:00")
    scene.rounds.plan_anew()
    scene.rounds.run()
    assert scene.states(maria)[:2] == [("evening", "expired", "late"), ("next_morning", "sent", None)]
    assert scene.sent(maria) == [(FIRST, "17 Mar 11:00"), (ASKED, "17 Mar 11:00")]
    unsent = scene.change(
        lambda session: check_in_plan.not_sent(session, scene.clock.now() - timedelta(days=7))
    )
    assert [one.plan_key for one in unsent] == ["evening"]


def test_a_week_of_downtime_sends_nothing_twice_and_nothing_late(scene: Scene, maria: int) -> None:
    scene.jump("2026-03-24 09:00")
    for _ in range(3):
        scene.rounds.run()
    assert [one[1:] for one in scene.states(maria)[:4]] == [("expired", "late")] * 4
    assert scene.sent(maria) == []
    assert len(scene.planned(maria)) == 3


def test_workers_at_once_ask_once(scene: Scene) -> None:
    patients = [scene.patient(Channel.SMS) for _ in range(8)]
    for patient in patients:
        scene.infusion(patient, "2026-03-16 10:00")
    for when in ("2026-03-16 18:00", "2026-03-16 20:00", "2026-03-17 09:00"):
        scene.jump(when)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: scene.rounds.run(), range(8)))
    for patient in patients:
        assert [kind for kind, _ in scene.sent(patient)] == [FIRST, ASKED, REMINDED, ASKED]
    assert scene.deliveries() == 8 * 4


def test_one_that_fails_holds_up_nobody_else(
    scene: Scene, maria: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = scene.patient(Channel.SMS)
    scene.infusion(other, "2026-03-16 10:00")
    broken = int(scene.check_ins(maria)[0].id)
    scene.change(lambda session: setattr(session.get(CheckIn, broken), "instrument", "gone"))
    scene.until("2026-03-16 18:30")
    assert [kind for kind, _ in scene.sent(other)] == [FIRST, ASKED]
    assert scene.sent(maria) == []
