"""An alert climbs the ladder until somebody acknowledges it: who is paged, when, and what no page may hold."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from bot.care import alerts, roster_edits
from bot.care.database import transaction
from bot.care.models import Alert
from tests.work.paging_scene import DANIEL, NIGHT, NORA, OPEN, Duty, Hook, Mailbox


def test_the_ladder_climbs_until_somebody_acknowledges(duty: Duty, mailbox: Mailbox, hook: Hook) -> None:
    alert_id = duty.alert("crisis")
    duty.paging.page(alert_id)
    duty.pass_time(20)
    assert duty.log() == [
        (0.0, NORA, "email", "sent"),
        (3.0, NORA, "email", "sent"),
        (3.0, DANIEL, "email", "sent"),
        (8.0, NORA, "email", "sent"),
        (8.0, DANIEL, "email", "sent"),
        (8.0, "duty_pager", "duty_pager", "sent"),
        (18.0, NORA, "email", "sent"),
        (18.0, DANIEL, "email", "sent"),
        (18.0, "duty_pager", "duty_pager", "sent"),
    ]
    assert len(mailbox.mails) == 7 and len(hook.bodies) == 2
    assert duty.climbs()[0].state == "exhausted"
    duty.pass_time(12.5)
    assert len(duty.rows()) == 9
    duty.pass_time(0.5)
    assert len(duty.rows()) == 12
    duty.acknowledge(alert_id)
    duty.pass_time(29)
    assert len(duty.rows()) == 12
    assert (duty.climbs()[0].state, duty.climbs()[0].ended) == ("ended", "acknowledged")


def test_a_page_tells_nothing_of_the_patient_and_has_a_link(
    duty: Duty, mailbox: Mailbox, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    alert_id = duty.alert("crisis")
    with caplog.at_level("DEBUG"):
        duty.paging.page(alert_id)
        duty.pass_time(9)
    pages = [body for _, body in mailbox.mails] + [str(body) for body in hook.bodies]
    assert mailbox.mails[0][0] == "nora.whitfield@riverside.example"
    for page in pages:
        plain = page.replace("=\n", "").replace("=3D", "=")
        assert "An alert (crisis) waits at Riverside Ketamine Clinic" in plain
        assert "/staff/page/" in plain
        assert not any(word in plain for word in ("purple", "elephants", "Ana", "Lopez", "A reason"))
    assert "@riverside.example" not in caplog.text and "purple" not in caplog.text


def test_the_first_page_belongs_to_the_same_transaction_as_the_alert(duty: Duty) -> None:
    with pytest.raises(RuntimeError), transaction(duty.engine) as session:
        duty_alert_in(session, duty)
        raise RuntimeError("the process dies before the commit")
    assert duty.jobs() == 0 and duty.climbs() == []
    duty.alert("crisis")
    assert duty.jobs() == 1 and len(duty.climbs()) == 1


def duty_alert_in(session: object, duty: Duty) -> None:
    from bot.care import conversations
    from bot.safety.levels import Level

    conversation = conversations.start_conversation(session)  # type: ignore[arg-type]
    alerts.raise_signal(
        session, int(conversation.id), Level.CRISIS, ["Why"], duty.clock.now(), key="rolled-back"
    )  # type: ignore[arg-type]


def test_at_night_a_rung_without_anybody_costs_no_time(duty: Duty) -> None:
    duty.clock.move(NIGHT - OPEN)
    duty.paging.page(duty.alert("emergency"))
    assert duty.log() == [
        (0.0, "first_on_call", "", "nobody"),
        (0.0, "on_call", "", "nobody"),
        (0.0, NORA, "email", "sent"),
        (0.0, DANIEL, "email", "sent"),
        (0.0, "duty_pager", "duty_pager", "sent"),
    ]


@pytest.mark.parametrize("level", ["urgent", "unassessed"])
def test_an_urgent_alert_waits_for_the_clinic_to_open_and_no_longer(duty: Duty, level: str) -> None:
    duty.clock.move(NIGHT - OPEN)
    alert_id = duty.alert(level)
    duty.paging.page(alert_id)
    opening = datetime(2026, 3, 4, 13, 0, tzinfo=timezone.utc)  # Wednesday, 08:00
    assert duty.rows() == [] and duty.climbs()[0].next_at == opening
    duty.clock.move(opening - NIGHT - timedelta(minutes=1))
    duty.paging.sweep()
    assert duty.rows() == []
    duty.pass_time(1)
    assert duty.log() == [(0.0, NORA, "email", "sent")]
    at_once = duty.another(urgent="at_once")
    duty.clock.move(timedelta(hours=14))
    other = duty.alert(level)
    at_once.page(other)
    assert [row.state for row in duty.rows() if row.alert_id == other].count("sent") == 3


def test_urgent_in_opening_hours_pages_at_once(duty: Duty) -> None:
    duty.paging.page(duty.alert("urgent"))
    assert duty.log() == [(0.0, NORA, "email", "sent")]


def test_a_holiday_is_no_working_day(duty: Duty) -> None:
    duty.paging.sweep()
    with transaction(duty.engine) as session:
        roster_edits.add_holiday(session, OPEN.date(), "Town day")
    duty.paging.page(duty.alert("urgent"))
    assert duty.climbs()[0].next_at == datetime(2026, 3, 4, 13, 0, tzinfo=timezone.utc)
    duty.paging.page(duty.alert("crisis"))
    assert [row.state for row in duty.rows()][:2] == ["nobody", "nobody"]


def test_further_messages_are_no_storm_and_a_higher_level_pages_again(duty: Duty) -> None:
    alert_id = duty.alert("urgent")
    duty.paging.page(alert_id)
    with transaction(duty.engine) as session:
        conversation = int(session.get(Alert, alert_id).conversation_id)
    duty.alert("urgent", conversation)
    duty.paging.page(alert_id)
    assert len(duty.rows()) == 1
    duty.alert("crisis", conversation)
    duty.paging.page(alert_id)
    assert duty.log() == [(0.0, NORA, "email", "sent"), (0.0, NORA, "email", "sent")]
    assert [(one.state, one.ended, one.level) for one in duty.climbs()] == [
        ("ended", "overtaken", "urgent"),
        ("climbing", None, "crisis"),
    ]


def test_words_after_the_acknowledgement_page_again_after_a_grace(duty: Duty) -> None:
    alert_id = duty.alert("crisis")
    duty.paging.page(alert_id)
    duty.acknowledge(alert_id)
    with transaction(duty.engine) as session:
        conversation = int(session.get(Alert, alert_id).conversation_id)
    duty.pass_time(5)
    duty.alert("crisis", conversation)
    duty.paging.page(alert_id)
    assert len(duty.rows()) == 1
    duty.pass_time(2.5)
    assert len(duty.rows()) == 1
    duty.pass_time(0.5)
    assert len(duty.rows()) == 2


def test_the_daily_test_page_goes_out_once_and_says_that_it_is_one(duty: Duty, mailbox: Mailbox) -> None:
    testing = duty.another(test_at=OPEN.astimezone(duty.clinic.zone).time())
    duty.paging = testing
    duty.pass_time(30)
    assert sorted(to for to, _ in mailbox.mails) == [
        "daniel.okafor@riverside.example",
        "nora.whitfield@riverside.example",
    ]
    assert all("This is a test" in body and "/staff/page/" not in body for _, body in mailbox.mails)
    duty.clock.move(timedelta(days=1))
    testing.sweep()
    assert len(mailbox.mails) == 4
