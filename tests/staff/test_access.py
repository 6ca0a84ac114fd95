"""Every route asks who is there, what they may do, and where the request came from."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from bot.care.models import AuditEntry, StaffSession
from bot.care.page_links import new_token
from bot.staff.app import HERE, VIEWS, staff_app
from bot.staff.permissions import ROLES, Permission, Role, may
from tests.staff.access_table import NEEDED, PUBLIC

NEEDS = {route: needed for needed, routes in NEEDED.items() for route in routes}
ROUTES = sorted(NEEDS)
GUARDED = [route for route in ROUTES if NEEDS[route] != PUBLIC]
STREAM = "GET /staff/events"
"""Without end; tests/staff/test_events.py reads it."""


def ask(browser: TestClient, route: str, **options: Any) -> Any:
    method, path = route.split()
    # An identifier that nothing has: what is allowed then fails in another way than by refusal.
    path = re.sub(r"\{\w+:int\}", "999999", path)
    path = path.replace("{topic}", "driving").replace("{token}", new_token()).replace("{report}", "alerts")
    return browser.request(method, path, **options)


def test_every_route_of_the_console_is_in_the_table(scene: Any) -> None:
    """Collected from the application itself. HEAD is GET without the body."""
    found = set()
    for route in scene.app.routes:
        if isinstance(route, Mount):
            assert route.path == "/staff/static"
        elif route.path == "/staff/{rest:path}":
            assert ask(scene.browser(), "GET /staff/nothing/at/all").status_code == 404
        else:
            assert isinstance(route, Route) and route.methods is not None
            found |= {f"{method} {route.path}" for method in route.methods - {"HEAD"}}
    assert found == set(ROUTES)


def test_what_a_route_asks_for_is_what_the_table_says() -> None:
    asked = {
        f"{view.method} {view.path}": view.permission.value if view.permission else PUBLIC for view in VIEWS
    }
    assert asked == NEEDS


@pytest.mark.parametrize("role", list(Role))
def test_every_route_is_allowed_or_refused_to_every_role(scene: Any, role: Role) -> None:
    for route in GUARDED:
        needed = Permission(NEEDS[route])
        if route == STREAM and may(role.value, needed):
            continue
        # A browser for each: some of what is allowed ends the session.
        status = ask(scene.logged_in(role.value), route).status_code
        refused = needed not in ROLES[role]
        assert (status == 403) == refused, f"{role.value}: {route} answered {status}"
        assert status < 500, route


def test_nobody_gets_anywhere_without_logging_in(scene: Any) -> None:
    browsers = [scene.browser(), scene.browser(), scene.logged_in()]
    browsers[1].cookies.set("aftercare_staff", "a token that was never given")
    assert browsers[2].post("/staff/logout").status_code == 303
    for browser in browsers:
        for route in GUARDED:
            answer = ask(browser, route)
            assert answer.status_code in (303, 401), route
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/staff/login"), route


def test_nothing_changes_at_the_word_of_another_site(scene: Any) -> None:
    browsers = [scene.logged_in(role.value) for role in Role]
    with scene.record() as session:
        before = session.query(AuditEntry).count()
    for browser in browsers:
        for route in ROUTES:
            if route.startswith("POST "):
                answer = ask(browser, route, headers={"sec-fetch-site": "cross-site"})
                assert answer.status_code == 403, route
    with scene.record() as session:
        assert session.query(AuditEntry).count() == before
        assert session.query(StaffSession).filter(StaffSession.revoked_at.is_not(None)).count() == 0


@pytest.mark.parametrize(
    ("role", "never"),
    [
        (
            "nurse",
            {"alert.close_unreached", "guidance.sign", "audit.view", "account.manage", "patient.erase"},
        ),
        ("clinician", {"audit.view", "account.manage"}),
        ("admin", {"queue.view", "conversation.view", "conversation.write", "note.view", "guidance.sign"}),
        ("auditor", {"queue.view", "conversation.view", "patient.view", "patient.export", "account.manage"}),
    ],
)
def test_what_a_role_is_never_given(role: str, never: set[str]) -> None:
    assert never & {granted.value for granted in ROLES[Role(role)]} == set()


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

    monkeypatch.setattr("bot.staff.queue_views.board", fail)
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
