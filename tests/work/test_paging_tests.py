"""A test page that failed is red until a later one arrives; a page that was not delivered, from when that was known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care import pages, roster, roster_edits
from bot.care.database import transaction
from bot.care.models import Page, Responder
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
    """To whom the last test page by mail failed: the demo's clinic has no account for texts."""
    return [name for name, way, _ in red(duty).failed_tests if way == "email"]


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
    assert (by_mail(tested), red(tested).failed) == (BOTH, 0)
    assert (NORA, "text", "no_account") in red(tested).failed_tests
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
    assert red(tested).failed_tests == ()


def test_without_daily_test_pages_one_that_failed_is_red_for_an_hour(duty: Duty, mailbox: Mailbox) -> None:
    duty.paging.sweep()  # makes the roster
    mailbox.refuse = True
    send_test_to(duty, NORA)
    duty.pass_time(5)
    assert (red(duty).failed_tests, red(duty).failed) == ((), 2)
    duty.pass_time(61, step=30)
    assert red(duty).failed == 0


def test_a_page_that_was_not_delivered_counts_from_when_the_carrier_said_so(duty: Duty) -> None:
    alert = duty.alert("crisis")
    duty.paging.page(alert)
    duty.acknowledge(alert)
    duty.clock.move(timedelta(hours=2))
    (page,) = duty.rows()
    with transaction(duty.engine) as session:
        assert pages.not_delivered(session, int(page.id), duty.clock.now()) is not None
    assert red(duty).failed == 1
    duty.clock.move(timedelta(minutes=61))
    assert red(duty).failed == 0
    with transaction(duty.engine) as session:
        assert session.get(Page, page.id).failed_at == duty.clock.now() - timedelta(minutes=61)
