"""Two records of one patient become one: seen side by side first, nothing moved, nothing brought back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.care import check_in_consent, people
from bot.care.check_in_consent import How
from bot.care.check_in_plan import replan
from bot.care.merging import counts_now
from bot.care.models import (
    Alert,
    AuditEntry,
    Channel,
    CheckIn,
    Invite,
    Item,
    Message,
    Patient,
    PhoneNumber,
    PhoneShare,
    StaffMember,
    WebSession,
)
from bot.care.numbers import numbers_of
from bot.care.people import UnknownPatient
from bot.care.phones import attach
from bot.care.series import mood_series
from bot.care.treatments import record_treatment
from tests.staff.record_scene import MARK, PHONE, erase, holding, lived_in, merge


def test_both_are_shown_side_by_side_with_what_stands_afterwards(scene: Any) -> None:
    kept, other = scene.patient("Maria Lopez", PHONE)[0], scene.patient("María López")[0]
    desk = scene.logged_in("admin")
    assert f"Compare with no. {other}" in desk.get(f"/staff/patients/{kept}/merge").text
    shown = desk.post(f"/staff/patients/{kept}/merge", data={"other": str(other)}).text
    assert "María López" in shown and "differs" in shown and "cannot be undone" in shown
    for wrong in (str(kept), "4711", "abc"):
        answer = desk.post(f"/staff/patients/{kept}/merge", data={"other": wrong})
        assert answer.status_code == 422 and 'aria-describedby="other-wrong"' in answer.text
    for typed in ("", str(kept)):
        unsure = merge(desk, kept, other, number=typed)
        assert (
            unsure.status_code == 422 and f"Type {other}, the number of the record that goes" in unsure.text
        )
        assert 'aria-describedby="number-wrong"' in unsure.text
    assert scene.get(Patient, other).merged_into_id is None


def test_the_look_before_shows_what_would_move_and_changes_nothing(scene: Any) -> None:
    kept = scene.patient("Maria Lopez")[0]
    other = lived_in(scene, "Maria Lopes")[0]
    at = scene.clock.now() - timedelta(days=3)
    with scene.record() as session:
        record_treatment(session, kept, at, scene.clinic, scene.clock.now())  # the same infusion
        check_in_consent.give(session, other, Channel.SMS, How.IN_PERSON, None, scene.clock.now())
    before = _rows(scene)
    shown = scene.logged_in("admin").post(f"/staff/patients/{kept}/merge", data={"other": str(other)}).text
    table = {
        row[0]: row[1:]
        for row in (_cells(found) for found in re.findall(r"<tr><th scope=.row.*?</tr>", shown, re.S))
    }
    assert table["Phone numbers"] == ["–", "(212) 555-0161", f"all lead to no. {kept}"]
    assert table["Infusions"] == [
        "Tue 10 Mar, 23:00", "Tue 10 Mar, 23:00", "1 more, 1 of them in both: counts once"
    ]  # fmt: skip
    assert table["Consent to check-ins"] == ["–", "Text message", "all count"]
    assert table["Check-ins so far"] == ["0", "1", "1"] and table["Open items"] == ["0", "1", "1"]
    assert table["Messages"] == ["0", "2", "read as one, in order; none is moved"]
    assert table["Browsers"] == ["0", "1", f"those of no. {other} end"]
    assert table["Links not used yet"] == ["0", "1", f"those of no. {other} end"]
    assert "Nothing has been changed yet" in shown and _rows(scene) == before


def test_the_audit_lists_what_moved_one_by_one_and_no_words(scene: Any) -> None:
    kept = scene.patient("Maria Lopez", "")[0]
    other, theirs = lived_in(scene)
    at = scene.clock.now() - timedelta(days=3)
    with scene.record() as session:
        record_treatment(session, kept, at, scene.clinic, scene.clock.now())
        consent = check_in_consent.give(session, other, Channel.SMS, How.IN_PERSON, None, scene.clock.now())
        replan(session, other, scene.clinic, scene.clock.now())
        numbers = [int(one.id) for one in numbers_of(session, theirs)]
        treatments = [int(one.id) for one in session.get(Patient, other).treatments]
        answered = int(session.query(CheckIn).filter_by(state="finished").one().id)
        planned = [int(one.id) for one in session.query(CheckIn).filter_by(state="scheduled")]
        item, browser = int(session.query(Item).one().id), int(session.query(WebSession).one().id)
        link, consents = int(session.query(Invite).one().id), [int(consent.id)]
    assert planned
    assert merge(scene.logged_in("clinician"), kept, other).status_code == 303
    with scene.record() as session:
        entry = session.query(AuditEntry).filter_by(action="patient.merged").one()
        assert entry.subject == f"patient:{kept}"
        assert entry.detail == {
            "other": other,
            "filled": ["phone", "portal_id"],
            "numbers": numbers,
            "treatments": treatments,
            "doubled": treatments,
            "check_ins": [answered],
            "called_off": planned,
            "consents": consents,
            "items": [item],
            "browsers_ended": [browser],
            "links_ended": [link],
        }
        # And so it is in the record.
        assert {int(one.id) for one in session.get(Patient, kept).treatments} >= set(treatments)
        assert session.get(Item, item).conversation_id != theirs
    assert "treatments: " in scene.logged_in("admin").get("/staff/audit").text


def test_what_changed_since_somebody_looked_is_looked_at_again(scene: Any) -> None:
    kept, other = scene.patient("Maria Lopez")[0], scene.patient("Maria Lopes")[0]
    clinician = scene.logged_in("clinician")
    looked = clinician.post(f"/staff/patients/{kept}/merge", data={"other": str(other)}).text
    seal = re.search(r'name="seal" value="(\w+)"', looked)
    assert seal
    with scene.record() as session:
        at = scene.clock.now() - timedelta(days=1)
        record_treatment(session, other, at, scene.clinic, scene.clock.now())
    confirmed = {"seal": seal[1], "number": str(other)}
    answer = clinician.post(f"/staff/patients/{kept}/merge/{other}", data=confirmed)
    assert answer.status_code == 422 and "changed since you looked" in answer.text
    assert "Thu 12 Mar, 23:00" in answer.text and scene.get(Patient, other).merged_into_id is None
    assert merge(clinician, kept, other).status_code == 303


def _cells(row: str) -> list[str]:
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


def _rows(scene: Any) -> dict[str, list[str]]:
    """Everything that merging could touch."""
    with scene.record() as session:
        return {
            table: sorted(session.execute(text(f'select t::text from "{table}" t')).scalars())
            for table in ("patient", "treatment", "phone_number", "check_in", "check_in_consent", "item",
                          "conversation", "web_session", "invite", "message", "alert")
        }  # fmt: skip


def test_two_conversations_are_read_as_one_in_the_order_of_storing(scene: Any) -> None:
    kept, ours = scene.patient("Maria Lopez")
    other, theirs = scene.patient("Maria Lopes", PHONE)
    for number in range(6):
        scene.later(1)
        scene.says(
            (ours, theirs)[number % 2], f"number {number}", channel=(Channel.WEB, Channel.SMS)[number % 2]
        )
    numbers = {one.id: one.seq for one in [*scene.messages(ours), *scene.messages(theirs)]}
    with scene.record() as session:
        session.query(Message).update({"state": "answered"})
    assert merge(scene.logged_in("clinician"), kept, other).status_code == 303
    nurse = scene.logged_in()
    shown = nurse.get(f"/staff/conversations/{ours}").text
    places = [shown.index(f"number {number}") for number in range(6)]
    assert places == sorted(places)
    after = {one.id: one.seq for one in [*scene.messages(ours), *scene.messages(theirs)]}
    assert after == numbers  # what browsers and the carrier remember stays true
    led = nurse.get(f"/staff/conversations/{theirs}")
    assert led.headers["location"] == f"/staff/patients/{kept}"
    assert nurse.get(f"/staff/patients/{other}").headers["location"] == f"/staff/conversations/{ours}"
    # What comes from the duplicate's number now is the patient's.
    assert scene.texter("+12125550161") == ours


def test_long_histories_of_both_come_in_pieces_without_a_gap(scene: Any) -> None:
    kept, ours = scene.patient("Maria Lopez")
    other, theirs = scene.patient("Maria Lopes")
    for number in range(130):
        scene.says((ours, theirs)[number % 3 == 0], f"number {number:03}")
    with scene.record() as session:
        session.query(Message).update({"state": "answered"})
        session.get(Patient, other).merged_into_id = kept
    nurse = scene.logged_in()
    first = nurse.get(f"/staff/conversations/{ours}").text
    earlier = re.search(r'href="([^"]*before=\d+)"', first)
    assert earlier
    second = nurse.get(earlier[1]).text
    assert [n for n in range(130) if f"number {n:03}" in first] == list(range(30, 130))
    assert [n for n in range(130) if f"number {n:03}" in second] == list(range(30))


def test_the_one_record_has_what_both_had(scene: Any) -> None:
    kept, ours = scene.patient("Maria Lopez", "")
    other, theirs = lived_in(scene, "Maria Lopes")
    at = scene.clock.now() - timedelta(days=3)
    with scene.record() as session:
        record_treatment(session, kept, at, scene.clinic, scene.clock.now())  # the same infusion
        record_treatment(session, other, at + timedelta(days=1), scene.clinic, scene.clock.now())
        check_in_consent.give(session, other, Channel.SMS, How.IN_PERSON, None, scene.clock.now())
    answer = merge(scene.logged_in("clinician"), kept, other)
    assert answer.status_code == 303, answer.text
    with scene.record() as session:
        patient = session.get(Patient, kept)
        assert (patient.name, patient.phone) == ("Maria Lopez", "+12125550161")
        assert patient.portal_id == f"{MARK}-{other}" and session.get(Patient, other).portal_id is None
        standing = [one.infusion_at for one in patient.treatments if one.cancelled_at is None]
        assert standing == [at, at + timedelta(days=1)] and len(patient.treatments) == 3
        assert [one.number for one in numbers_of(session, ours)] == ["+12125550161"]
        assert [value for _, value in mood_series(session, kept).answered("mood")] == [4.0]
        assert session.query(Item).one().conversation_id == ours
        assert check_in_consent.channels(session, kept) == (Channel.SMS,)
        planned = session.query(CheckIn).filter_by(state="scheduled").all()
        assert planned and {one.conversation_id for one in planned} == {ours}
        assert session.query(Alert).one().conversation_id == theirs  # with the message that brought it
        assert session.query(WebSession).one().revoked_at and session.query(Invite).one().withdrawn_at
    shown = scene.logged_in().get(f"/staff/conversations/{ours}").text
    assert f"Spoke {MARK}" in shown and "Reached, and safe" in shown


def test_consent_that_was_taken_back_is_not_brought_back_by_a_duplicate(scene: Any) -> None:
    kept, other = scene.patient("Maria Lopez")[0], scene.patient("Maria Lopes")[0]
    nurse = scene.hire()
    with scene.record() as session:
        staff = int(session.query(StaffMember).filter_by(email=nurse).one().id)
        now = scene.clock.now()
        given = check_in_consent.give(session, kept, Channel.SMS, How.IN_PERSON, staff, now)
        check_in_consent.withdraw(session, int(given.id), How.BY_PHONE, staff, now)
        check_in_consent.give(session, other, Channel.SMS, How.IN_PERSON, staff, now)
    merge(scene.logged_in("clinician"), kept, other)
    with scene.record() as session:
        assert check_in_consent.channels(session, kept) == ()


@pytest.mark.parametrize("where", ["kept", "other"])
@pytest.mark.parametrize("trouble", ["alert", "waiting", "owner"])
def test_merging_is_for_quiet_moments(scene: Any, trouble: str, where: str) -> None:
    kept, ours = scene.patient("Maria Lopez")
    other, theirs = scene.patient("Maria Lopes")
    conversation = ours if where == "kept" else theirs
    if trouble == "owner":
        nurse = scene.logged_in()
        nurse.post(f"/staff/conversations/{conversation}/take-over", data={"owner": ""})
    else:
        scene.says(conversation, "words", "urgent" if trouble == "alert" else "none")
    answer = merge(scene.logged_in("clinician"), kept, other)
    assert answer.status_code == 422 and "Nothing was merged" in answer.text
    assert scene.get(Patient, other).merged_into_id is None


def test_a_phone_that_the_two_shared_is_theirs_alone(scene: Any) -> None:
    kept, ours = scene.patient("Maria Lopez", PHONE)
    other, _ = scene.patient("Maria Lopes")
    with scene.record() as session:
        attach(session, other, PHONE, scene.clock.now(), shared=True)
        assert session.query(PhoneShare).count() == 2
    assert merge(scene.logged_in("clinician"), kept, other).status_code == 303
    with scene.record() as session:
        assert session.query(PhoneShare).count() == 0
        assert session.query(PhoneNumber).one().conversation_id == ours


def test_a_chain_of_duplicates_ends_at_the_one_that_counts(scene: Any) -> None:
    first, second, third = (scene.patient(f"Maria {n}")[0] for n in "ABC")
    browser = scene.logged_in("clinician")
    assert merge(browser, second, third).status_code == 303
    assert merge(browser, first, second).status_code == 303
    with scene.record() as session:
        assert {int(counts_now(session, one).id) for one in (first, second, third)} == {first}
        with pytest.raises(UnknownPatient, match=f"are one by now. Search for {first}"):
            people.patient_by_id(session, third)
    assert merge(browser, first, third).status_code == 404


def test_erasing_takes_the_duplicates_along(scene: Any) -> None:
    kept, _ = scene.patient("Maria Lopez")
    other, _ = lived_in(scene, f"Maria {MARK}")
    clinician = scene.logged_in("clinician")
    merge(clinician, kept, other)
    assert erase(clinician, kept).status_code == 303
    assert holding(scene, MARK) == [] and holding(scene, "Lopez") == []
