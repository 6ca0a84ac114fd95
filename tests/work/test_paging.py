"""An alert climbs the ladder until somebody acknowledges it: who is paged, when, and what no page may hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care import alerts, attempts, roster_edits
from bot.care.database import transaction
from bot.care.models import Alert, AlertEvent, Attempt, Disposition, NextStep, Responder
from bot.clinic.clock import FixedClock
from bot.clinic.paging_settings import Mail, Paging, Rung
from bot.clinic.settings import load_clinic
from tests.work.paging_scene import Duty, Hook, Mailbox, mail_server, web_hook

OPEN = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)  # Tuesday noon in New York
NIGHT = datetime(2026, 3, 4, 4, 0, tzinfo=timezone.utc)  # Tuesday, 23:00 there
NORA, DANIEL = "Nora Whitfield", "Daniel Okafor"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_hook() as made:
        yield made


@pytest.fixture
def duty(engine: Engine, mailbox: Mailbox, hook: Hook) -> Duty:
    """First on call by mail, after 3 minutes all on call, after 5 more everybody and the duty pager; again every 15."""
    paging = Paging(
        ladder=(
            Rung(who="first_on_call", by=("email",), minutes=3),
            Rung(who="on_call", by=("email",), minutes=5),
            Rung(who="everybody", by=("email", "duty_pager"), minutes=10),
        ),
        mail=Mail(host="127.0.0.1", port=mailbox.port, security="none", sender="aftercare@clinic.example"),
        services={"duty_pager": "AFTERCARE_DUTY"},
    )
    clinic = load_clinic().copy(update={"paging": paging})
    return Duty(engine, clinic, FixedClock(OPEN), {"AFTERCARE_DUTY": hook.url})


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
    duty.pass_time(60)
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
