"""The phone simulator: through the very inbound route, in a demo only."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy.engine import Engine

from bot.care.models import Alert
from bot.channels.simulator.app import DEMO_NUMBERS, simulator_routes
from bot.channels.sms.delivery import deliver
from bot.channels.sms.providers import SimulatorProvider
from bot.channels.sms.settings import SmsSettings
from bot.clinic.clock import FixedClock
from bot.clinic.settings import Clinic
from tests.channels.sms.support import ACCOUNT, CLIENT, PUBLIC, TOKEN, Record


def text(base: str, number: str, words: str, **fields: Any) -> httpx.Response:
    """Text as a number."""
    return CLIENT.post(base + "/demo/phone/send", json={"number": number, "text": words, **fields})


def on_the_phone(base: str, number: str) -> list[dict[str, Any]]:
    """What the phone of a number shows."""
    response = CLIENT.get(base + "/demo/phone/messages", params={"number": number})
    assert response.status_code == 200
    messages: list[dict[str, Any]] = response.json()["messages"]
    return messages


def test_a_text_is_stored_as_a_carriers_would_be(simulated: str, record: Record, number: str) -> None:
    sent = text(simulated, number, "can i drive tonight? ¡Hola! & +")
    assert sent.status_code == 200
    (message,) = record.from_patient(number)
    assert (message.text, message.channel, message.external_id) == (
        "can i drive tonight? ¡Hola! & +",
        "sms",
        sent.json()["sid"],
    )


def test_the_same_text_delivered_again_is_one_message(simulated: str, record: Record, number: str) -> None:
    sid = text(simulated, number, "i want to kill myself").json()["sid"]
    assert text(simulated, number, "i want to kill myself", sid=sid).status_code == 200
    assert len(record.messages(number)) == 3
    assert len(record.of(Alert, number, Alert.id)) == 1


def test_a_crisis_text_is_on_the_phone_at_once_and_reported_delivered(simulated: str, number: str) -> None:
    text(simulated, number, "i want to kill myself")
    theirs, ours, question = on_the_phone(simulated, number)
    assert (theirs["from"], theirs["state"]) == ("patient", "answered")
    assert (question["state"], question["segments"]) == ("delivered", 1)
    assert (ours["from"], ours["state"], ours["segments"], ours["encoding"]) == (
        "assistant",
        "delivered",
        1,
        "GSM-7",
    )
    assert "988" in ours["text"]


def test_a_delivered_message_shows_its_segments(
    simulated: str, engine: Engine, clock: FixedClock, record: Record, number: str
) -> None:
    text(simulated, number, "hello 😔")
    waiting = [message for message in on_the_phone(simulated, number) if message["from"] == "assistant"]
    assert [message["state"] for message in waiting] == ["queued"]
    deliver(engine, waiting[0]["id"], SimulatorProvider(), clock)
    theirs, ours = on_the_phone(simulated, number)
    assert (theirs["encoding"], theirs["segments"]) == ("UCS-2", 1)
    assert (ours["state"], ours["segments"]) == ("delivered", 2)


def test_a_photo_is_seen_to_have_come(simulated: str, record: Record, number: str) -> None:
    assert text(simulated, number, "", photos=1).status_code == 200
    photo, answer, _ = on_the_phone(simulated, number)
    assert photo["photos"] == 1 and "pictures" in answer["text"]


def test_a_number_that_never_texted_has_an_empty_phone(simulated: str, number: str) -> None:
    assert on_the_phone(simulated, number) == []


def test_one_phone_does_not_show_anothers_texts(simulated: str) -> None:
    first, second = DEMO_NUMBERS
    text(simulated, first, "only mine")
    assert all(message["text"] != "only mine" for message in on_the_phone(simulated, second))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": b"not json", "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": []}, 400),
        ({"json": {"text": "no number"}}, 400),
        ({"json": {"number": "12", "text": "hello"}}, 400),
        ({"json": {"number": "2125550161", "text": "x" * 1601}}, 400),
        ({"json": {"number": "2125550161", "text": "hello", "photos": "many"}}, 400),
        (
            {
                "content": rb'{"number": "2125550161", "text": "\ud800"}',
                "headers": {"Content-Type": "application/json"},
            },
            400,
        ),
        ({"json": {"number": "2125550161", "text": "hello", "sid": "../../x"}}, 400),
        ({"json": {"number": "2125550161", "text": "x" * 40_000}}, 413),
        ({"data": {"number": "2125550161", "text": "a form of another site"}}, 415),
        ({"content": b"[" * 30_000, "headers": {"Content-Type": "application/json"}}, 400),
    ],
)
def test_what_is_no_text_gets_a_clear_refusal(simulated: str, request_: dict[str, Any], status: int) -> None:
    refused = CLIENT.post(simulated + "/demo/phone/send", **request_)
    assert refused.status_code == status
    assert refused.json()["error"]["message"]


def test_the_phone_of_no_number_is_refused(simulated: str) -> None:
    assert CLIENT.get(simulated + "/demo/phone/messages", params={"number": "abc"}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/demo/phone", "/demo/phone/phone.css", "/demo/phone/phone.js", "/demo/phone/phone.svg"]
)
def test_the_page_runs_no_script_but_its_own(simulated: str, path: str) -> None:
    page = CLIENT.get(simulated + path)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert "<script>" not in page.text and " style=" not in page.text and "onclick" not in page.text


@pytest.mark.parametrize("file", ["phone.html.bak", "..%2fapp.py", "app.py"])
def test_no_other_file_is_served(simulated: str, file: str) -> None:
    assert CLIENT.get(f"{simulated}/demo/phone/{file}").status_code == 404


def test_it_exists_in_a_demo_without_an_account_only(engine: Engine, clinic: Clinic) -> None:
    simulator = SmsSettings("simulator", PUBLIC, ACCOUNT, TOKEN, "+12125550142")
    twilio = SmsSettings("twilio", PUBLIC, ACCOUNT, TOKEN, "+12125550142")
    real = clinic.copy(update={"demo": False})
    assert simulator_routes(engine=engine, clinic=clinic, settings=simulator)
    assert simulator_routes(engine=engine, clinic=real, settings=simulator) == []
    assert simulator_routes(engine=engine, clinic=clinic, settings=twilio) == []
