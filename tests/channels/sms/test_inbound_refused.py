"""What is not signed, or is no text message, is refused and stored nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.engine import Engine

from bot.channels.sms.settings import SmsSettings
from tests.channels.sms.support import (
    Carrier,
    new_sid,
    sms_routes,
)


@pytest.mark.parametrize(
    "forge",
    [
        lambda carrier, form: carrier.post("/sms/inbound", form, signature=""),
        lambda carrier, form: carrier.post(
            "/sms/inbound", form, signature="bm90IGEgc2lnbmF0dXJlIGF0IGFsbCEh"
        ),
        lambda carrier, form: carrier.post("/sms/inbound", form, signature="ü".encode()),
        lambda carrier, form: Carrier(carrier.base, token="f" * 32).post("/sms/inbound", form),
        lambda carrier, form: Carrier(carrier.base, public="https://evil.example").post("/sms/inbound", form),
        lambda carrier, form: Carrier(carrier.base, public="https://evil.example").post(
            "/sms/inbound",
            form,
            **{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Host": "evil.example"},
        ),
    ],
    ids=["unsigned", "nonsense", "not-ascii", "other-token", "other-address", "forwarded-headers"],
)
def test_a_forged_message_is_refused_and_stored_nowhere(
    carrier: Carrier, engine: Engine, number: str, forge: Any
) -> None:
    form = {"MessageSid": new_sid(), "From": number, "Body": "i want to kill myself"}
    refused = forge(carrier, form)
    assert refused.status_code == 403
    assert "web.public_url" in refused.text or "not signed" in refused.text
    with engine.connect() as connection:
        assert (
            connection.execute(sql("select 1 from phone_number where number = :n"), {"n": number}).first()
            is None
        )


def test_a_message_changed_on_its_way_is_refused(carrier: Carrier, engine: Engine, number: str) -> None:
    sid, signature = new_sid(), "X-Twilio-Signature"
    taken = carrier.text(number, "hello", sid)
    signed = taken.request.headers[signature]
    form = {"MessageSid": sid, "From": number, "Body": "something else"}
    assert carrier.post("/sms/inbound", form, signature=signed).status_code == 403


def test_without_an_account_everything_is_refused(
    served: Any, parts_of_web: dict[str, Any], number: str
) -> None:
    parts_of_web["settings"] = SmsSettings("off", "https://chat.clinic.example")
    carrier = Carrier(served(sms_routes(**parts_of_web)), token="")
    assert carrier.text(number, "hello").status_code == 403
    assert carrier.report("/sms/status?message=1", new_sid(), "delivered").status_code == 403


def test_the_address_may_be_configured_with_or_without_the_usual_port(
    served: Any, parts_of_web: dict[str, Any], number: str
) -> None:
    base = served(sms_routes(**parts_of_web))
    assert Carrier(base, public="https://chat.clinic.example:443").text(number, "hello").status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"Body": "hello"}', "application/json", 415),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"f%d=1" % n for n in range(300)), "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe=%ZZ&&&==", "application/x-www-form-urlencoded", 403),
    ],
    ids=["json", "too-large", "too-many-fields", "broken"],
)
def test_what_no_carrier_sends_gets_a_clear_refusal(
    carrier: Carrier, content: bytes, kind: str, status: int
) -> None:
    headers = {"X-Twilio-Signature": "x", "Content-Type": kind}
    assert (
        carrier.client.post(carrier.base + "/sms/inbound", content=content, headers=headers).status_code
        == status
    )


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_a_signed_form_without_message_or_sender_is_refused(
    carrier: Carrier, number: str, missing: str
) -> None:
    form = {"MessageSid": new_sid(), "From": number, "Body": "hello"}
    del form[missing]
    assert carrier.post("/sms/inbound", form).status_code == 400


def test_a_browser_that_opens_the_address_is_told_so(carrier: Carrier) -> None:
    assert carrier.client.get(carrier.base + "/sms/inbound").status_code == 405


# --- once ---
