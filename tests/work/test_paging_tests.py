"""Whoever the last page did not reach is red until a later one does, or the address is taken out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.care import pages, roster, roster_edits
from bot.care.database import transaction
from bot.care.models import Page, PageState, Responder
from bot.care.paging_view import Standing, standing
from tests.work.paging_scene import DANIEL, NORA, OPEN, Duty, Mailbox

BOTH = [DANIEL, NORA]


@pytest.fixture
def tested(duty: Duty) -> Duty:
    """The clinic sends test pages each day at noon."""
    duty.paging = duty.another(test_at=OPEN.astimezone(duty.clinic.zone).time())
    return duty


def red(duty: Duty) -> Standing:
    with transaction(duty.engine) as session:
        return standing(session, roster.read(session, duty.paging.clinic), duty.clock.now())


def by_mail(duty: Duty) -> list[str]:
    """Whom the last page by mail did not reach: the demo's clinic has no account for texts."""
    return [name for name, way, _ in red(duty).unreachable if way == "email"]


def person(duty: Duty, name: str) -> Responder:
    with transaction(duty.engine) as session:
        found: Responder = session.query(Responder).filter_by(name=name).one()
        assert found.contacts
        return found


def send_test_to(duty: Duty, name: str) -> None:
    with transaction(duty.engine) as session:
        pages.trial_now(session, session.get(Responder, person(duty, name).id), duty.clock.now())
    duty.paging.send_due()


def test_a_failed_test_page_stays_red_until_a_later_one_to_the_same_person_arrives(
    tested: Duty, mailbox: Mailbox
) -> None:
    mailbox.refuse = True
    tested.pass_time(5)
    tested.clock.move(timedelta(hours=20))
    assert by_mail(tested) == BOTH
    assert (NORA, "text", "no_account") in red(tested).unreachable
    mailbox.refuse = False
    send_test_to(tested, NORA)
    assert by_mail(tested) == [DANIEL], "that Nora can be reached says nothing of Daniel"
    tested.pass_time(4 * 60, step=30)
    tested.pass_time(5)
    assert len(mailbox.mails) == 3 and by_mail(tested) == []


def test_a_page_of_an_alert_that_arrives_ends_it_too(tested: Duty, mailbox: Mailbox) -> None:
    mailbox.refuse = True
    tested.pass_time(5)
    mailbox.refuse = False
    tested.paging.page(tested.alert("crisis"))
    assert by_mail(tested) == [DANIEL]


def test_who_has_left_and_an_address_that_was_taken_out_are_not_waited_for(
    tested: Duty, mailbox: Mailbox
) -> None:
    mailbox.refuse = True
    tested.pass_time(5)
    with transaction(tested.engine) as session:
        for contact in person(tested, NORA).contacts:
            roster_edits.remove_contact(session, int(contact.id))
        roster_edits.remove_person(session, int(person(tested, DANIEL).id))
    assert red(tested).unreachable == ()


def test_a_page_that_failed_is_red_without_daily_test_pages_as_well(duty: Duty, mailbox: Mailbox) -> None:
    duty.paging.sweep()  # makes the roster
    assert red(duty).unreachable == ()
    mailbox.refuse = True
    send_test_to(duty, NORA)
    duty.pass_time(5)
    duty.pass_time(3 * 24 * 60, step=240)
    assert by_mail(duty) == [NORA]
    mailbox.refuse = False
    send_test_to(duty, NORA)
    assert by_mail(duty) == []


def test_a_page_of_an_alert_that_the_carrier_could_not_deliver_is_red_until_a_later_one_goes_out(
    duty: Duty,
) -> None:
    alert = duty.alert("crisis")
    duty.paging.page(alert)
    duty.acknowledge(alert)
    (page,) = duty.rows()
    assert by_mail(duty) == []
    duty.clock.move(timedelta(hours=2))
    with transaction(duty.engine) as session:
        assert pages.not_delivered(session, int(page.id), duty.clock.now()) is not None
        assert session.get(Page, page.id).failed_at == duty.clock.now()
    duty.clock.move(timedelta(days=2))
    assert by_mail(duty) == [page.name]
    send_test_to(duty, page.name)
    assert by_mail(duty) == []


def test_a_service_and_a_person_without_an_address_are_red_too(duty: Duty) -> None:
    duty.paging = duty.another(services={"duty_pager": "AFTERCARE_TEST_PAGER"})
    alert = duty.alert("crisis")
    duty.paging.sweep()  # makes the roster
    with transaction(duty.engine) as session:
        nora = session.query(Responder).filter_by(name=NORA).one()
        for number, (way, person) in enumerate([("duty_pager", None), ("", nora.id)]):
            page = pages.new_page(name=way or NORA, way=way, state=PageState.FAILED, now=duty.clock.now())
            page.key, page.responder_id, page.error = (
                f"made-{number}",
                person,
                "not_set_up" if way else "no_address",
            )
            page.alert_id = alert
            session.add(page)
    assert ("duty_pager", "", "not_set_up") in red(duty).unreachable
    assert (NORA, "", "no_address") not in red(duty).unreachable, "she has an address by now"
    with transaction(duty.engine) as session:
        for contact in person_contacts(session):
            roster_edits.remove_contact(session, contact)
    assert (NORA, "", "no_address") in red(duty).unreachable


def person_contacts(session: Session) -> list[int]:
    """Nora's addresses."""
    return [int(one.id) for one in session.query(Responder).filter_by(name=NORA).one().contacts]
