"""What cannot be sent: not tried again, put before staff, and an alert where a safety reply does not arrive."""

from __future__ import annotations

import pytest

from bot.care import alerts
from bot.care.consent import OPT_OUT_REPLY
from bot.care.conversations import SAFETY_REPLY
from bot.care.database import transaction
from bot.care.models import Alert, AlertState, Item, PhoneNumber
from bot.care.queue import queue
from bot.channels.sms.delivery import Outcome
from bot.channels.sms.providers import (
    NoProvider,
)
from tests.channels.sms.double import Trouble
from tests.channels.sms.sending import Post
from tests.channels.sms.support import TUESDAY_NOON


@pytest.mark.parametrize("code", [21211, 21408, 21612, 21614, 21617, 30006])
def test_what_cannot_pass_is_not_tried_again_and_staff_know(post: Post, code: int) -> None:
    message_id = post.queued()
    post.double.trouble = [Trouble(status=400, code=code)]
    assert post.deliver(message_id) == Outcome("failed")
    assert (post.last().state, post.last().failure) == ("failed", str(code))
    (item,) = post.of(Item)
    assert (item.kind, item.message_id) == ("failed_delivery", message_id)
    assert post.number not in item.reason
    assert post.of(Alert) == []


def test_a_number_that_opted_out_at_the_carrier_is_recorded_here(post: Post) -> None:
    post.double.trouble = [Trouble(status=400, code=21610)]
    assert post.deliver(post.queued()) == Outcome("failed")
    assert post.record.phone(post.number).opted_out_at == TUESDAY_NOON


def test_without_an_account_staff_are_told(post: Post) -> None:
    assert post.deliver(post.queued(), NoProvider()) == Outcome("failed")
    assert "no_account" in post.of(Item)[0].reason


# --- opted out ---


def opt_out(post: Post) -> None:
    """Record that the number wants no texts."""
    with transaction(post.engine) as session:
        session.query(PhoneNumber).filter_by(number=post.number).one().opted_out_at = TUESDAY_NOON


def test_nothing_is_sent_to_who_opted_out(post: Post) -> None:
    message_id = post.queued()
    opt_out(post)
    assert post.deliver(message_id) == Outcome("failed")
    assert post.double.requests == 0
    assert "opted out" in post.of(Item)[0].reason


def test_the_confirmation_of_an_opt_out_still_goes_out(post: Post) -> None:
    message_id = post.queued("No more texts.", OPT_OUT_REPLY)
    opt_out(post)
    assert post.deliver(message_id) == Outcome("sent")


def test_a_safety_text_in_answer_to_their_own_words_is_sent_all_the_same(post: Post) -> None:
    message_id = post.queued("Call 988.", SAFETY_REPLY)
    opt_out(post)
    assert post.deliver(message_id) == Outcome("sent")
    assert post.double.bodies == ["Call 988."]


# --- a safety reply that does not arrive ---


def test_a_safety_reply_that_cannot_be_delivered_is_an_alert_again(post: Post) -> None:
    message_id = post.queued("Call 988.", SAFETY_REPLY)
    (alert,) = post.of(Alert)
    with transaction(post.engine) as session:
        alerts.locked_alert(session, alert.id).state = AlertState.ACKNOWLEDGED.value
    post.double.trouble = [Trouble(status=400, code=30006)]
    assert post.deliver(message_id) == Outcome("failed")
    (alert,) = post.of(Alert)
    assert (alert.state, alert.level) == ("open", "crisis")
    assert "Phone the patient" in alert.reasons[0]
    assert "Phone the patient" in post.of(Item)[0].reason
    with transaction(post.engine) as session:
        waiting = [
            one
            for one in queue(session, TUESDAY_NOON).waiting
            if one.conversation_id == alert.conversation_id
        ]
    assert [one.sort for one in waiting] == ["alert", "item"]
    assert waiting[0].text == "..."  # what the patient wrote, not our own text


def test_a_safety_reply_that_fails_after_its_alert_was_resolved_opens_another(post: Post) -> None:
    message_id = post.queued("Call 988.", SAFETY_REPLY)
    (alert,) = post.of(Alert)
    with transaction(post.engine) as session:
        alerts.locked_alert(session, alert.id).state = AlertState.RESOLVED.value
    post.double.trouble = [Trouble(status=400, code=30006)]
    post.deliver(message_id)
    _, again = post.of(Alert)
    assert (again.state, again.level) == ("open", "crisis")


def test_staff_know_of_a_late_safety_reply_while_it_is_still_tried(post: Post) -> None:
    message_id = post.queued("Call 988.", SAFETY_REPLY)
    post.double.trouble = [Trouble(status=503) for _ in range(3)]
    for known in (0, 1, 1):
        assert post.deliver(message_id).kind == "retry"
        assert len(post.of(Item)) == known
    assert post.deliver(message_id) == Outcome("sent")
