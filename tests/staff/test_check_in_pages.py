"""Consent, the plan and what staff change about it, in the console."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.care.check_in_pauses import pause_for_worry
from bot.care.models import AuditEntry, CheckIn, CheckInConsent, Treatment
from bot.guidance.phrases import Phrases
from bot.work.check_ins import Rounds


@pytest.fixture
def treated(scene: Any) -> tuple[int, int, Any]:
    """(patient, treatment, browser of a nurse): an infusion on Friday, 13 March 2026 at 14:00; now it is 23:00."""
    patient, _ = scene.patient("Maria Lopez", "(212) 555-0161")
    browser = scene.logged_in()
    data = {"date": "2026-03-13", "time": "14:00"}
    assert browser.post(f"/staff/patients/{patient}/treatments", data=data).status_code == 303
    with scene.record() as session:
        treatment = int(session.query(Treatment).one().id)
    return patient, treatment, browser


def agree(browser: Any, patient: int, channel: str = "sms", how: str = "on_paper") -> Any:
    return browser.post(f"/staff/patients/{patient}/consent", data={"channel": channel, "how": how})


def rows(scene: Any, state: str = "scheduled") -> list[CheckIn]:
    with scene.record() as session:
        return session.query(CheckIn).filter_by(state=state).order_by(CheckIn.due_at).all()


def actions(scene: Any) -> list[str]:
    with scene.record() as session:
        return [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]


def test_consent_is_recorded_with_who_and_how_and_brings_the_plan(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    page = browser.get(f"/staff/patients/{patient}/check-ins").text
    assert "this patient gets no check-ins" in page and "Nothing is planned" in page
    assert agree(browser, patient).headers["location"].endswith("/check-ins?done=consent-recorded")
    page = browser.get(f"/staff/patients/{patient}/check-ins?done=consent-recorded").text
    assert "Consent recorded" in page and "on paper" in page and "by Nora Whitfield" in page
    assert "next morning" in page and "Sat 14 Mar, 09:" in page
    assert len(rows(scene)) == 6
    assert "consent.recorded" in actions(scene)


@pytest.mark.parametrize(("channel", "how"), [("fax", "on_paper"), ("sms", "demo"), ("", "")])
def test_half_a_consent_is_none(scene: Any, treated: Any, channel: str, how: str) -> None:
    patient, _, browser = treated
    answer = agree(browser, patient, channel, how)
    assert answer.status_code == 422 and "Choose the channel" in answer.text
    with scene.record() as session:
        assert session.query(CheckInConsent).count() == 0


def test_withdrawing_ends_the_plan(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    agree(browser, patient)
    with scene.record() as session:
        consent = int(session.query(CheckInConsent).one().id)
    answer = browser.post(f"/staff/consent/{consent}/withdraw", data={"how": "by_phone"})
    assert answer.status_code == 303
    assert rows(scene) == [] and {one.reason for one in rows(scene, "cancelled")} == {"no_consent"}
    assert browser.post(f"/staff/consent/{consent}/withdraw", data={"how": "by_phone"}).status_code == 409
    assert "withdrawn by phone" in browser.get(f"/staff/patients/{patient}/check-ins").text


def test_a_treatment_is_moved_and_its_check_ins_go_along(scene: Any, treated: Any) -> None:
    patient, treatment, browser = treated
    agree(browser, patient)
    form = browser.get(f"/staff/treatments/{treatment}").text
    assert 'value="2026-03-13"' in form and 'value="14:00"' in form
    answer = browser.post(f"/staff/treatments/{treatment}", data={"date": "2026-03-16", "time": "09:30"})
    assert answer.status_code == 303 and answer.headers["location"].endswith("done=moved")
    page = browser.get(f"/staff/patients/{patient}/check-ins").text
    assert "Mon 16 Mar, 18:" in page
    assert "treatment.moved" in actions(scene)


@pytest.mark.parametrize(
    ("day", "hour", "says"), [("2016-03-13", "09:30", "Check the year"), ("soon", "", "Write the date as")]
)
def test_a_treatment_is_not_moved_to_nowhere(
    scene: Any, treated: Any, day: str, hour: str, says: str
) -> None:
    _, treatment, browser = treated
    answer = browser.post(f"/staff/treatments/{treatment}", data={"date": day, "time": hour})
    assert answer.status_code == 422 and "Nothing was moved" in answer.text and says in answer.text


def test_cancelling_a_treatment_cancels_its_check_ins(scene: Any, treated: Any) -> None:
    patient, treatment, browser = treated
    agree(browser, patient)
    assert browser.post(f"/staff/treatments/{treatment}/cancel").status_code == 303
    assert rows(scene) == []
    assert "the treatment was moved or cancelled" in browser.get(f"/staff/patients/{patient}/check-ins").text


def test_one_is_cancelled_and_cannot_be_twice(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    agree(browser, patient)
    first = rows(scene)[0].id
    assert browser.post(f"/staff/check-ins/{first}/cancel").status_code == 303
    again = browser.post(f"/staff/check-ins/{first}/cancel")
    assert again.status_code == 409 and "not waiting to be sent any more" in again.text
    assert "cancelled: by staff" in again.text
    assert len(rows(scene)) == 5


def test_one_is_sent_now_and_quiet_hours_refuse_it_in_words(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    agree(browser, patient)
    first = rows(scene)[0].id
    refused = browser.post(f"/staff/check-ins/{first}/send")
    assert refused.status_code == 409 and "It is 23:00 where the patient lives" in refused.text
    scene.clock.move(timedelta(hours=9, minutes=30))
    browser = scene.logged_in()
    assert browser.post(f"/staff/check-ins/{first}/send").status_code == 303
    assert "being sent" in browser.get(f"/staff/patients/{patient}/check-ins").text
    Rounds(scene.engine, scene.clinic, Phrases.load(), scene.clock).run()
    page = browser.get(f"/staff/patients/{patient}/check-ins").text
    assert "sent, no answer yet" in page and "text message" in page


def test_one_beside_the_plan_needs_consent(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    scene.clock.move(timedelta(hours=11))
    browser = scene.logged_in()
    answer = browser.post(f"/staff/patients/{patient}/check-ins", data={"instrument": "daily"})
    assert answer.status_code == 409 and "no consent to check-ins on record" in answer.text
    agree(browser, patient)
    assert browser.post(f"/staff/patients/{patient}/check-ins", data={"instrument": "no"}).status_code == 422
    assert (
        browser.post(f"/staff/patients/{patient}/check-ins", data={"instrument": "daily"}).status_code == 303
    )
    assert [one.plan_key for one in rows(scene)].count("by_staff") == 1


def test_times_are_those_of_the_patients_zone(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    agree(browser, patient)
    answer = browser.post(f"/staff/patients/{patient}/zone", data={"zone": "Nowhere/Land"})
    assert answer.status_code == 422 and "America/Chicago" in answer.text
    browser.post(f"/staff/patients/{patient}/zone", data={"zone": "Pacific/Honolulu"})
    page = browser.get(f"/staff/patients/{patient}/check-ins").text
    assert "Pacific/Honolulu" in page and "Sat 14 Mar, 09:" in page
    assert rows(scene)[0].due_at.isoformat().startswith("2026-03-14T04:")  # this evening, in Honolulu


def test_what_was_not_sent_is_on_one_list(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    agree(browser, patient)
    assert "Every check-in that was due has gone out" in browser.get("/staff/check-ins").text
    scene.clock.move(timedelta(hours=15))  # nobody worked until 14:00
    browser = scene.logged_in()
    rounds = Rounds(scene.engine, scene.clinic, Phrases.load(), scene.clock)
    rounds.run()
    page = browser.get("/staff/check-ins").text
    assert "Maria Lopez" in page and "the assistant was not running" in page


def test_a_held_one_says_why(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    agree(browser, patient)
    with scene.record() as session:
        conversation = int(session.query(CheckIn).first().conversation_id)
    scene.says(conversation, "i can't go on", "urgent")
    scene.clock.move(timedelta(hours=11))
    browser = scene.logged_in()
    Rounds(scene.engine, scene.clinic, Phrases.load(), scene.clock).run()
    assert "held back: an alert is not resolved" in browser.get("/staff/check-ins").text
    assert "held back" in browser.get(f"/staff/conversations/{conversation}").text


def test_who_may_do_what(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    agree(browser, patient)
    first = rows(scene)[0].id
    desk, auditor = scene.logged_in("admin"), scene.logged_in("auditor")
    assert desk.get(f"/staff/patients/{patient}/check-ins").status_code == 200
    assert desk.post(f"/staff/check-ins/{first}/cancel").status_code == 403
    assert auditor.get(f"/staff/patients/{patient}/check-ins").status_code == 403
    assert auditor.get("/staff/check-ins").status_code == 403


def test_one_that_rests_says_what_happened(scene: Any, treated: Any) -> None:
    patient, _, browser = treated
    agree(browser, patient)
    scene.clock.move(timedelta(hours=11))
    browser = scene.logged_in()
    Rounds(scene.engine, scene.clinic, Phrases.load(), scene.clock).run()
    with scene.record() as session:
        conversation = int(session.query(CheckIn).first().conversation_id)
        pause_for_worry(session, conversation, scene.clock.now())
    page = browser.get(f"/staff/patients/{patient}/check-ins").text
    assert "sent, no answer yet; paused: the patient wrote something worrying, see the alert" in page
    scene.clock.move(timedelta(hours=37))
    Rounds(scene.engine, scene.clinic, Phrases.load(), scene.clock).run()
    page = scene.logged_in().get(f"/staff/patients/{patient}/check-ins").text
    assert "expired: no answer; the patient wrote something worrying instead, see the alert" in page
