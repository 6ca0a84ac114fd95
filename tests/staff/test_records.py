"""The whole record of a patient: saved, erased, and made one of two, with nothing lost that must stay."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text

from bot.care import alerts, check_in_consent, holds, people
from bot.care.check_in_consent import How
from bot.care.conversations import Reply, lock, say
from bot.care.merging import counts_now
from bot.care.models import (
    Alert,
    AlertEvent,
    AuditEntry,
    Channel,
    CheckIn,
    CheckInAnswer,
    Conversation,
    Disposition,
    Invite,
    Item,
    ItemKind,
    Message,
    Patient,
    PhoneNumber,
    PhoneShare,
    StaffMember,
    TrackerState,
    Treatment,
    WebSession,
)
from bot.care.models.notes import Note
from bot.care.numbers import numbers_of
from bot.care.people import UnknownPatient
from bot.care.phones import attach
from bot.care.series import mood_series
from bot.care.treatments import record_treatment

MARK = "zq-marker"
PHONE = "(212) 555-0161"


def lived_in(scene: Any, name: str = f"Maria {MARK}", phone: str = PHONE) -> tuple[int, int]:
    """A patient with something in every corner of the record; all alerts resolved, nothing waits."""
    patient, conversation = scene.patient(name, phone)
    scene.says(conversation, f"better off without me {MARK}", "crisis", MARK, (f"Wrote {MARK}",))
    with scene.record() as session:
        nurse = StaffMember(name="Nora", email=f"{patient}@clinic.example", role="nurse", password_hash="x")
        session.add(nurse)
        session.flush()
        staff = int(nurse.id)
        now = scene.clock.now()
        session.get(Patient, patient).address = f"12 {MARK} St"
        session.get(Patient, patient).portal_id = f"{MARK}-{patient}"
        treatment = record_treatment(session, patient, now - timedelta(days=3), scene.clinic, now)
        check_in = CheckIn(
            conversation_id=conversation,
            treatment_id=treatment.id,
            instrument="mood",
            instrument_version="1",
            state="finished",
            started_at=now,
            ended_at=now,
        )
        session.add(check_in)
        session.flush()
        message = session.query(Message).filter_by(conversation_id=conversation).first()
        session.add(
            CheckInAnswer(
                check_in_id=check_in.id, item="mood", raw=f"4 {MARK}", value=4, message_id=message.id, at=now
            )
        )
        alerts.open_item(session, ItemKind.QUESTION, message, f"Asked {MARK}", now)
        session.add(Note(conversation_id=conversation, staff_id=staff, text=f"note {MARK}", at=now))
        session.add(WebSession(token_hash=f"h{patient}", conversation_id=conversation))
        session.add(Invite(token_hash=f"i{patient}", patient_id=patient, made_by_id=staff, expires_at=now))
        session.add(TrackerState(conversation_id=conversation, state={"words": MARK}, updated_at=now))
        say(session, lock(session, conversation), Reply(f"Hello {MARK}"), channel=Channel.WEB, now=now)
        message.state = "answered"
        alert = session.query(Alert).filter_by(conversation_id=conversation).one()
        alerts.acknowledge(session, int(alert.id), staff, now)
        alerts.resolve(session, int(alert.id), staff, Disposition.REACHED_SAFE, f"Spoke {MARK}", now)
    return patient, conversation


def holding(scene: Any, words: str) -> list[str]:
    """The tables in which `words` stand anywhere."""
    with scene.record() as session:
        names = session.execute(
            text("select table_name from information_schema.tables where table_schema = 'public'")
        ).scalars()
        return [
            name
            for name in sorted(names)
            if session.execute(
                text(f'select 1 from "{name}" t where t::text ilike :words limit 1'), {"words": f"%{words}%"}
            ).first()
        ]


def erase(browser: Any, patient: int, **changes: str) -> Any:
    data = {"because": "asked_by_patient", "number": str(patient), **changes}
    return browser.post(f"/staff/patients/{patient}/erase", data=data)


def merge(browser: Any, kept: int, other: int) -> Any:
    return browser.post(f"/staff/patients/{kept}/merge/{other}", data={"sure": "yes"})


# --- saving


def test_the_file_holds_everything_but_private_notes(scene: Any) -> None:
    patient, _ = lived_in(scene)
    answer = scene.logged_in("clinician").get(f"/staff/patients/{patient}/record.json")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="patient-{patient}.json"'
    whole = json.loads(answer.content)
    assert whole["patient"]["name"] == f"Maria {MARK}" and whole["numbers"][0]["number"] == "+12125550161"
    assert [one["text"] for one in whole["messages"]] == [f"better off without me {MARK}", f"Hello {MARK}"]
    assert whole["check_ins"][0]["answers"][0]["raw"] == f"4 {MARK}"
    assert whole["alerts"][0]["note"] == f"Spoke {MARK}"
    assert [event["kind"] for event in whole["alerts"][0]["history"]][-1] == "resolved"
    assert len(whole["treatments"]) == 1 and whole["other_items"][0]["reason"] == f"Asked {MARK}"
    assert "note zq" not in answer.text and "Private notes of staff" in whole["left_out"]
    with scene.record() as session:
        entry = session.query(AuditEntry).filter_by(action="patient.exported").one()
    assert (entry.subject, entry.detail) == (f"patient:{patient}", {"messages": 2})


@pytest.mark.parametrize(("role", "status"), [("nurse", 403), ("admin", 403), ("auditor", 403)])
def test_only_a_clinician_saves_everything(scene: Any, role: str, status: int) -> None:
    patient, _ = scene.patient()
    assert scene.logged_in(role).get(f"/staff/patients/{patient}/record.json").status_code == status


# --- erasing


def test_erasing_leaves_no_word_and_no_name_and_all_the_counts(scene: Any) -> None:
    patient, conversation = lived_in(scene)
    desk = scene.logged_in("admin")
    shown = desk.get(f"/staff/patients/{patient}/erase").text
    assert "the text of 2 messages" in shown and "1 private note" in shown
    answer = erase(desk, patient)
    assert answer.status_code == 303, answer.text
    assert holding(scene, MARK) == []
    assert holding(scene, "2125550161") == []
    with scene.record() as session:
        assert session.query(Message).count() == 2 and session.query(CheckInAnswer).count() == 1
        alert = session.query(Alert).one()
        assert (alert.level, alert.state, alert.disposition) == ("crisis", "resolved", "reached_and_safe")
        kinds = [one.kind for one in session.query(AlertEvent).order_by(AlertEvent.id)]
        assert kinds == ["opened", "acknowledged", "resolved"]
        assert session.query(AlertEvent).order_by(AlertEvent.id.desc()).first().detail == {
            "disposition": "reached_and_safe"
        }
        assert session.query(Message).filter_by(level="crisis").count() == 1
        assert session.query(WebSession).one().revoked_at and session.query(Invite).one().withdrawn_at
        assert session.query(Treatment).count() == 1
        row = session.get(Patient, patient)
        assert (row.name, row.erased_because) == (f"Erased patient {patient}", "asked_by_patient")
        entry = session.query(AuditEntry).filter_by(action="patient.erased").one()
        assert entry.detail == {"because": "asked_by_patient", "messages": 2}
    page = scene.logged_in().get(f"/staff/conversations/{conversation}")
    assert page.status_code == 200 and "This patient was erased" in page.text


def test_the_history_of_alerts_is_closed_again_after_erasing(scene: Any) -> None:
    patient, _ = lived_in(scene)
    erase(scene.logged_in("admin"), patient)
    with pytest.raises(Exception, match="append-only"), scene.record() as session:
        session.execute(text("update alert_event set level = 'none'"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"number": "4711"}, "to confirm"),
        ({"number": ""}, "to confirm"),
        ({"because": "spite"}, "Choose why"),
    ],
)
def test_without_a_reason_and_the_number_nothing_is_erased(
    scene: Any, change: dict[str, str], says: str
) -> None:
    patient, _ = scene.patient()
    answer = erase(scene.logged_in("clinician"), patient, **change)
    assert answer.status_code == 422 and says in answer.text
    assert scene.get(Patient, patient).name == "Maria Lopez"


@pytest.mark.parametrize("level", ["crisis", "none"])
def test_nobody_is_erased_who_waits_for_help_or_an_answer(scene: Any, level: str) -> None:
    patient, conversation = scene.patient()
    scene.says(conversation, "words", level)
    answer = erase(scene.logged_in("clinician"), patient)
    assert answer.status_code == 422 and "Nothing was erased" in answer.text
    assert scene.messages(conversation)[0].text == "words"


def test_a_number_that_opted_out_stays_opted_out_with_nobody(scene: Any) -> None:
    patient, conversation = scene.patient(phone=PHONE)
    with scene.record() as session:
        numbers_of(session, conversation)[0].opted_out_at = scene.clock.now()
    assert erase(scene.logged_in("admin"), patient).status_code == 303
    with scene.record() as session:
        number = session.query(PhoneNumber).one()
        assert number.opted_out_at and number.conversation.patient_id is None


def test_what_was_written_before_we_knew_them_goes_and_anothers_record_stays(scene: Any) -> None:
    patient, conversation = lived_in(scene)
    other, theirs = lived_in(scene, "Ben Keep", "(212) 555-0162")
    visit = scene.visitor()
    scene.says(visit, "before we knew them")
    with scene.record() as session:
        session.get(Conversation, visit).continued_in_id = conversation
        session.query(Message).update({"state": "answered"})
    assert erase(scene.logged_in("admin"), patient).status_code == 303
    assert [one.text for one in scene.messages(visit)] == [""]
    assert f"better off without me {MARK}" in [one.text for one in scene.messages(theirs)]
    with scene.record() as session:
        assert session.get(Patient, other).name == "Ben Keep"
        assert session.query(Alert).filter_by(conversation_id=theirs).one().note == f"Spoke {MARK}"


def test_an_erased_patient_is_on_no_list_and_takes_no_change(scene: Any) -> None:
    patient, conversation = scene.patient()
    clinician = scene.logged_in("clinician")
    erase(clinician, patient)
    assert "Erased patient" not in clinician.get("/staff/patients").text
    assert "Erased patient" in clinician.post("/staff/patients", data={"words": str(patient)}).text
    assert clinician.get(f"/staff/patients/{patient}/edit").status_code == 404
    said = clinician.post(f"/staff/conversations/{conversation}/reply", data={"text": "hello", "once": "1"})
    assert said.status_code == 409 and scene.messages(conversation) == []


@pytest.mark.parametrize("what", ["erase", "merge"])
@pytest.mark.parametrize("role", ["nurse", "auditor"])
def test_a_nurse_neither_erases_nor_merges(scene: Any, role: str, what: str) -> None:
    patient, _ = scene.patient()
    assert scene.logged_in(role).get(f"/staff/patients/{patient}/{what}").status_code == 403


# --- merging


def test_both_are_shown_side_by_side_with_what_stands_afterwards(scene: Any) -> None:
    kept, other = scene.patient("Maria Lopez", PHONE)[0], scene.patient("María López")[0]
    desk = scene.logged_in("admin")
    assert f"Compare with no. {other}" in desk.get(f"/staff/patients/{kept}/merge").text
    shown = desk.post(f"/staff/patients/{kept}/merge", data={"other": str(other)}).text
    assert "María López" in shown and "differs" in shown and "cannot be undone" in shown
    for wrong in (str(kept), "4711", "abc"):
        answer = desk.post(f"/staff/patients/{kept}/merge", data={"other": wrong})
        assert answer.status_code == 422 and 'aria-describedby="other-wrong"' in answer.text
    unsure = desk.post(f"/staff/patients/{kept}/merge/{other}")
    assert unsure.status_code == 422 and "Tick that both" in unsure.text
    assert scene.get(Patient, other).merged_into_id is None


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
        attach(session, other, PHONE, shared=True)
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


def test_times_in_the_file_are_utc(scene: Any) -> None:
    patient, _ = lived_in(scene)
    whole = scene.logged_in("clinician").get(f"/staff/patients/{patient}/record.json").json()
    assert datetime.fromisoformat(whole["exported_at"]).utcoffset() == timedelta(0)
    assert datetime.fromisoformat(whole["messages"][0]["at"]) == scene.clock.now().astimezone(timezone.utc)


def test_a_legal_hold_keeps_everything(scene: Any) -> None:
    patient, _ = lived_in(scene)
    with scene.record() as session:
        holds.place(session, patient, "A letter of the court", "Nora", scene.clock.now())
    answer = erase(scene.logged_in("clinician"), patient)
    assert answer.status_code == 422 and "A legal hold stands" in answer.text
    assert "message" in holding(scene, MARK)
