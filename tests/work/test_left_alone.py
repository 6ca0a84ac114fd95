"""An alert that somebody acknowledged and then left pages again, until somebody does something with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.care import alerts, attempts, ownership, reports
from bot.care.database import transaction
from bot.care.models import Alert, AlertEvent, Attempt, Channel, Disposition, NextStep
from bot.clinic.paging_settings import Left
from tests.work.paging_scene import DANIEL, NORA, Duty


def state(duty: Duty, alert_id: int) -> str:
    with transaction(duty.engine) as session:
        return str(session.get(Alert, alert_id).state)


def kinds(duty: Duty, alert_id: int) -> list[str]:
    with transaction(duty.engine) as session:
        rows = session.query(AlertEvent).filter_by(alert_id=alert_id).order_by(AlertEvent.id)
        return [str(row.kind) for row in rows]


def act(duty: Duty, alert_id: int) -> None:
    """A member of staff does something with the patient: takes over, for instance."""
    with transaction(duty.engine) as session:
        conversation = int(session.get(Alert, alert_id).conversation_id)
        attempts.acted(session, conversation, duty.nurse(), duty.clock.now())


@pytest.mark.parametrize(
    ("level", "minutes"), [("crisis", 30), ("emergency", 30), ("urgent", 240), ("unassessed", 240)]
)
def test_after_the_clinics_time_the_ladder_is_climbed_again(duty: Duty, level: str, minutes: int) -> None:
    alert_id = duty.alert(level)
    duty.acknowledge(alert_id)
    duty.pass_time(minutes - 0.5, step=minutes / 3)
    assert (state(duty, alert_id), duty.rows()) == ("acknowledged", [])
    duty.pass_time(0.5)
    assert state(duty, alert_id) == "open"
    assert kinds(duty, alert_id) == ["opened", "acknowledged", "left"]
    assert duty.log() == [(0.0, NORA, "email", "sent")]
    duty.pass_time(3)
    assert [row.name for row in duty.rows()] == [NORA, NORA, DANIEL]


def test_the_job_belongs_to_the_acknowledgement_and_does_it_without_the_sweep(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    with transaction(duty.engine) as session:
        session.execute(text("delete from procrastinate_jobs"))
    duty.acknowledge(alert_id)
    with transaction(duty.engine) as session:
        found = session.execute(text("select scheduled_at, lock from procrastinate_jobs")).all()
    assert [tuple(row) for row in found] == [(duty.clock.now() + timedelta(minutes=30), None)]
    duty.clock.move(timedelta(minutes=30))
    duty.paging.page(alert_id)
    assert duty.log() == [(0.0, NORA, "email", "sent")]


def test_it_is_no_storm(duty: Duty) -> None:
    """After the first ascent everybody once an hour, however long nobody does anything."""
    duty.acknowledge(duty.alert("crisis"))
    duty.pass_time(30 + 18, step=1)
    before = len(duty.rows())
    duty.pass_time(59, step=1)
    assert len(duty.rows()) == before
    duty.pass_time(1 + 4 * 60, step=1)
    hours = {at for at, *_ in duty.log() if at > 20}
    assert hours == {18.0 + 60 * number for number in range(1, 6)}
    assert duty.climbs()[-1].cause == "left"


def test_how_long_is_what_clinic_yml_says(duty: Duty) -> None:
    alert_id, nurse = duty.alert("crisis"), duty.nurse()
    with transaction(duty.engine) as session:
        alerts.acknowledge(session, alert_id, nurse, duty.clock.now(), Left(crisis=10))
    duty.pass_time(10)
    assert state(duty, alert_id) == "open"


def test_whatever_staff_do_begins_the_time_anew(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    duty.acknowledge(alert_id)
    duty.pass_time(20)
    act(duty, alert_id)
    duty.pass_time(29.5)
    assert state(duty, alert_id) == "acknowledged" and duty.rows() == []
    with transaction(duty.engine) as session:
        attempts.record_attempt(session, alert_id, duty.nurse(), Attempt.REACHED, "", duty.clock.now())
    duty.pass_time(29.5)
    assert state(duty, alert_id) == "acknowledged" and duty.rows() == []
    duty.pass_time(0.5)
    assert state(duty, alert_id) == "open" and len(duty.rows()) == 1


def note(duty: Duty, alert_id: int, left: Left = Left()) -> None:
    """A member of staff keeps a private note."""
    with transaction(duty.engine) as session:
        conversation = int(session.get(Alert, alert_id).conversation_id)
        attempts.noted(session, conversation, duty.clock.now(), left)


@pytest.mark.parametrize(("level", "minutes"), [("crisis", 60), ("urgent", 480)])
def test_notes_alone_put_it_off_to_twice_the_time_at_most(duty: Duty, level: str, minutes: int) -> None:
    alert_id = duty.alert(level)
    duty.acknowledge(alert_id)
    for _ in range(11):
        duty.pass_time(minutes / 12)
        note(duty, alert_id)
    duty.pass_time(minutes / 12 - 0.5)
    assert (state(duty, alert_id), duty.rows()) == ("acknowledged", [])
    duty.pass_time(0.5)
    assert state(duty, alert_id) == "open"
    assert len(duty.rows()) == (level == "crisis")  # the urgent one waits for the clinic to open
    # Nor does a further note stop the ladder.
    note(duty, alert_id)
    duty.pass_time(3)
    assert state(duty, alert_id) == "open" and len(duty.rows()) == 3 * (level == "crisis")


@pytest.mark.parametrize("how", ["a word to the patient", "a try", "taking over"])
def test_after_reaching_out_notes_count_again(duty: Duty, how: str) -> None:
    alert_id = duty.alert("crisis")
    duty.acknowledge(alert_id)
    duty.pass_time(29)
    nurse, now, told = duty.nurse(), duty.clock.now(), dict.fromkeys(Channel, "I am here.")
    with transaction(duty.engine) as session:
        conversation = int(session.get(Alert, alert_id).conversation_id)
        if how == "a try":
            attempts.record_attempt(session, alert_id, nurse, Attempt.REACHED, "", now)
        elif how == "taking over":
            ownership.take_over(session, conversation, nurse, now, expected_owner_id=None, announcement=told)
        else:
            ownership.write(session, conversation, nurse, "I am here.", now, once="1", seen=1)
        if how != "a try":
            attempts.acted(session, conversation, nurse, now)
    for _ in range(2):
        duty.pass_time(25)
        note(duty, alert_id)
    duty.pass_time(9.5)
    assert state(duty, alert_id) == "acknowledged"
    duty.pass_time(0.5)
    assert state(duty, alert_id) == "open"


def test_a_note_never_brings_the_page_forward(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    with transaction(duty.engine) as session:
        alerts.acknowledge(session, alert_id, duty.nurse(), duty.clock.now(), Left(crisis=60))
    note(duty, alert_id, Left(crisis=5, notes=1))
    duty.pass_time(59)
    assert state(duty, alert_id) == "acknowledged"


def test_a_note_beside_an_open_alert_or_none_changes_nothing(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    note(duty, alert_id)
    assert (state(duty, alert_id), kinds(duty, alert_id)) == ("open", ["opened"])


def test_doing_something_takes_a_left_alert_and_ends_the_pages(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    duty.acknowledge(alert_id)
    duty.pass_time(31)
    assert len(duty.rows()) == 1
    act(duty, alert_id)
    assert state(duty, alert_id) == "acknowledged"
    duty.pass_time(29)
    assert len(duty.rows()) == 1


def test_what_the_patient_wrote_is_not_acknowledged_by_the_way(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    duty.acknowledge(alert_id)
    duty.pass_time(45)
    paged = len(duty.rows())
    with transaction(duty.engine) as session:
        conversation = int(session.get(Alert, alert_id).conversation_id)
    duty.alert("crisis", conversation)
    act(duty, alert_id)
    assert state(duty, alert_id) == "open"
    duty.paging.page(alert_id)
    assert [climb.cause for climb in duty.climbs()] == ["opened", "left", "joined"]
    assert len(duty.rows()) == paged + 1


def test_a_next_step_is_what_is_waited_for_and_it_pages_as_well(duty: Duty) -> None:
    alert_id, nurse = duty.alert("crisis"), duty.nurse()
    duty.acknowledge(alert_id)
    with transaction(duty.engine) as session:
        attempts.record_attempt(
            session,
            alert_id,
            nurse,
            Attempt.NO_ANSWER,
            "Voicemail",
            duty.clock.now(),
            step=NextStep.TRY_AGAIN,
            at=duty.clock.now() + timedelta(hours=2),
        )
    act(duty, alert_id)
    duty.pass_time(119, step=1)
    assert state(duty, alert_id) == "acknowledged" and duty.rows() == []
    duty.pass_time(1)
    assert kinds(duty, alert_id)[-1] == "due" and len(duty.rows()) == 1
    duty.acknowledge(alert_id)
    duty.pass_time(30)
    assert kinds(duty, alert_id)[-1] == "left" and len(duty.rows()) == 2


def test_what_is_resolved_pages_nobody(duty: Duty) -> None:
    alert_id, nurse = duty.alert("crisis"), duty.nurse()
    duty.acknowledge(alert_id)
    with transaction(duty.engine) as session:
        alerts.resolve(session, alert_id, nurse, Disposition.REACHED_SAFE, "Spoke.", duty.clock.now())
    duty.pass_time(300, step=10)
    assert duty.rows() == []


def test_an_urgent_one_that_was_left_waits_for_the_clinic_to_open(duty: Duty) -> None:
    duty.clock.move(timedelta(hours=4))  # 16:00 in New York; the clinic closes at 18:00
    alert_id = duty.alert("urgent")
    duty.acknowledge(alert_id)
    duty.pass_time(241, step=10)
    assert state(duty, alert_id) == "open" and duty.rows() == []
    duty.pass_time(12 * 60, step=10)
    assert duty.rows()[0].due_at.astimezone(duty.clinic.zone).hour == 8


def test_reports_count_each_wait(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    duty.pass_time(1)
    duty.acknowledge(alert_id)
    duty.pass_time(40)
    act(duty, alert_id)
    with transaction(duty.engine) as session:
        now = duty.clock.now()
        period = reports.Period(now - timedelta(days=1), now + timedelta(minutes=1))
        found = reports.handling(session, period)[0]
        assert found.acknowledge_worst is not None and found.acknowledge_median is not None
        assert found.acknowledge_worst > 60, "it was opened again, and waited longer than at first"
        assert found.acknowledge_median == (60 + found.acknowledge_worst) / 2 and found.pending == 0
