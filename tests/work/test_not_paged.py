"""When not one page went out, a patient is told so: whoever the reason is, once, and only while it is true."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care import pages
from bot.care.database import transaction
from bot.care.models import Channel, Page, PageState, Responder
from bot.guidance.phrases import Phrases
from bot.work.nobody_yet import tell_of_nobody_yet
from tests.work.night_scene import HARMED, Night
from tests.work.paging_scene import DANIEL, Duty, Hook, Mailbox


def without_worker(night: Night, seconds: float) -> None:
    """Time passes, and nobody pages."""
    night.duty.clock.move(timedelta(seconds=seconds))
    night.look()


def test_where_no_worker_pages_the_patient_is_told_in_a_minute_and_once(night: Night) -> None:
    night.writes("i want to end it tonight")
    without_worker(night, 40)
    assert night.said("not_paged") == []
    without_worker(night, 10)
    (told,) = night.said("not_paged")
    assert "not been able to reach anybody" in told.text and "988" in told.text and "911" in told.text
    without_worker(night, 60)
    night.writes("are you there, i will do it")
    without_worker(night, 60)
    assert len(night.said("not_paged")) == 1
    # It works again, and everybody is paged in vain: that is another thing to be told.
    night.passes(20)
    assert (len(night.said("not_paged")), len(night.said())) == (1, 1)


def test_nothing_is_said_where_the_first_page_went_out(night: Night) -> None:
    night.writes("i want to end it tonight")
    night.duty.paging.page(night.alert)
    without_worker(night, 120)
    assert night.said("not_paged") == []


def test_where_every_page_fails_it_is_said_at_once_and_never_that_everybody_was_told(
    duty: Duty, mailbox: Mailbox, hook: Hook
) -> None:
    night = Night(duty)
    mailbox.refuse, hook.status = True, 500
    night.writes("i want to end it tonight")
    duty.paging.page(night.alert)
    night.look()
    assert len(night.said("not_paged")) == 1
    night.passes(30)
    assert (len(night.said("not_paged")), night.said()) == (1, [])


@pytest.fixture
def one_failed(duty: Duty, mailbox: Mailbox, hook: Hook) -> Night:
    """A crisis whose mail was refused and whose pager took the page."""
    night = Night(duty)
    mailbox.refuse = True
    night.writes("i want to end it tonight")
    duty.paging.page(night.alert)
    night.look()
    assert [row.state for row in duty.rows() if row.way == "duty_pager"] == ["sent"]
    return night


def test_one_page_that_failed_is_no_news_to_the_patient_where_the_next_went_out(one_failed: Night) -> None:
    assert one_failed.said("not_paged") == []


def test_where_the_one_that_went_out_did_not_arrive_either_nobody_was_reached_and_it_is_said(
    one_failed: Night, duty: Duty, hook: Hook
) -> None:
    hook.status = 500
    with transaction(duty.engine) as session:
        for page in session.query(Page).filter_by(state=PageState.SENT.value):
            assert pages.not_delivered(session, int(page.id), duty.clock.now()) is not None
    duty.paging.page(one_failed.alert)
    one_failed.look()
    assert "sent" not in {one.state for one in duty.rows()}
    (told,) = one_failed.said("not_paged")
    assert "not been able to reach anybody" in told.text


@pytest.mark.parametrize("level", ["crisis", "urgent"])
def test_that_everybody_was_tried_is_true_where_a_page_to_one_of_them_failed(
    night: Night, level: str
) -> None:
    """Nobody is said to have been told who was not."""
    night.duty.paging.sweep()
    with transaction(night.duty.engine) as session:
        daniel = session.query(Responder).filter_by(name=DANIEL).one()
        for contact in daniel.contacts:
            contact.active = False
    night.writes("i want to end it tonight" if level == "crisis" else "my arm is sore", level)
    night.passes(20)
    (told,) = night.said()
    assert "tried to reach everybody on the care team" in told.text
    assert "failed" in {one.state for one in night.duty.rows()} and night.said("not_paged") == []


def test_where_nobody_is_in_the_roster_it_is_said(night: Night) -> None:
    night.duty.paging.sweep()
    with transaction(night.duty.engine) as session:
        session.query(Responder).update({"active": False})
    night.writes("i want to end it tonight")
    night.duty.paging.page(night.alert)
    night.look()
    assert len(night.said("not_paged")) == 1 and night.said() == []


def test_in_no_danger_it_is_said_calmly_and_only_when_all_was_tried(
    duty: Duty, mailbox: Mailbox, hook: Hook
) -> None:
    night = Night(duty)
    mailbox.refuse, hook.status = True, 500
    night.writes("my arm is sore", "urgent")
    without_worker(night, 120)
    assert night.said("not_paged") == []
    duty.paging.page(night.alert)
    night.look()
    (told,) = night.said("not_paged")
    assert told.text == Phrases.load().say("not_paged_calm", "web", duty.clinic)


def test_by_text_message_in_the_language_of_the_patient(night: Night) -> None:
    night.writes("quiero morir, ya no puedo mas", channel=Channel.SMS)
    without_worker(night, 60)
    # By text it would wait for the worker that is not there, and come when it is not true any more.
    assert night.said("not_paged") == []
    night.care_beats()
    night.look()
    (told,) = night.said("not_paged")
    assert (told.channel, told.state) == ("sms", "queued") and "oprima 2" in told.text
    assert len(told.text) <= 160


@pytest.mark.parametrize("how", ["watched", "a person is there", "acknowledged"])
def test_not_where_it_would_do_harm_or_is_not_true(night: Night, how: str) -> None:
    night.writes(
        "he hits me" if how == "watched" else "i want to die", fired=(HARMED,) if how == "watched" else ()
    )
    if how == "a person is there":
        night.taken_over()
    elif how == "acknowledged":
        night.duty.acknowledge(night.alert)
    without_worker(night, 120)
    assert night.said("not_paged") == []


def test_two_processes_say_it_once(night: Night) -> None:
    from concurrent.futures import ThreadPoolExecutor

    night.writes("i want to end it tonight")
    night.duty.clock.move(timedelta(minutes=2))
    duty = night.duty
    with ThreadPoolExecutor(4) as threads:
        arguments = (duty.engine, Phrases.load(), duty.clinic, duty.clock)
        told = [threads.submit(tell_of_nobody_yet, *arguments) for _ in range(4)]
    assert sum(one.result() for one in told) == 1 == len(night.said("not_paged"))
