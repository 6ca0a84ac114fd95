"""Accounts are made with care, opened by the right password only, and closed when nobody sits there any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.care.models import Alert, AuditEntry, StaffMember, StaffSession
from bot.care.staff_accounts import StaffExists
from bot.staff.accounts import add_staff
from bot.staff.errors import BadAccount

PASSWORD = "correct horse battery"


def log_in(browser: Any, email: str, password: str = PASSWORD, **fields: str) -> Any:
    return browser.post("/staff/login", data={"email": email, "password": password, **fields})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "name"),
        ({"email": "nurse"}, "e-mail"),
        ({"role": "boss"}, "nurse, clinician, admin, auditor"),
        ({"password": "short"}, "12 characters"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused_in_words(
    scene: Any, change: dict[str, str], says: str
) -> None:
    good = {"name": "Nora", "email": "nora@clinic.example", "role": "nurse", "password": PASSWORD}
    with scene.record() as session, pytest.raises(BadAccount, match=says):
        add_staff(session, **{**good, **change})


def test_one_address_has_one_account_whatever_its_case(scene: Any) -> None:
    email = scene.hire()
    with scene.record() as session, pytest.raises(StaffExists):
        add_staff(session, "Nora", email.upper(), "nurse", PASSWORD)


def test_the_password_and_the_token_are_stored_as_hashes_only(scene: Any) -> None:
    browser = scene.browser()
    log_in(browser, scene.hire())
    with scene.record() as session:
        assert session.query(StaffMember).one().password_hash.startswith("$argon2id$")
        assert session.query(StaffSession).one().token_hash != browser.cookies["aftercare_staff"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(scene: Any) -> None:
    cookie = log_in(scene.browser(), scene.hire()).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/staff" in cookie


def test_the_cookie_is_bound_to_tls_where_the_clinic_has_it(scene: Any) -> None:
    from starlette.testclient import TestClient

    from bot.guidance.library import Library
    from bot.guidance.phrases import Phrases
    from bot.staff.app import staff_app  # the scene's own console has no TLS

    web = scene.clinic.web.copy(update={"public_url": "https://chat.clinic.example"})
    clinic = scene.clinic.copy(update={"web": web})
    app = staff_app(scene.engine, clinic, scene.clock, Library.load(), Phrases.load(), scene.feed)
    browser = TestClient(app, headers={"sec-fetch-site": "same-origin"}, follow_redirects=False)
    assert "secure" in log_in(browser, scene.hire()).headers["set-cookie"].lower()


def test_a_wrong_password_and_an_unknown_address_read_the_same(scene: Any) -> None:
    email = scene.hire()
    wrong = log_in(scene.browser(), email, "not the password")
    unknown = log_in(scene.browser(), "nobody@clinic.example")
    assert wrong.status_code == unknown.status_code == 401
    for answer in (wrong, unknown):
        assert "The e-mail address or the password is wrong." in answer.text
    assert email in wrong.text  # what was typed is not lost


def test_five_failures_lock_the_account_even_for_the_right_password(scene: Any) -> None:
    email, browser = scene.hire(), scene.browser()
    answers = [log_in(browser, email, "not the password") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429]
    assert "1 more failure" in answers[3].text
    refused = log_in(browser, email)
    assert refused.status_code == 429
    assert "locked until" in refused.text and "23:15" in refused.text  # 03:15 UTC by the clinic's clock
    scene.later(16)
    assert log_in(browser, email).status_code == 303


def test_a_right_password_forgets_the_wrong_ones(scene: Any) -> None:
    email, browser = scene.hire(), scene.browser()
    for _ in range(3):
        for _ in range(4):
            log_in(browser, email, "not the password")
        assert log_in(browser, email).status_code == 303


def test_nobody_stays_logged_in_who_does_nothing(scene: Any) -> None:
    browser = scene.logged_in()
    scene.later(14)
    assert browser.get("/staff").status_code == 200
    scene.later(14)
    assert browser.post("/staff/active").status_code == 204  # somebody reads: keys and pointer count
    scene.later(14)
    assert browser.get("/staff").status_code == 200
    scene.later(15)
    refused = browser.get("/staff")
    assert refused.status_code == 303 and refused.headers["location"] == "/staff/login?next=/staff"
    assert "signed off after 15 minutes" in browser.get("/staff/login").text


def test_what_a_page_asks_by_itself_keeps_nobody_logged_in(scene: Any) -> None:
    browser = scene.logged_in()
    for _ in range(4):
        scene.later(4)
        last = browser.get("/staff/queue").status_code, browser.get("/staff/active").status_code
    assert last == (401, 401)


def test_a_shift_ends_for_the_busiest_too(scene: Any) -> None:
    browser = scene.logged_in()
    for _ in range(73):
        scene.later(10)
        last = browser.post("/staff/active").status_code
    assert last == 303


def test_log_out_ends_the_session_everywhere(scene: Any) -> None:
    browser = scene.logged_in()
    token = browser.cookies["aftercare_staff"]
    assert browser.post("/staff/logout").status_code == 303
    stolen = scene.browser()
    stolen.cookies.set("aftercare_staff", token)
    assert stolen.get("/staff").status_code == 303


def test_somebody_who_has_left_is_out_at_once(scene: Any) -> None:
    browser = scene.logged_in()
    with scene.record() as session:
        session.query(StaffMember).one().active = False
    assert browser.get("/staff").status_code == 303


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/staff/patients", "/staff/patients"),
        ("https://evil.example/", "/staff"),
        ("//evil.example", "/staff"),
        ("/staff/../chat", "/staff"),
        ("", "/staff"),
    ],
)
def test_after_the_log_in_one_goes_to_pages_of_ours_only(scene: Any, wanted: str, reached: str) -> None:
    answer = log_in(scene.browser(), scene.hire(), next=wanted)
    assert answer.headers["location"] == reached


def test_roles_land_where_they_may_look(scene: Any) -> None:
    landings = {
        role: log_in(scene.browser(), scene.hire(role)).headers["location"]
        for role in ("nurse", "clinician", "admin", "auditor")
    }
    assert landings == {
        "nurse": "/staff",
        "clinician": "/staff",
        "admin": "/staff/patients",
        "auditor": "/staff/audit",
    }


def test_log_ins_and_failures_are_in_the_audit(scene: Any) -> None:
    email = scene.hire()
    log_in(scene.browser(), email, "not the password")
    log_in(scene.browser(), "nobody@clinic.example")
    log_in(scene.browser(), email)
    with scene.record() as session:
        actions = [row.action for row in session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == ["login.failed", "login.failed", "login"]


def test_an_empty_log_in_form_says_what_is_missing(scene: Any) -> None:
    answer = log_in(scene.browser(), "nora@clinic.example", "")
    assert answer.status_code == 422 and "Write your e-mail address and your password." in answer.text


def test_a_signed_off_browser_sees_counts_and_a_strange_one_nothing(scene: Any) -> None:
    browser = scene.logged_in()
    scene.says(scene.visitor(), "secret words", "crisis")
    scene.later(20)
    answer = browser.get("/staff/waiting")
    with scene.record() as session:
        news = session.query(Alert).one().news_id
    assert answer.json() == {"waiting": 1, "alerts": 1, "newest": news}
    assert scene.browser().get("/staff/waiting").status_code == 401
    scene.later(12 * 60)
    assert browser.get("/staff/waiting").status_code == 401
    assert 'id="waiting"' not in browser.get("/staff/login").text


def busy_to_the_end(scene: Any) -> TestClient:
    """A browser in which somebody worked until the longest time of a log-in was up."""
    browser = scene.logged_in()
    for _ in range(72):
        scene.later(10)
        browser.post("/staff/active")
    return browser


def ended_by_an_administrator(scene: Any) -> TestClient:
    browser = scene.logged_in()
    with scene.record() as session:
        (login,) = session.query(StaffSession)
    answer = scene.logged_in("admin").post(f"/staff/accounts/sessions/{login.id}/end")
    assert answer.status_code == 303
    return browser


def idle(scene: Any) -> TestClient:
    browser = scene.logged_in()
    scene.later(16)
    return browser


def left(scene: Any) -> TestClient:
    browser = scene.logged_in()
    with scene.record() as session:
        session.query(StaffMember).one().active = False
    return browser


@pytest.mark.parametrize(
    ("how", "says", "counts"),
    [
        (idle, "signed off after 15 minutes without activity", True),
        (busy_to_the_end, "everybody logs in again after 12 hours", True),
        (ended_by_an_administrator, "This log-in was ended", False),
        (left, "This log-in was ended", False),
    ],
)
def test_the_log_in_says_why_one_is_out_and_counts_where_nobody_ended_it(
    scene: Any, how: Callable[[Any], TestClient], says: str, counts: bool
) -> None:
    browser = how(scene)
    scene.says(scene.visitor(), "secret words", "crisis")
    page = browser.get("/staff/login").text
    told = [says, "without activity", "everybody logs in again", "This log-in was ended"]
    assert [one for one in told[1:] if one in page] == [one for one in told[1:] if one in says]
    assert says in page and "secret words" not in page
    assert ('id="waiting"' in page, 'id="sound-switch"' in page) == (counts, counts)
    assert browser.get("/staff/waiting").status_code == (200 if counts else 401)
    wrong = log_in(browser, "nobody@clinic.example")
    assert says not in wrong.text and ('id="waiting"' in wrong.text) is counts


def test_the_cookie_outlasts_the_log_in_so_that_its_end_can_be_told(scene: Any) -> None:
    answer = log_in(scene.browser(), scene.hire())
    assert f"Max-Age={24 * 3600}" in answer.headers["set-cookie"]


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_who_may_not_see_the_queue_is_told_no_counts_after_being_signed_off(scene: Any, role: str) -> None:
    browser = scene.logged_in(role)
    scene.later(16)
    page = browser.get("/staff/login").text
    assert "without activity" in page and 'id="waiting"' not in page
    assert browser.get("/staff/waiting").status_code == 401


def test_without_any_account_the_page_says_how_to_make_one(scene: Any) -> None:
    assert "aftercare staff add" in scene.browser().get("/staff/login").text
