"""Sending in order, many at once, and what the carrier reports afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text as sql
from sqlalchemy.engine import Engine

from bot.care import jobs
from bot.care.conversations import SAFETY_REPLY
from bot.care.database import transaction
from bot.care.models import Alert, Item
from bot.channels.sms import delivery
from bot.channels.sms.delivery import Outcome, deliver, undelivered
from bot.channels.sms.errors import SendFailed
from bot.channels.sms.providers import (
    SimulatorProvider,
    TwilioProvider,
)
from bot.clinic.clock import FixedClock
from tests.channels.sms.double import CarrierDouble, Trouble
from tests.channels.sms.sending import last, queued
from tests.channels.sms.support import PUBLIC, TOKEN, TUESDAY_NOON, Carrier, Record, new_sid

# --- order, and many at once ---


def test_a_later_message_waits_for_an_earlier_one(
    twilio: TwilioProvider, double: CarrierDouble, engine: Engine, clock: FixedClock, number: str
) -> None:
    first, second = queued(engine, number, "first"), queued(engine, number, "second")
    double.trouble = [Trouble(status=503)]
    assert deliver(engine, first, twilio, clock).kind == "retry"
    assert deliver(engine, second, twilio, clock).kind == "retry"
    assert deliver(engine, first, twilio, clock).kind == "sent"
    assert deliver(engine, second, twilio, clock).kind == "sent"
    assert double.bodies == ["first", "second"]


def test_a_safety_reply_waits_for_nothing(
    twilio: TwilioProvider, double: CarrierDouble, engine: Engine, clock: FixedClock, number: str
) -> None:
    queued(engine, number, "first")
    safety = queued(engine, number, "Call 988.", SAFETY_REPLY)
    assert deliver(engine, safety, twilio, clock) == Outcome("sent")
    assert double.bodies == ["Call 988."]


def test_processes_that_deliver_the_same_message_at_once_send_it_once(
    twilio: TwilioProvider, double: CarrierDouble, engine: Engine, clock: FixedClock, number: str
) -> None:
    message_id = queued(engine, number)
    double.trouble = [Trouble(silent_for=0.2)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: deliver(engine, message_id, twilio, clock).kind, range(4)))
    assert sorted(outcomes) == ["nothing", "nothing", "nothing", "sent"]
    assert double.bodies == ["Not before tomorrow."]


def test_messages_whose_job_was_lost_are_found_and_no_others(
    engine: Engine, clock: FixedClock, number: str
) -> None:
    def found(after: timedelta = timedelta(minutes=5)) -> bool:
        with transaction(engine) as session:
            return message_id in undelivered(session, TUESDAY_NOON + after)

    message_id = queued(engine, number)
    assert not found()
    with engine.begin() as connection:
        connection.execute(
            sql("delete from procrastinate_jobs where args ->> 'message_id' = :id"), {"id": str(message_id)}
        )
    assert found() and not found(timedelta(0))
    with transaction(engine) as session:
        next_try = TUESDAY_NOON + timedelta(minutes=15)
        jobs.defer(session, "deliver", queue=jobs.CARE_QUEUE, at=next_try, message_id=message_id)
    assert not found()
    deliver(engine, message_id, SimulatorProvider(), clock)
    assert not found()


def test_a_patients_message_is_never_sent_anywhere(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    queued(engine, number)
    (theirs,) = record.from_patient(number)
    assert deliver(engine, int(theirs.id), twilio, clock) == Outcome("nothing")
    assert deliver(engine, 2**40, twilio, clock) == Outcome("nothing")
    assert double.requests == 0


def test_no_log_line_holds_the_number_or_the_text(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    clock: FixedClock,
    caplog: pytest.LogCaptureFixture,
    number: str,
) -> None:
    caplog.set_level("DEBUG")
    message_id = queued(engine, number, "Your mood was 3 of 10.")
    double.trouble = [Trouble(status=503)]
    deliver(engine, message_id, twilio, clock)
    deliver(engine, message_id, twilio, clock)
    ours = [
        line.getMessage()
        for line in caplog.records
        if not line.name.startswith(("sqlalchemy", "procrastinate"))
    ]
    assert any(line.startswith("text message") for line in ours)
    assert not any("mood" in line or number in line or TOKEN in line for line in ours)


def test_a_send_failure_names_its_reason_and_what_follows() -> None:
    assert "phone the patient" in str(SendFailed("30006", retry=False))
    assert SendFailed("x" * 200, retry=True).reason == "x" * 64
    assert delivery.TRIES >= 5


# --- reports ---


@pytest.fixture
def sent(
    carrier: Carrier,
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    clock: FixedClock,
    number: str,
) -> tuple[str, str]:
    """A message on its way: the address for reports on it, and the carrier's identifier."""
    deliver(engine, queued(engine, number), twilio, clock)
    return str(double.messages[0]["status_callback"]).removeprefix(PUBLIC), str(double.messages[0]["sid"])


