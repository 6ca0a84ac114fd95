"""Sending: the real Twilio client against a double of the carrier's API, and what the record of care keeps of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.care import alerts
from bot.care.consent import OPT_OUT_REPLY
from bot.care.conversations import SAFETY_REPLY
from bot.care.database import transaction
from bot.care.models import Alert, AlertState, Item, PhoneNumber
from bot.care.queue import queue
from bot.channels.sms.delivery import TRIES, Outcome, deliver
from bot.channels.sms.providers import (
    Accepted,
    NoProvider,
    Outgoing,
    Provider,
    SimulatorProvider,
    TwilioProvider,
    make_provider,
)
from bot.channels.sms.settings import SmsSettings
from bot.clinic.clock import FixedClock
from tests.channels.sms.double import CarrierDouble, Trouble
from tests.channels.sms.sending import last, queued
from tests.channels.sms.support import ACCOUNT, PUBLIC, TOKEN, TUESDAY_NOON, Record

# --- one interface ---


@pytest.fixture(params=["twilio", "simulator"])
def provider(request: pytest.FixtureRequest) -> Provider:
    if request.param == "simulator":
        return SimulatorProvider()
    made: Provider = request.getfixturevalue("twilio")
    return made


def test_every_provider_takes_a_message_and_the_record_says_so(
    provider: Provider, engine: Engine, record: Record, clock: FixedClock, number: str
) -> None:
    message_id = queued(engine, number)
    assert deliver(engine, message_id, provider, clock) == Outcome("sent")
    sent = last(record, number)
    assert sent.state in ("sent", "delivered")
    assert sent.carrier_id.startswith("SM") and sent.attempts == 1 and sent.failure is None


def test_every_provider_sends_once_however_often_it_is_asked(
    provider: Provider, engine: Engine, record: Record, clock: FixedClock, number: str
) -> None:
    message_id = queued(engine, number)
    first = deliver(engine, message_id, provider, clock)
    carrier_id = last(record, number).carrier_id
    assert (first.kind, deliver(engine, message_id, provider, clock).kind) == ("sent", "nothing")
    assert last(record, number).carrier_id == carrier_id


def test_every_provider_finds_what_it_has_taken(provider: Provider) -> None:
    outgoing = Outgoing("+16465550101", "Not before tomorrow.", 7)
    accepted = provider.send(outgoing)
    assert accepted.carrier_id in [one.carrier_id for one in provider.find(outgoing, TUESDAY_NOON)]


def test_the_settings_choose_the_provider() -> None:
    assert isinstance(make_provider(SmsSettings("simulator", PUBLIC)), SimulatorProvider)
    assert isinstance(make_provider(SmsSettings("off", PUBLIC)), NoProvider)
    made = make_provider(SmsSettings("twilio", PUBLIC, ACCOUNT, TOKEN, "+12125550142"))
    assert isinstance(made, TwilioProvider)
    made.close()


# --- what is handed over ---


def test_the_carrier_gets_number_sender_text_and_where_to_report(
    twilio: TwilioProvider, double: CarrierDouble, engine: Engine, clock: FixedClock, number: str
) -> None:
    message_id = queued(engine, number, "¡Hola! 1 yes, 2 no")
    deliver(engine, message_id, twilio, clock)
    (taken,) = double.messages
    assert (taken["to"], taken["from"], taken["body"]) == (number, "+12125550142", "¡Hola! 1 yes, 2 no")
    assert taken["status_callback"] == f"{PUBLIC}/sms/status?message={message_id}&part=1&of=1"


def test_no_report_is_asked_for_where_the_carrier_could_not_reach_us(double: CarrierDouble) -> None:
    local = TwilioProvider(
        SmsSettings("twilio", "http://localhost:8080", ACCOUNT, TOKEN, "+12125550142", api=double.url)
    )
    local.send(Outgoing("+16465550101", "hello", 7))
    local.close()
    assert double.messages[0]["status_callback"] is None


def test_a_long_text_goes_out_in_order_divided_at_sentences(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    sentence = "Please rest today and drink enough water. "
    message_id = queued(engine, number, sentence * 90)
    assert deliver(engine, message_id, twilio, clock) == Outcome("sent")
    assert len(double.bodies) == 3
    assert all(len(body) <= 1600 and body.endswith("water.") for body in double.bodies)
    assert " ".join(double.bodies) == (sentence * 90).strip()
    assert last(record, number).carrier_id == double.messages[-1]["sid"]


def test_a_long_text_that_broke_off_is_taken_up_where_it_broke_off(
    twilio: TwilioProvider, double: CarrierDouble, engine: Engine, clock: FixedClock, number: str
) -> None:
    parts = [
        "First sentence " + "a" * 1500 + ".",
        "Second sentence " + "b" * 1500 + ".",
        "Third " + "c" * 100 + ".",
    ]
    message_id = queued(engine, number, " ".join(parts))
    double.trouble = [Trouble(), Trouble(status=503)]
    assert deliver(engine, message_id, twilio, clock).kind == "retry"
    assert deliver(engine, message_id, twilio, clock) == Outcome("sent")
    assert double.bodies == parts


# --- what helps to try again, and what does not ---


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(status=429, code=20429),
        Trouble(status=500, code=20500),
        Trouble(status=503, body="<html>upstream</html>"),
        Trouble(status=401, code=20003),
        Trouble(hangs_up=True),
        Trouble(silent_for=1.2),
        Trouble(status=200, body="{}"),
        Trouble(status=302, headers={"Location": "https://example.org"}, body=""),
    ],
    ids=["rate", "server", "page", "token", "hang-up", "silence", "nothing", "redirect"],
)
def test_what_may_pass_is_tried_again_and_sent_once(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
    trouble: Trouble,
) -> None:
    message_id = queued(engine, number)
    double.trouble = [trouble]
    outcome = deliver(engine, message_id, twilio, clock)
    assert outcome.kind == "retry" and outcome.after >= 5
    assert last(record, number).state == "queued" and last(record, number).failure
    assert deliver(engine, message_id, twilio, clock) == Outcome("sent")
    assert double.bodies == ["Not before tomorrow."]
    assert last(record, number).failure is None
    assert record.of(Item, number, Item.id) == []


@pytest.mark.parametrize("trouble", [Trouble(takes=True, hangs_up=True), Trouble(takes=True, silent_for=1.2)])
def test_a_message_whose_answer_got_lost_is_not_sent_twice(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
    trouble: Trouble,
) -> None:
    message_id = queued(engine, number)
    double.trouble = [trouble]
    assert deliver(engine, message_id, twilio, clock).kind == "retry"
    assert deliver(engine, message_id, twilio, clock) == Outcome("sent")
    assert double.bodies == ["Not before tomorrow."]
    assert last(record, number).carrier_id == double.messages[0]["sid"]


def test_a_process_that_dies_between_sending_and_storing_sends_once(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    class Dies(Exception):
        pass

    class DiesAfterSending:
        def send(self, outgoing: Outgoing) -> Accepted:
            twilio.send(outgoing)
            raise Dies

        def find(self, outgoing: Outgoing, since: Any) -> list[Accepted]:
            return twilio.find(outgoing, since)

    message_id = queued(engine, number)
    with pytest.raises(Dies):
        deliver(engine, message_id, DiesAfterSending(), clock)
    assert (last(record, number).state, last(record, number).attempts) == ("queued", 1)
    assert deliver(engine, message_id, twilio, clock) == Outcome("sent")
    assert double.bodies == ["Not before tomorrow."]


def test_the_same_words_said_twice_are_two_messages(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    assert deliver(engine, queued(engine, number), twilio, clock) == Outcome("sent")
    second = queued(engine, number)
    double.trouble = [Trouble(status=503)]
    assert deliver(engine, second, twilio, clock).kind == "retry"
    assert deliver(engine, second, twilio, clock) == Outcome("sent")
    assert len(double.bodies) == 2


def test_the_carrier_says_how_long_to_wait(
    twilio: TwilioProvider, double: CarrierDouble, engine: Engine, clock: FixedClock, number: str
) -> None:
    double.trouble = [Trouble(status=429, code=20429, headers={"Retry-After": "77"})]
    assert deliver(engine, queued(engine, number), twilio, clock) == Outcome("retry", 77.0)


def test_pauses_grow_and_end_with_a_person(
    double: CarrierDouble,
    twilio: TwilioProvider,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    message_id = queued(engine, number)
    double.trouble = [Trouble(status=503) for _ in range(TRIES)]
    outcomes = [deliver(engine, message_id, twilio, clock) for _ in range(TRIES)]
    pauses = [outcome.after for outcome in outcomes[:-1]]
    assert pauses == sorted(pauses) and pauses[0] < pauses[3] <= 900
    assert outcomes[-1] == Outcome("failed")
    assert last(record, number).state == "failed"
    assert len(record.of(Item, number, Item.id)) == 1
    assert deliver(engine, message_id, twilio, clock) == Outcome("nothing")


@pytest.mark.parametrize("code", [21211, 21408, 21612, 21614, 21617, 30006])
def test_what_cannot_pass_is_not_tried_again_and_staff_know(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
    code: int,
) -> None:
    message_id = queued(engine, number)
    double.trouble = [Trouble(status=400, code=code)]
    assert deliver(engine, message_id, twilio, clock) == Outcome("failed")
    assert (last(record, number).state, last(record, number).failure) == ("failed", str(code))
    (item,) = record.of(Item, number, Item.id)
    assert (item.kind, item.message_id) == ("failed_delivery", message_id)
    assert number not in item.reason
    assert record.of(Alert, number, Alert.id) == []


def test_a_number_that_opted_out_at_the_carrier_is_recorded_here(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    double.trouble = [Trouble(status=400, code=21610)]
    assert deliver(engine, queued(engine, number), twilio, clock) == Outcome("failed")
    assert record.phone(number).opted_out_at == TUESDAY_NOON


def test_without_an_account_staff_are_told(
    engine: Engine, record: Record, clock: FixedClock, number: str
) -> None:
    assert deliver(engine, queued(engine, number), NoProvider(), clock) == Outcome("failed")
    assert "no_account" in record.of(Item, number, Item.id)[0].reason


# --- opted out ---


def opt_out(engine: Engine, number: str) -> None:
    """Record that a number wants no texts."""
    with transaction(engine) as session:
        session.query(PhoneNumber).filter_by(number=number).one().opted_out_at = TUESDAY_NOON


def test_nothing_is_sent_to_who_opted_out(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    message_id = queued(engine, number)
    opt_out(engine, number)
    assert deliver(engine, message_id, twilio, clock) == Outcome("failed")
    assert double.requests == 0
    assert "opted out" in record.of(Item, number, Item.id)[0].reason


def test_the_confirmation_of_an_opt_out_still_goes_out(
    twilio: TwilioProvider, engine: Engine, clock: FixedClock, number: str
) -> None:
    message_id = queued(engine, number, "No more texts.", OPT_OUT_REPLY)
    opt_out(engine, number)
    assert deliver(engine, message_id, twilio, clock) == Outcome("sent")


def test_a_safety_text_in_answer_to_their_own_words_is_sent_all_the_same(
    twilio: TwilioProvider, double: CarrierDouble, engine: Engine, clock: FixedClock, number: str
) -> None:
    message_id = queued(engine, number, "Call 988.", SAFETY_REPLY)
    opt_out(engine, number)
    assert deliver(engine, message_id, twilio, clock) == Outcome("sent")
    assert double.bodies == ["Call 988."]


# --- a safety reply that does not arrive ---


def test_a_safety_reply_that_cannot_be_delivered_is_an_alert_again(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    message_id = queued(engine, number, "Call 988.", SAFETY_REPLY)
    (alert,) = record.of(Alert, number, Alert.id)
    with transaction(engine) as session:
        alerts.locked_alert(session, alert.id).state = AlertState.ACKNOWLEDGED.value
    double.trouble = [Trouble(status=400, code=30006)]
    assert deliver(engine, message_id, twilio, clock) == Outcome("failed")
    (alert,) = record.of(Alert, number, Alert.id)
    assert (alert.state, alert.level) == ("open", "crisis")
    assert "Phone the patient" in alert.reasons[0]
    assert "Phone the patient" in record.of(Item, number, Item.id)[0].reason
    with transaction(engine) as session:
        waiting = [
            one
            for one in queue(session, TUESDAY_NOON).waiting
            if one.conversation_id == alert.conversation_id
        ]
    assert [one.sort for one in waiting] == ["alert", "item"]
    assert waiting[0].text == "..."  # what the patient wrote, not our own text


def test_a_safety_reply_that_fails_after_its_alert_was_resolved_opens_another(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    message_id = queued(engine, number, "Call 988.", SAFETY_REPLY)
    (alert,) = record.of(Alert, number, Alert.id)
    with transaction(engine) as session:
        alerts.locked_alert(session, alert.id).state = AlertState.RESOLVED.value
    double.trouble = [Trouble(status=400, code=30006)]
    deliver(engine, message_id, twilio, clock)
    _, again = record.of(Alert, number, Alert.id)
    assert (again.state, again.level) == ("open", "crisis")


def test_staff_know_of_a_late_safety_reply_while_it_is_still_tried(
    twilio: TwilioProvider,
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    clock: FixedClock,
    number: str,
) -> None:
    message_id = queued(engine, number, "Call 988.", SAFETY_REPLY)
    double.trouble = [Trouble(status=503) for _ in range(3)]
    for known in (0, 1, 1):
        assert deliver(engine, message_id, twilio, clock).kind == "retry"
        assert len(record.of(Item, number, Item.id)) == known
    assert deliver(engine, message_id, twilio, clock) == Outcome("sent")
