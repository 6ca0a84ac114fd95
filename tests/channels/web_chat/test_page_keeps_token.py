"""Where a browser refuses the cookie of a page on another origin, the page keeps the token and sends it in a header."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy.engine import Engine

from bot.care import browsers
from bot.care.database import transaction
from bot.care.models import Alert, WebSession
from bot.channels.web_chat.tokens import COOKIE, HEADER, token_hash
from tests.channels.web_chat.support import SITE, TUESDAY_NOON, Browser

THEIRS = {"origin": SITE, "sec-fetch-site": "cross-site"}
CRISIS = "i want to kill myself"


class Page:
    """A page on another origin, in a browser that keeps no cookie of ours."""

    def __init__(self, base: str, token: str | None = None) -> None:
        self.base, self.token = base, token

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        sent = THEIRS | (headers or {}) | ({HEADER: self.token} if self.token else {})
        return httpx.request(method, self.base + path, headers=sent, timeout=20, **more)

    def open(self, **body: Any) -> dict[str, Any]:
        answer = self.ask("POST", "/chat/session", json={"keep": "page"} | body)
        assert answer.status_code == 200 and "set-cookie" not in answer.headers
        self.token = answer.json().get("token", self.token)
        return dict(answer.json())

    def send(self, text: str, message_id: str = "one", **more: Any) -> httpx.Response:
        return self.ask("POST", "/chat/messages", json={"id": message_id, "text": text} | more)


@pytest.fixture
def page(embedding: Browser) -> Page:
    return Page(embedding.base)


def test_a_page_that_asks_for_it_keeps_the_token_and_uses_the_chat_with_it(
    page: Page, engine: Engine
) -> None:
    opened = page.open()
    assert page.token is not None and len(page.token) > 43
    assert page.send("can i drive?", conversation=opened["conversation"]).status_code == 202
    shown = page.ask("GET", "/chat/messages").json()["messages"]
    assert [one["from"] for one in shown] == ["assistant", "patient"]
    with httpx.stream("GET", page.base + "/chat/events", headers=THEIRS | {HEADER: page.token}) as events:
        assert events.status_code == 200
    # Opened again it is the same, and nothing new is handed out.
    again = page.open()
    assert again["conversation"] == opened["conversation"] and "token" not in again
    with transaction(engine) as session:
        assert session.query(WebSession).filter_by(token_hash=token_hash(page.token)).count() == 1


def test_nobody_else_is_given_a_token_to_keep(page: Page, embedding: Browser) -> None:
    for headers in ({}, {"origin": embedding.base}, {"sec-fetch-site": "same-origin"}):
        answer = httpx.post(f"{page.base}/chat/session", json={"keep": "page"}, headers=headers)
        assert answer.status_code == 200 and "token" not in answer.json()
        assert "httponly" in answer.headers["set-cookie"].lower()
    refused = httpx.post(
        f"{page.base}/chat/session", json={"keep": "page"}, headers={"origin": "https://evil.example"}
    )
    assert refused.status_code == 403


def test_a_browser_asks_first_before_a_page_may_send_the_header(page: Page) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": HEADER.lower()}
    allowed = page.ask("OPTIONS", "/chat/messages", headers=asked)
    assert HEADER in allowed.headers["access-control-allow-headers"]
    assert allowed.headers["access-control-allow-origin"] == SITE
    refused = httpx.options(f"{page.base}/chat/messages", headers=asked | {"origin": "https://evil.example"})
    assert refused.status_code == 403 and "access-control-allow-origin" not in refused.headers


def test_one_kind_of_token_is_never_taken_for_the_other(page: Page, embedding: Browser) -> None:
    page.open()
    assert page.token is not None
    as_cookie = httpx.get(f"{page.base}/chat/messages", headers={"cookie": f"{COOKIE}={page.token}"})
    assert as_cookie.status_code == 401
    embedding.open()
    cookie = embedding.client.cookies[COOKIE]
    for forged in (cookie, f"page.{cookie}", page.token.removeprefix("page."), "page.", "", "x"):
        assert Page(page.base, forged or "page.x").ask("GET", "/chat/messages").status_code == 401


def test_the_header_decides_where_both_are_there(page: Page, embedding: Browser) -> None:
    """A page that was let in by the header reads that conversation, whatever cookie lies in the browser."""
    page.open()
    page.send("of the page")
    embedding.open()
    cookie = {"cookie": f"{COOKIE}={embedding.client.cookies[COOKIE]}"}
    shown = page.ask("GET", "/chat/messages", headers=cookie).json()["messages"]
    assert shown[-1]["text"] == "of the page"


def test_staff_end_it_like_any_other_and_a_crisis_still_passes(page: Page, engine: Engine) -> None:
    page.open()
    assert page.token is not None
    with transaction(engine) as session:
        row = session.query(WebSession).filter_by(token_hash=token_hash(page.token)).one()
        assert browsers.end_all(session, int(row.conversation_id), TUESDAY_NOON) == 1
    assert page.send("hello").status_code == 401
    grave = page.send(CRISIS)
    assert grave.status_code == 202 and "988" in grave.json()["reply"]["text"]
    assert "set-cookie" not in grave.headers
    ended, page.token = page.token, grave.json()["token"]
    assert page.token != ended
    assert page.ask("GET", "/chat/messages").json()["messages"][0]["text"] == CRISIS
    with transaction(engine) as session:
        row = session.query(WebSession).filter_by(token_hash=token_hash(page.token)).one()
        assert session.query(Alert).filter_by(conversation_id=row.conversation_id).one().level == "crisis"
