"""A browser proves whose it is: by a link that works once, or by the signature of the clinic's portal."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.care.invites import LASTS, make_invite
from bot.care.models import Conversation, Patient, StaffMember
from bot.channels.web_chat.identity import (
    BadIdentitySecret,
    IdentityRefused,
    load_identity_secret,
    read_identity,
    sign_identity,
)
from bot.clinic.clock import FixedClock
from tests.channels.web_chat.support import TUESDAY_NOON, Browser, conversation_of

SECRET = b"a secret that the portal knows as well"
NONCE = "0123456789abcdef"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def base(serve: Callable[..., str], database_url: str, engine: Engine, clock: FixedClock) -> str:
    """A web process of a clinic with a portal."""
    return serve(database_url, engine, clock, identity_secret=SECRET)


@pytest.fixture
def patient(engine: Engine) -> int:
    with transaction(engine) as session:
        made = Patient(name="Maria Lopez", portal_id=secrets.token_hex(4))
        session.add(made)
        session.flush()
        return int(made.id)


@pytest.fixture
def invite(engine: Engine, patient: int) -> str:
    """The token of a link that works."""
    with transaction(engine) as session:
        nurse = StaffMember(email=secrets.token_hex(8), name="Nora", role="nurse", password_hash="x")
        session.add(nurse)
        session.flush()
        return make_invite(session, patient, int(nurse.id), TUESDAY_NOON)[0]


def opened(browser: Browser, **proof: Any) -> httpx.Response:
    """Open the chat with proof."""
    return browser.client.post("/chat/session", json=proof)


def portal_name(engine: Engine, patient: int) -> str:
    with transaction(engine) as session:
        return str(session.get(Patient, patient).portal_id)


def test_a_link_verifies_the_browser_that_opens_it_first_and_no_other(
    base: str, new_browser: Callable[..., Browser], invite: str
) -> None:
    first, second = new_browser(base), new_browser(base)
    state = opened(first, invite=invite).json()
    assert (state["verified"], state["name"]) == (True, "Maria Lopez")
    refused = opened(second, invite=invite)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AC215")
    assert "set-cookie" not in refused.headers
    # Without the link the other one may write, as somebody whom we do not know.
    assert second.open()["verified"] is False


def test_the_same_browser_may_open_its_link_again(
    base: str, new_browser: Callable[..., Browser], invite: str
) -> None:
    browser = new_browser(base)
    first = opened(browser, invite=invite).json()
    again = opened(browser, invite=invite)
    assert again.status_code == 200 and again.json()["conversation"] == first["conversation"]


def test_two_browsers_at_once_are_one_patient(
    base: str, new_browser: Callable[..., Browser], invite: str
) -> None:
    browsers = [new_browser(base) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: opened(one, invite=invite).status_code, browsers))
    assert sorted(answers) == [200, 403, 403, 403, 403, 403]


def test_an_expired_link_verifies_nobody(
    base: str, new_browser: Callable[..., Browser], invite: str, clock: FixedClock
) -> None:
    clock.move(LASTS)
    assert opened(new_browser(base), invite=invite).status_code == 403


@pytest.mark.parametrize("token", ["x", "\u0000", "'; drop table invite", "a" * 500_000])
def test_a_link_that_was_never_ours_verifies_nobody(
    base: str, new_browser: Callable[..., Browser], token: str
) -> None:
    assert opened(new_browser(base), invite=token).status_code == 403


def test_what_a_visitor_wrote_is_shown_to_staff_and_to_nobody_else(
    base: str, new_browser: Callable[..., Browser], invite: str, engine: Engine, patient: int
) -> None:
    browser = new_browser(base)
    browser.open()
    browser.send("written before anybody knew who it was")
    before = conversation_of(engine, browser)
    old = browser.client.cookies["aftercare_session"]
    opened(browser, invite=invite)
    assert "before anybody knew" not in str(browser.messages())
    with transaction(engine) as session:
        visit = session.get(Conversation, before)
        assert visit.patient_id is None and visit.continued_in.patient_id == patient
    # The cookie of the visit opens nothing any more.
    other = new_browser(base)
    other.client.cookies.set("aftercare_session", old)
    assert other.client.get("/chat/messages").status_code == 401


def test_a_browser_of_another_patient_becomes_this_ones(
    base: str, new_browser: Callable[..., Browser], invite: str, engine: Engine
) -> None:
    browser, name = new_browser(base), secrets.token_hex(4)
    with transaction(engine) as session:
        session.add(Patient(name="Ben Ode", portal_id=name))
    signed = sign_identity(name, NONCE + name, TUESDAY_NOON, TUESDAY_NOON + MINUTE, SECRET)
    assert opened(browser, identity=signed).json()["name"] == "Ben Ode"
    browser.send("a secret of ben")
    assert opened(browser, invite=invite).json()["name"] == "Maria Lopez"
    assert "secret of ben" not in str(browser.messages())


def signed_for(engine: Engine, patient: int, nonce: str = "") -> str:
    name = portal_name(engine, patient)
    return sign_identity(name, nonce or secrets.token_hex(8), TUESDAY_NOON, TUESDAY_NOON + MINUTE, SECRET)


def test_the_portal_says_who_it_is(
    base: str, new_browser: Callable[..., Browser], engine: Engine, patient: int
) -> None:
    browser, signed = new_browser(base), signed_for(engine, patient)
    assert opened(browser, identity=signed).json()["name"] == "Maria Lopez"
    token = browser.client.cookies["aftercare_session"]
    # The page is loaded again, with the same identity in it: nothing changes.
    assert opened(browser, identity=signed).status_code == 200
    assert browser.client.cookies["aftercare_session"] == token


def test_an_identity_opens_no_second_browser(
    base: str, new_browser: Callable[..., Browser], engine: Engine, patient: int
) -> None:
    signed = signed_for(engine, patient)
    assert opened(new_browser(base), identity=signed).status_code == 200
    refused = opened(new_browser(base), identity=signed)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AC113")
    assert "set-cookie" not in refused.headers


def test_an_identity_that_nobody_entered_verifies_nobody(
    base: str, new_browser: Callable[..., Browser]
) -> None:
    signed = sign_identity("somebody", NONCE, TUESDAY_NOON, TUESDAY_NOON + MINUTE, SECRET)
    assert opened(new_browser(base), identity=signed).status_code == 403


def test_without_a_secret_no_portal_is_believed(
    serve: Callable[..., str],
    database_url: str,
    engine: Engine,
    clock: FixedClock,
    new_browser: Callable[..., Browser],
    patient: int,
) -> None:
    browser = new_browser(serve(database_url, engine, clock))
    assert opened(browser, identity=signed_for(engine, patient)).status_code == 403
    forged = sign_identity(portal_name(engine, patient), NONCE, TUESDAY_NOON, TUESDAY_NOON + MINUTE, b"")
    assert opened(browser, identity=forged).status_code == 403


def payload(**changes: Any) -> str:
    now = int(TUESDAY_NOON.timestamp())
    content = {"patient": "p", "nonce": NONCE, "issued": now, "expires": now + 60} | changes
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def signature(of: str) -> str:
    return (
        base64.urlsafe_b64encode(hmac.new(SECRET, of.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    )


NOW = int(TUESDAY_NOON.timestamp())
WRONG = {
    "expired": payload(issued=NOW - 100, expires=NOW),
    "from the future": payload(issued=NOW + 120, expires=NOW + 180),
    "valid for an hour": payload(expires=NOW + 3600),
    "ends before it begins": payload(expires=NOW - 1),
    "short nonce": payload(nonce="x"),
    "no text": payload(patient=7),
    "no time": payload(issued="now"),
    "endless time": payload(expires=10**30),
    "not base64": "%%%%",
    "no object": base64.urlsafe_b64encode(b"[]").decode().rstrip("="),
    "long": payload(patient="p" * 3000),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_signed_but_wrong_is_refused(wrong: str) -> None:
    with pytest.raises(IdentityRefused):
        read_identity(f"{WRONG[wrong]}.{signature(WRONG[wrong])}", SECRET, TUESDAY_NOON)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        ".",
        "x.y.z",
        payload(),
        f"{payload()}.",
        f"{payload()}.{signature(payload(patient='q'))}",
        f"{payload()}.{signature(payload())}x",
        f"{payload()}.\u00e9",
    ],
)
def test_what_is_not_signed_rightly_is_refused(raw: str) -> None:
    with pytest.raises(IdentityRefused, match="signature"):
        read_identity(raw, SECRET, TUESDAY_NOON)


def test_what_docs_describe_is_what_is_read() -> None:
    made = read_identity(f"{payload()}.{signature(payload())}", SECRET, TUESDAY_NOON)
    assert (made.patient, made.nonce, made.expires_at) == ("p", NONCE, TUESDAY_NOON + MINUTE)


def test_a_short_secret_is_none() -> None:
    assert load_identity_secret({}) is None
    assert load_identity_secret({"AFTERCARE_IDENTITY_SECRET": "x" * 32}) == b"x" * 32
    with pytest.raises(BadIdentitySecret):
        load_identity_secret({"AFTERCARE_IDENTITY_SECRET": "short"})


def test_the_page_of_an_invite_link_holds_the_chat_and_the_numbers(base: str) -> None:
    page = httpx.get(f"{base}/chat/page")
    assert page.status_code == 200 and "<aftercare-chat" in page.text and "988" in page.text
    assert httpx.get(f"{base}/chat/page.css").headers["content-type"].startswith("text/css")
