"""Every route asks who is there, what they may do, and where the request came from."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.care.models import AuditEntry
from bot.staff.app import HERE, VIEWS, staff_app
from bot.staff.console import View
from bot.staff.permissions import ROLES, Permission, Role, may

GUARDED = [view for view in VIEWS if view.permission is not None]
PUBLIC = {
    ("GET", "/staff/login"),
    ("POST", "/staff/login"),
    ("POST", "/staff/logout"),
    ("GET", "/staff/waiting"),
}


def name(view: View) -> str:
    return f"{view.method} {view.path}"


def path(view: View) -> str:
    # An identifier that nothing has: what is allowed then fails in another way than by refusal.
    identifiers = re.sub(r"\{\w+:int\}", "999999", view.path)
    return identifiers.replace("{topic}", "driving").replace("{token}", "ab12").replace("{report}", "alerts")


def ask(browser: TestClient, view: View, **options: Any) -> Any:
    return browser.request(view.method, path(view), **options)


def test_only_the_log_in_is_open_to_everybody() -> None:
    assert {(view.method, view.path) for view in VIEWS if view.permission is None} == PUBLIC


def test_every_route_by_every_role_is_allowed_or_refused_as_the_table_says(scene: Any) -> None:
    for role in Role:
        browser = scene.logged_in(role.value)
        for view in GUARDED:
            if view.path == "/staff/events" and may(role.value, Permission.QUEUE_VIEW):
                continue  # a stream without end; tests/staff/test_events.py reads it
            status = ask(browser, view).status_code
            refused = view.permission not in ROLES[role]
            assert (status == 403) == refused, f"{role.value}: {name(view)} answered {status}"
            assert status < 500, name(view)


def test_nobody_gets_anywhere_without_logging_in(scene: Any) -> None:
    browser = scene.browser()
    for view in GUARDED:
        answer = ask(browser, view)
        assert answer.status_code in (303, 401), name(view)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/staff/login"), name(view)


def test_a_role_that_nobody_knows_may_do_nothing() -> None:
    assert not any(may("janitor", permission) for permission in Permission)


def test_who_is_refused_is_in_the_audit_and_is_told_what_is_missing(scene: Any) -> None:
    answer = scene.logged_in("auditor").get("/staff")
    assert "To see the queue needs another role" in answer.text
    with scene.record() as session:
        entry = session.query(AuditEntry).filter_by(action="access.refused").one()
    assert entry.subject == "queue.view"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://console.test"}, False),
        ({"origin": "http://console.test"}, True),
        ({"origin": "http://localhost:8080"}, True),  # the clinic's public address
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
def test_only_our_own_pages_change_anything(scene: Any, headers: dict[str, str], allowed: bool) -> None:
    browser = scene.logged_in()
    browser.headers.pop("sec-fetch-site")
    assert browser.post("/staff/active", headers=headers).status_code == (204 if allowed else 403)


def test_another_site_can_log_nobody_in(scene: Any) -> None:
    browser = TestClient(scene.app, headers={"sec-fetch-site": "cross-site"}, follow_redirects=False)
    data = {"email": scene.hire(), "password": "correct horse battery"}
    answer = browser.post("/staff/login", data=data)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("address", ["/staff/login", "/staff", "/staff/static/console.js", "/staff/nothing"])
def test_every_answer_carries_the_security_headers(scene: Any, address: str) -> None:
    headers = scene.browser().get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in policy


def test_pages_are_kept_in_no_cache(scene: Any) -> None:
    assert scene.logged_in().get("/staff").headers["cache-control"] == "no-store"


def test_no_template_holds_what_the_policy_forbids() -> None:
    for template in (HERE / "templates").iterdir():
        text = template.read_text()
        assert not re.search(r"\son[a-z]+=|\sstyle=|javascript:|hx-on|\|\s*safe\b|<style", text), (
            template.name
        )
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script, template.name


@pytest.mark.parametrize(
    "address", ["/staff/conversations/99999999999999999999", "/staff/nothing/here", "/staff/conversations/0"]
)
def test_pages_that_are_not_there_say_so(scene: Any, address: str) -> None:
    answer = scene.logged_in().get(address)
    assert answer.status_code == 404 and "Go back to the queue" in answer.text


def test_what_nobody_foresaw_shows_and_logs_no_words(
    scene: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words = "i want to die"

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(words)

    monkeypatch.setattr("bot.staff.queue_views.queue", fail)
    with caplog.at_level(logging.DEBUG):
        answer = scene.logged_in().get("/staff")
    assert answer.status_code == 500
    reference = re.search(r"Reference: ([0-9a-f]{8})", answer.text)
    assert reference and reference[1] in caplog.text
    assert words not in answer.text + caplog.text


def test_a_database_that_is_away_is_named(scene: Any) -> None:
    from bot.care.database import engine_for
    from bot.guidance.library import Library
    from bot.guidance.phrases import Phrases

    engine = engine_for("postgresql://nobody@127.0.0.1:1/nothing")
    app = staff_app(engine, scene.clinic, scene.clock, Library.load(), Phrases.load(), scene.feed)
    answer = TestClient(app).get("/staff/login")
    assert answer.status_code == 503 and "The database cannot be reached" in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"x" * 300_000, "application/x-www-form-urlencoded", "too large"),
        (b'{"words": "x"}', "application/json", "Load the page again"),
        (b"&".join(b"a=1" for _ in range(600)), "application/x-www-form-urlencoded", "too many fields"),
    ],
    ids=["large", "json", "many fields"],
)
def test_what_is_no_form_is_refused_in_words(scene: Any, body: bytes, kind: str, says: str) -> None:
    answer = scene.logged_in().post("/staff/patients", content=body, headers={"content-type": kind})
    assert answer.status_code == 400 and says in answer.text


def test_nul_bytes_and_broken_letters_break_no_form(scene: Any) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = scene.logged_in().post("/staff/patients", content=b"words=%00%ff%FEx", headers=kind)
    assert answer.status_code == 200
