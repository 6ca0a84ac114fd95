"""Trying to reach a patient, and how an alert ends: not with "could not reach", and never without a trace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.care import alerts, attempts
from bot.care.database import transaction
from bot.care.models import Alert, AlertEvent, Attempt, Disposition, NextStep
from tests.work.paging_scene import Duty


def attempt(duty: Duty, alert_id: int, minutes: int = 30, step: NextStep = NextStep.TRY_AGAIN) -> None:
    with transaction(duty.engine) as session:
        at = duty.clock.now() + timedelta(minutes=minutes)
        attempts.record_attempt(
            session,
            alert_id,
            duty.nurse(),
            Attempt.NO_ANSWER,
            "Voicemail",
            duty.clock.now(),
            step=step,
            at=at,
        )


def test_could_not_reach_is_no_end_and_pages_again_when_due(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    duty.paging.page(alert_id)
    duty.acknowledge(alert_id)
    attempt(duty, alert_id)
    duty.pass_time(29.5)
    assert len(duty.rows()) == 1
    duty.pass_time(0.5)
    with transaction(duty.engine) as session:
        alert = session.get(Alert, alert_id)
        assert (alert.state, alert.next_step) == ("open", "try_again")
        kinds = [event.kind for event in session.query(AlertEvent).order_by(AlertEvent.id)]
    assert kinds == ["opened", "acknowledged", "attempt", "due"]
    assert len(duty.rows()) == 2


def test_only_a_clinician_closes_what_nobody_reached_and_says_why(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    duty.acknowledge(alert_id)
    attempt(duty, alert_id, step=NextStep.WELFARE_CHECK)
    nurse, now = duty.nurse(), duty.clock.now()

    def end(note: str, unreached: bool) -> None:
        with transaction(duty.engine) as session:
            alerts.resolve(
                session, alert_id, nurse, Disposition.WELFARE_CHECK, note, now, unreached=unreached
            )

    with pytest.raises(alerts.Unreached, match="ask a clinician"):
        end("Police saw her.", unreached=False)
    with pytest.raises(alerts.Unreached, match="reason"):
        end("", unreached=True)
    end("Police saw her, she is safe.", unreached=True)
    duty.pass_time(60)
    assert duty.rows() == []


def test_after_reaching_the_patient_a_nurse_may_close(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    duty.acknowledge(alert_id)
    attempt(duty, alert_id)
    nurse, now = duty.nurse(), duty.clock.now()
    with transaction(duty.engine) as session:
        attempts.record_attempt(session, alert_id, nurse, Attempt.REACHED, "", now)
        alerts.resolve(session, alert_id, nurse, Disposition.REACHED_SAFE, "Spoke with her.", now)


@pytest.mark.parametrize("minutes", [-1, 0, 24 * 60 + 1])
def test_the_next_step_is_soon_and_named(duty: Duty, minutes: int) -> None:
    alert_id = duty.alert("crisis")
    duty.acknowledge(alert_id)
    with pytest.raises(attempts.BadNextStep):
        attempt(duty, alert_id, minutes)


def test_an_alert_after_the_resolution_names_the_one_before(duty: Duty) -> None:
    first = duty.alert("crisis")
    duty.acknowledge(first)
    with transaction(duty.engine) as session:
        alert = alerts.resolve(
            session, first, duty.nurse(), Disposition.REACHED_SAFE, "Spoke with her.", duty.clock.now()
        )
        conversation = int(alert.conversation_id)
    duty.pass_time(30)
    second = duty.alert("crisis", conversation)
    with transaction(duty.engine) as session:
        assert session.get(Alert, second).follows_id == first
        nurse = duty.nurse()
        alerts.acknowledge(session, second, nurse, duty.clock.now())
        alerts.resolve(session, second, nurse, Disposition.REACHED_SAFE, "Again.", duty.clock.now())
    duty.clock.move(timedelta(hours=25))
    third = duty.alert("crisis", conversation)
    with transaction(duty.engine) as session:
        assert session.get(Alert, third).follows_id is None


@pytest.mark.parametrize("change", ["update alert_event set kind = 'x'", "delete from alert_event"])
def test_history_is_append_only_in_the_database_itself(duty: Duty, change: str) -> None:
    duty.alert("crisis")
    with pytest.raises(Exception, match="append-only"), transaction(duty.engine) as session:
        session.execute(text(change))
    with transaction(duty.engine) as session:
        session.execute(text("set local aftercare.erasing = 'yes'"))
        session.execute(text(change))
