"""What holds a check-in back, that this is seen, and what staff may send all the same."""

from __future__ import annotations

from typing import Any

import pytest

from bot.care import check_in_consent, check_in_requests
from bot.care.check_in_consent import How
from bot.care.models import Channel, CheckIn, PhoneNumber
from bot.safety.levels import Level
from tests.work.check_in_scene import ASKED, FIRST, Scene, resolve


def test_while_an_alert_is_open_it_is_held_and_sent_when_it_is_resolved(scene: Scene, maria: int) -> None:
    scene.jump("2026-03-16 17:00")
    scene.writes(maria, "i can't go on", Level.URGENT)
    scene.until("2026-03-16 18:30")
    evening = scene.check_ins(maria)[0]
    assert (evening.state, evening.held_because) == ("scheduled", "alert")
    assert scene.sent(maria) == []
    resolve(scene)
    scene.until("2026-03-16 19:00")
    assert [kind for kind, _ in scene.sent(maria)] == [FIRST, ASKED]
    assert scene.check_ins(maria)[0].held_because is None


def test_an_alert_that_outlasts_the_window(scene: Scene, maria: int) -> None:
    scene.jump("2026-03-16 17:00")
    scene.writes(maria, "i can't go on", Level.URGENT)
    scene.until("2026-03-16 21:00")
    assert scene.states(maria)[0] == ("evening", "expired", "alert")
    assert scene.sent(maria) == []


def test_no_reminder_while_an_alert_is_open(scene: Scene, maria: int) -> None:
    scene.until("2026-03-16 18:30")
    scene.writes(maria, "i can't go on", Level.URGENT)
    scene.until("2026-03-17 08:00")
    assert [kind for kind, _ in scene.sent(maria)] == [FIRST, ASKED]


def test_while_a_person_has_the_conversation_nothing_speaks_over_them(scene: Scene, maria: int) -> None:
    scene.take_over(maria, scene.nurse())
    scene.until("2026-03-16 18:30")
    assert scene.check_ins(maria)[0].held_because == "staff_speaks" and scene.sent(maria) == []
    scene.take_over(maria, None)
    scene.until("2026-03-16 19:00")
    assert [kind for kind, _ in scene.sent(maria)] == [FIRST, ASKED]


def test_whom_nothing_reaches_is_seen(scene: Scene) -> None:
    """No number for texts; and on the web a browser of which nobody knows whose it is."""
    texts, web = scene.patient(Channel.SMS, phone=False), scene.patient(Channel.WEB)
    scene.browser(web, verified=False)
    for patient in (texts, web):
        scene.infusion(patient, "2026-03-16 10:00")
    scene.until("2026-03-16 21:00")
    for patient in (texts, web):
        assert scene.states(patient)[0] == ("evening", "expired", "unreachable")


def test_who_told_the_carrier_to_stop_has_taken_consent_back(scene: Scene, maria: int) -> None:
    def opt_out(session: Any) -> None:
        session.query(PhoneNumber).one().opted_out_at = scene.clock.now()

    scene.change(opt_out)
    scene.until("2026-03-16 18:30")
    assert scene.states(maria)[0] == ("evening", "cancelled", "no_consent")
    (consent,) = scene.change(lambda session: check_in_consent.history(session, maria))
    assert consent.withdrawn_how == How.TO_THE_CARRIER.value
    assert scene.sent(maria) == []


def test_staff_send_one_now_also_while_an_alert_is_open_and_then_soberly(scene: Scene, maria: int) -> None:
    scene.jump("2026-03-16 14:00")
    scene.writes(maria, "i can't go on", Level.URGENT)
    first, nurse = scene.check_ins(maria)[0], scene.nurse()
    scene.change(
        lambda session: check_in_requests.send_now(
            session, int(first.id), nurse, scene.clinic, scene.clock.now()
        )
    )
    scene.replan(maria)
    scene.rounds.run()
    asked = scene.ours(maria)[-1]
    assert asked.kind == ASKED and "we would like to know how you are" in asked.text
    assert (scene.check_ins(maria)[0].state, scene.check_ins(maria)[0].requested_by_id) == ("sent", nurse)
    scene.until("2026-03-16 19:00")
    assert [kind for kind, _ in scene.sent(maria)].count(ASKED) == 1


def test_staff_send_one_that_no_plan_has_once(scene: Scene, maria: int) -> None:
    scene.jump("2026-03-16 14:00")
    nurse = scene.nurse()

    def ask(session: Any) -> CheckIn:
        return check_in_requests.send_one(session, maria, "daily", nurse, scene.clinic, scene.clock.now())

    assert scene.change(ask).id == scene.change(ask).id
    scene.replan(maria)
    scene.rounds.run()
    scene.rounds.run()
    assert [kind for kind, _ in scene.sent(maria)] == [FIRST, ASKED]


@pytest.mark.parametrize("why", ["quiet", "owned", "no consent"])
def test_what_must_not_be_sent_now_is_refused_in_words(scene: Scene, maria: int, why: str) -> None:
    nurse, says = scene.nurse(), {"quiet": "quiet hours", "owned": "Hand it back", "no consent": "consent"}
    if why == "quiet":
        scene.jump("2026-03-16 22:30")
    elif why == "owned":
        scene.take_over(maria, nurse)
    else:
        (consent,) = scene.change(lambda session: check_in_consent.standing(session, maria))
        scene.change(
            lambda s: check_in_consent.withdraw(s, consent.id, How.BY_PHONE, nurse, scene.clock.now())
        )
    with pytest.raises(check_in_requests.NotSendable, match=says[why]):
        scene.change(
            lambda s: check_in_requests.send_one(s, maria, "daily", nurse, scene.clinic, scene.clock.now())
        )