def test_a_report_of_delivery_is_stored(
    carrier: Carrier, sent: tuple[str, str], record: Record, number: str
) -> None:
    assert carrier.report(*sent, "delivered").status_code == 204
    assert last(record, number).state == "delivered"


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        (["delivered", "sent", "queued"], "delivered"),
        (["undelivered", "sent"], "failed"),
        (["delivered", "undelivered"], "delivered"),
        (["failed", "delivered"], "failed"),
        (["sending", "sent", "sent"], "sent"),
        (["nonsense", ""], "sent"),
        (["DELIVERED"], "delivered"),
    ],
)
def test_reports_out_of_order_never_go_backwards(
    carrier: Carrier, sent: tuple[str, str], record: Record, number: str, reports: list[str], state: str
) -> None:
    for report in reports:
        assert carrier.report(*sent, report).status_code == 204
    assert last(record, number).state == state


def test_a_report_of_failure_is_put_before_staff_once(
    carrier: Carrier, sent: tuple[str, str], record: Record, number: str
) -> None:
    for _ in range(3):
        carrier.report(*sent, "undelivered", "30003")
    assert (last(record, number).state, last(record, number).failure) == ("failed", "30003")
    (item,) = record.of(Item, number, Item.id)
    assert "30003" in item.reason


@pytest.mark.parametrize("status", ["undelivered", "failed"])
@pytest.mark.parametrize("code", ["21610", "30006"])
def test_what_is_reported_as_final_is_not_tried_again(
    carrier: Carrier,
    twilio: TwilioProvider,
    double: CarrierDouble,
    sent: tuple[str, str],
    engine: Engine,
    clock: FixedClock,
    record: Record,
    number: str,
    code: str,
    status: str,
) -> None:
    """Twilio finds out later that a number opted out (21610) or is a land line (30006)."""
    requests = double.requests
    assert carrier.report(*sent, status, code).status_code == 204
    assert carrier.report(*sent, "delivered").status_code == 204  # overtaken by the failure
    message = last(record, number)
    assert (message.state, message.failure) == ("failed", code)
    assert deliver(engine, message.id, twilio, clock) == Outcome("nothing")
    assert double.requests == requests
    assert len(record.of(Item, number, Item.id)) == 1
    assert (record.phone(number).opted_out_at is not None) is (code == "21610")


def test_a_safety_reply_reported_undelivered_is_an_alert(
    carrier: Carrier, record: Record, number: str
) -> None:
    from_us = carrier.text(number, "i want to kill myself")
    address = (
        from_us.text.split('statusCallback="')[1].split('"')[0].replace("&amp;", "&").removeprefix(PUBLIC)
    )
    carrier.report(address, new_sid(), "undelivered", "30007")
    (alert,) = record.of(Alert, number, Alert.id)
    assert "Phone the patient" in alert.reasons[0]
    assert len(record.of(Item, number, Item.id)) == 1


def test_a_report_that_comes_before_the_answer_is_stored_counts_as_sent(
    carrier: Carrier,
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    message_id = queued(engine, number)
    address = f"/sms/status?message={message_id}&part=1&of=1"
    sid = new_sid()
    assert carrier.report(address, sid, "sent").status_code == 204
    assert (last(record, number).state, last(record, number).carrier_id) == ("sent", sid)
    assert deliver(engine, message_id, twilio, clock) == Outcome("nothing")
    assert double.requests == 0


def test_of_a_message_in_pieces_the_last_speaks_for_the_whole_and_any_failure_counts(
    carrier: Carrier,
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    deliver(engine, queued(engine, number, "A sentence. " * 200), twilio, clock)
    addresses = [str(taken["status_callback"]).removeprefix(PUBLIC) for taken in double.messages]
    sids = [str(taken["sid"]) for taken in double.messages]
    carrier.report(addresses[0], sids[0], "delivered")
    assert last(record, number).state == "sent"
    carrier.report(addresses[1], sids[1], "delivered")
    assert last(record, number).state == "delivered"
    carrier.report(addresses[0], sids[0], "undelivered", "30005")
    assert last(record, number).state == "failed"


def test_a_forged_report_changes_nothing(
    carrier: Carrier, sent: tuple[str, str], record: Record, number: str
) -> None:
    form = {"MessageSid": sent[1], "MessageStatus": "undelivered"}
    assert carrier.post(sent[0], form, signature="x").status_code == 403
    # Signed for another message: the address is part of what is signed.
    other = sent[0].replace("message=", "message=9")
    signature = carrier.post(other, form).request.headers["X-Twilio-Signature"]
    assert carrier.post(sent[0], form, signature=signature).status_code == 403
    assert last(record, number).state == "sent"


@pytest.mark.parametrize(
    "address", ["/sms/status", "/sms/status?message=99999999999", "/sms/status?message=x&of=-1"]
)
def test_a_report_on_no_message_of_ours_is_taken_and_forgotten(carrier: Carrier, address: str) -> None:
    assert carrier.report(address, new_sid(), "delivered").status_code == 204


def test_a_report_never_touches_a_patients_message(carrier: Carrier, record: Record, number: str) -> None:
    carrier.text(number, "hello")
    (theirs,) = record.from_patient(number)
    carrier.report(f"/sms/status?message={theirs.id}&part=1&of=1", new_sid(), "undelivered")
    assert record.from_patient(number)[0].state == "received"
