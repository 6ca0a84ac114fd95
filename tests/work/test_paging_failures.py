"""Pages that cannot be sent, processes that are killed, jobs that are lost: somebody is paged all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.care import roster_edits
from bot.care.database import transaction
from bot.care.models import Alert, AuditEntry, Responder
from bot.clinic.paging_settings import Rung
from tests.work.paging_scene import DANIEL, NORA, Duty, Hook, Mailbox


def test_two_processes_page_once(duty: Duty, mailbox: Mailbox) -> None:
    import threading

    alert_id = duty.alert("crisis")
    ready = threading.Barrier(4)

    def work(paging: object) -> None:
        ready.wait()
        paging.page(alert_id)  # type: ignore[attr-defined]

    threads = [threading.Thread(target=work, args=(duty.another(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert duty.log() == [(0.0, NORA, "email", "sent")]
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("place", ["begin_attempt", "claim", "sent"])
def test_killed_between_any_two_steps_somebody_is_paged_all_the_same(
    duty: Duty, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    class Killed(BaseException):
        """The process ends here: nothing catches it."""

    def kill(*_: object, **__: object) -> None:
        raise Killed

    alert_id = duty.alert("crisis")
    with monkeypatch.context() as patch:
        patch.setattr(f"bot.work.paging.pages.{place}", kill)
        with pytest.raises(Killed):
            duty.paging.page(alert_id)
    assert len(duty.due()) == 1
    duty.another().sweep()
    assert duty.log() == [(0.0, NORA, "email", "sent")]


def test_a_lost_job_is_found_and_a_lost_ladder_too(duty: Duty) -> None:
    duty.alert("crisis")
    with transaction(duty.engine) as session:
        session.execute(text("delete from procrastinate_jobs"))
        session.execute(text("delete from climb"))
    duty.paging.sweep()
    assert duty.log() == [(0.0, NORA, "email", "sent")]


def test_a_page_that_fails_climbs_on_at_once_and_is_tried_again(
    duty: Duty, mailbox: Mailbox, hook: Hook
) -> None:
    mailbox.refuse = True
    duty.paging.page(duty.alert("crisis"))
    states = {(row.rung, row.way, row.state, row.error) for row in duty.rows()}
    assert (2, "duty_pager", "sent", None) in states
    assert {row.rung for row in duty.rows()} == {0, 1, 2}
    assert all(row.error for row in duty.rows() if row.way == "email")
    duty.pass_time(3)
    assert {row.state for row in duty.rows() if row.way == "email"} == {"failed"}
    assert all(row.attempts == 3 for row in duty.rows() if row.way == "email")


def test_with_every_way_down_the_last_rung_is_rung_again_soon(
    duty: Duty, mailbox: Mailbox, hook: Hook
) -> None:
    mailbox.refuse, hook.status = True, 500
    duty.paging.page(duty.alert("crisis"))
    first = len(duty.rows())
    assert {row.error for row in duty.rows() if row.way == "duty_pager"} == {"http_500"}
    mailbox.refuse, hook.status = False, 200
    duty.pass_time(2.5)
    assert len([row for row in duty.rows()[first:] if row.state == "sent"]) == 3


def test_every_try_has_its_outcome_in_the_audit(duty: Duty, mailbox: Mailbox) -> None:
    mailbox.refuse = True
    email_only = duty.another(ladder=(Rung(who="first_on_call", by=("email",)),))
    email_only.page(duty.alert("crisis"))
    (page,) = duty.rows()
    duty.clock.move(timedelta(seconds=31))
    mailbox.refuse = False
    email_only.sweep()
    with transaction(duty.engine) as session:
        tries = session.query(AuditEntry).filter_by(subject=f"page:{page.id}").order_by(AuditEntry.id)
        found = [(one.action, one.staff_id, one.detail) for one in tries]
    assert found == [
        ("page.not_sent", None, {"attempt": 1, "way": "email", "error": "not_accepted"}),
        ("page.sent", None, {"attempt": 2, "way": "email"}),
    ]


def test_a_server_that_is_not_there_is_named_by_kind(duty: Duty) -> None:
    duty.environment["AFTERCARE_DUTY"] = "json://127.0.0.1:1/x"
    duty.another(ladder=(Rung(who="everybody", by=("duty_pager",)),)).page(duty.alert("crisis"))
    assert {row.error for row in duty.rows() if row.way == "duty_pager"} == {"unreachable"}


@pytest.mark.parametrize(("value", "error"), [("", "not_set_up"), ("nonsense", "bad_address")])
def test_a_service_that_is_set_up_wrong_fails_and_is_not_tried_for_ever(
    duty: Duty, value: str, error: str
) -> None:
    duty.environment["AFTERCARE_DUTY"] = value
    duty.another(ladder=(Rung(who="everybody", by=("duty_pager",)),)).page(duty.alert("crisis"))
    row = next(row for row in duty.rows() if row.way == "duty_pager")
    assert (row.state, row.error, row.attempts) == ("failed", error, 1)


def test_somebody_without_an_address_is_a_failure_that_is_seen(duty: Duty) -> None:
    duty.paging.sweep()
    with transaction(duty.engine) as session:
        nora = session.query(Responder).filter_by(name=NORA).one()
        for contact in nora.contacts:
            roster_edits.remove_contact(session, int(contact.id))
    duty.paging.page(duty.alert("crisis"))
    assert duty.log()[0] == (0.0, NORA, "", "failed")
    assert (0.0, DANIEL, "email", "sent") in duty.log()


def test_acknowledged_while_a_page_is_on_its_way_waits_for_nobody(duty: Duty, hook: Hook) -> None:
    alert_id = duty.alert("crisis")
    hook.before = lambda: duty.acknowledge(alert_id)
    duty.another(ladder=(Rung(who="everybody", by=("duty_pager",)),)).page(alert_id)
    with transaction(duty.engine) as session:
        assert session.get(Alert, alert_id).state == "acknowledged"
    assert len(hook.bodies) == 1


def test_pages_that_were_not_needed_any_more_are_not_sent(duty: Duty, mailbox: Mailbox) -> None:
    mailbox.refuse = True
    alert_id = duty.alert("crisis")
    duty.paging.page(alert_id)
    duty.acknowledge(alert_id)
    mailbox.refuse = False
    duty.pass_time(5)
    assert mailbox.mails == []
    assert {row.state for row in duty.rows() if row.way == "email"} == {"not_needed"}
