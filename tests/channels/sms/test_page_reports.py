"""The carrier took a page to somebody of the staff and could not deliver it: red, and the next rung follows at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care import pages
from bot.care.database import transaction
from bot.care.models import Alert, AuditEntry, Page, Responder
from bot.channels.sms.providers import TwilioProvider
from bot.clinic.clock import FixedClock
from bot.clinic.paging_settings import Rung
from bot.clinic.settings import Clinic
from bot.work.pager import Pager
from bot.work.paging import Paging
from tests.channels.sms.double import CarrierDouble
from tests.channels.sms.support import PUBLIC, Carrier, Record, new_sid
from tests.tables import empty_tables

LADDER = (Rung(who="first_on_call", by=("text",), minutes=3), Rung(who="everybody", by=("text",), minutes=10))


@pytest.fixture
def paging(engine: Engine, clinic: Clinic, clock: FixedClock, twilio: TwilioProvider) -> Paging:
    empty_tables(engine, "procrastinate_jobs")
    rungs = clinic.copy(update={"paging": clinic.paging.copy(update={"ladder": LADDER})})
    return Paging(engine, rungs, clock, Pager(rungs, twilio))


def rows(engine: Engine) -> list[Page]:
    with transaction(engine) as session:
        return list(session.query(Page).order_by(Page.id))


@pytest.fixture
def alert(paging: Paging, carrier: Carrier, record: Record, number: str) -> int:
    """An alert of which the first page went out by text."""
    carrier.text(number, "i want to kill myself")
    (made,) = record.of(Alert, number, Alert.id)
    paging.page(int(made.id))
    return int(made.id)


def test_the_carrier_is_asked_to_report_on_the_page(
    alert: int, engine: Engine, double: CarrierDouble
) -> None:
    (page,) = rows(engine)
    assert double.messages[-1]["status_callback"] == f"{PUBLIC}/sms/status?page={page.id}"


def test_a_page_that_did_not_arrive_counts_as_not_sent_and_the_next_rung_follows(
    alert: int, engine: Engine, paging: Paging, carrier: Carrier
) -> None:
    (page,) = rows(engine)
    assert page.state == "sent"
    assert carrier.report(f"/sms/status?page={page.id}", new_sid(), "delivered").status_code == 204
    assert [one.state for one in rows(engine)] == ["sent"]
    with transaction(engine) as session:
        session.execute(text("delete from procrastinate_jobs"))
    for _ in range(2):  # the carrier repeats itself
        assert (
            carrier.report(f"/sms/status?page={page.id}", new_sid(), "undelivered", "30003").status_code
            == 204
        )
    (failed,) = rows(engine)
    assert (failed.state, failed.error) == ("failed", "undelivered")
    with transaction(engine) as session:
        jobs = "select count(*) from procrastinate_jobs where task_name = 'page' and status = 'todo'"
        assert session.execute(text(jobs)).scalar_one() == 1
        noted = session.query(AuditEntry).filter_by(subject=f"page:{page.id}").order_by(AuditEntry.id)
        assert [(one.action, one.detail.get("error")) for one in noted] == [
            ("page.sent", None),
            ("page.not_sent", "undelivered"),
        ]
    paging.page(alert)
    assert [(one.rung, one.state) for one in rows(engine)] == [(0, "failed"), (1, "sent"), (1, "sent")]


def test_a_test_page_that_did_not_arrive_is_noted(
    engine: Engine, paging: Paging, carrier: Carrier, clock: FixedClock
) -> None:
    paging.sweep()
    with transaction(engine) as session:
        person = session.query(Responder).order_by(Responder.place).first()
        for contact in person.contacts:
            contact.active = contact.kind == "text"
        pages.trial_now(session, person, clock.now())
    paging.send_due()
    (page,) = (one for one in rows(engine) if one.alert_id is None and one.way == "text")
    assert page.state == "sent"
    carrier.report(f"/sms/status?page={page.id}", new_sid(), "failed", "30006")
    assert {one.id: one.state for one in rows(engine)}[page.id] == "failed"


@pytest.mark.parametrize("page", ["99999999999", "x", "-1"])
def test_a_report_on_no_page_of_ours_is_taken_and_forgotten(
    alert: int, engine: Engine, carrier: Carrier, page: str
) -> None:
    assert carrier.report(f"/sms/status?page={page}", new_sid(), "undelivered").status_code == 204
    assert [one.state for one in rows(engine)] == ["sent"]


def test_a_forged_report_on_a_page_changes_nothing(alert: int, engine: Engine, carrier: Carrier) -> None:
    (page,) = rows(engine)
    form: dict[str, Any] = {"MessageSid": new_sid(), "MessageStatus": "undelivered"}
    assert carrier.post(f"/sms/status?page={page.id}", form, signature="x").status_code == 403
    assert [one.state for one in rows(engine)] == ["sent"]
