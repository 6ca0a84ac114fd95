"""Sending: the real Twilio client against a double of the carrier's API, and what the record of care keeps of it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.care.models import Item
from bot.channels.sms.delivery import TRIES, Outcome
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
from tests.channels.sms.double import CarrierDouble, Trouble
from tests.channels.sms.sending import Post
from tests.channels.sms.support import ACCOUNT, PUBLIC, TOKEN, TUESDAY_NOON

# --- one interface ---


@pytest.fixture(params=["twilio", "simulator"])
def provider(request: pytest.FixtureRequest) -> Provider:
    if request.param == "simulator":
        return SimulatorProvider()
    made: Provider = request.getfixturevalue("twilio")
    return made


def test_every_provider_takes_a_message_and_the_record_says_so(post: Post, provider: Provider) -> None:
    message_id = post.queued()
    assert post.deliver(message_id, provider) == Outcome("sent")
    sent = post.last()
    assert sent.state in ("sent", "delivered")
    assert sent.carrier_id.startswith("SM") and sent.attempts == 1 and sent.failure is None


def test_every_provider_sends_once_however_often_it_is_asked(post: Post, provider: Provider) -> None:
    message_id = post.queued()
    first = post.deliver(message_id, provider)
    carrier_id = post.last().carrier_id
    assert (first.kind, post.deliver(message_id, provider).kind) == ("sent", "nothing")
    assert post.last().carrier_id == carrier_id


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


def test_the_carrier_gets_number_sender_text_and_where_to_report(post: Post) -> None:
    message_id = post.queued("¡Hola! 1 yes, 2 no")
    post.deliver(message_id)
    (taken,) = post.double.messages
    assert (taken["to"], taken["from"], taken["body"]) == (post.number, "+12125550142", "¡Hola! 1 yes, 2 no")
    assert taken["status_callback"] == f"{PUBLIC}/sms/status?message={message_id}&part=1&of=1"


def test_no_report_is_asked_for_where_the_carrier_could_not_reach_us(double: CarrierDouble) -> None:
    local = TwilioProvider(
        SmsSettings("twilio", "http://localhost:8080", ACCOUNT, TOKEN, "+12125550142", api=double.url)
    )
    local.send(Outgoing("+16465550101", "hello", 7))
    local.close()
    assert double.messages[0]["status_callback"] is None


def test_a_long_text_goes_out_in_order_divided_at_sentences(post: Post) -> None:
    sentence = "Please rest today and drink enough water. "
    message_id = post.queued(sentence * 90)
    assert post.deliver(message_id) == Outcome("sent")
    assert len(post.double.bodies) == 3
    assert all(len(body) <= 1600 and body.endswith("water.") for body in post.double.bodies)
    assert " ".join(post.double.bodies) == (sentence * 90).strip()
    assert post.last().carrier_id == post.double.messages[-1]["sid"]


def test_a_long_text_that_broke_off_is_taken_up_where_it_broke_off(post: Post) -> None:
    parts = [
        "First sentence " + "a" * 1500 + ".",
        "Second sentence " + "b" * 1500 + ".",
        "Third " + "c" * 100 + ".",
    ]
    message_id = post.queued(" ".join(parts))
    post.double.trouble = [Trouble(), Trouble(status=503)]
    assert post.deliver(message_id).kind == "retry"
    assert post.deliver(message_id) == Outcome("sent")
    assert post.double.bodies == parts


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
def test_what_may_pass_is_tried_again_and_sent_once(post: Post, trouble: Trouble) -> None:
    message_id = post.queued()
    post.double.trouble = [trouble]
    outcome = post.deliver(message_id)
    assert outcome.kind == "retry" and outcome.after >= 5
    assert post.last().state == "queued" and post.last().failure
    assert post.deliver(message_id) == Outcome("sent")
    assert post.double.bodies == ["Not before tomorrow."]
    assert post.last().failure is None
    assert post.of(Item) == []


@pytest.mark.parametrize("trouble", [Trouble(takes=True, hangs_up=True), Trouble(takes=True, silent_for=1.2)])
def test_a_message_whose_answer_got_lost_is_not_sent_twice(post: Post, trouble: Trouble) -> None:
    message_id = post.queued()
    post.double.trouble = [trouble]
    assert post.deliver(message_id).kind == "retry"
    assert post.deliver(message_id) == Outcome("sent")
    assert post.double.bodies == ["Not before tomorrow."]
    assert post.last().carrier_id == post.double.messages[0]["sid"]


def test_a_process_that_dies_between_sending_and_storing_sends_once(post: Post) -> None:
    class Dies(Exception):
        pass

    class DiesAfterSending:
        def send(self, outgoing: Outgoing) -> Accepted:
            post.twilio.send(outgoing)
            raise Dies

        def find(self, outgoing: Outgoing, since: Any) -> list[Accepted]:
            return post.twilio.find(outgoing, since)

    message_id = post.queued()
    with pytest.raises(Dies):
        post.deliver(message_id, DiesAfterSending())
    assert (post.last().state, post.last().attempts) == ("queued", 1)
    assert post.deliver(message_id) == Outcome("sent")
    assert post.double.bodies == ["Not before tomorrow."]


def test_the_same_words_said_twice_are_two_messages(post: Post) -> None:
    assert post.deliver(post.queued()) == Outcome("sent")
    second = post.queued()
    post.double.trouble = [Trouble(status=503)]
    assert post.deliver(second).kind == "retry"
    assert post.deliver(second) == Outcome("sent")
    assert len(post.double.bodies) == 2


def test_the_carrier_says_how_long_to_wait(post: Post) -> None:
    post.double.trouble = [Trouble(status=429, code=20429, headers={"Retry-After": "77"})]
    assert post.deliver(post.queued()) == Outcome("retry", 77.0)


def test_pauses_grow_and_end_with_a_person(post: Post) -> None:
    message_id = post.queued()
    post.double.trouble = [Trouble(status=503) for _ in range(TRIES)]
    outcomes = [post.deliver(message_id) for _ in range(TRIES)]
    pauses = [outcome.after for outcome in outcomes[:-1]]
    assert pauses == sorted(pauses) and pauses[0] < pauses[3] <= 900
    assert outcomes[-1] == Outcome("failed")
    assert post.last().state == "failed"
    assert len(post.of(Item)) == 1
    assert post.deliver(message_id) == Outcome("nothing")
