"""Where one is logged in: seen, ended, and ended by itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.care.models import AuditEntry, StaffMember, StaffSession
from bot.clinic.access_settings import Access
from bot.clinic.settings import load_clinic
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.staff.agents import browser_name
from bot.staff.app import staff_app

PASSWORD = "correct horse battery"
OWN, ALL = "/staff/account", "/staff/accounts"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def log_in(scene: Any, email: str, agent: str = FIREFOX) -> TestClient:
    browser = scene.browser()
    browser.headers["user-agent"] = agent
    answer = browser.post("/staff/login", data={"email": email, "password": PASSWORD})
    assert answer.status_code == 303
    return browser


def sessions(page: str) -> list[int]:
    return [int(one) for one in re.findall(r"/sessions/(\d+)/end", page)]


def member(scene: Any, email: str) -> int:
    with scene.record() as session:
        return int(session.query(StaffMember.id).filter_by(email=email).scalar())


def is_in(browser: TestClient) -> bool:
    return bool(browser.get("/staff/active").status_code == 204)


def test_everybody_sees_their_own_browsers_and_nobody_elses(scene: Any) -> None:
    mine, other = scene.hire(), scene.hire()
    first = log_in(scene, mine)
    log_in(scene, mine, "Mozilla/5.0 (iPhone) Version/18.0 Mobile/15E148 Safari/604.1")
    log_in(scene, other)
    page = first.get(OWN).text
    assert len(sessions(page)) == 2
    assert "Firefox on Windows" in page and "Safari on iPhone" in page and page.count("this one") == 1


def test_one_browser_is_logged_out_from_another(scene: Any) -> None:
    email = scene.hire()
    lost, here = log_in(scene, email), log_in(scene, email)
    with scene.record() as session:
        identifier = session.query(StaffSession.id).order_by(StaffSession.id).limit(1).scalar()
    assert here.post(f"{OWN}/sessions/{identifier}/end").headers["location"] == f"{OWN}?done=session-ended"
    assert (is_in(lost), is_in(here)) == (False, True)
    assert len(sessions(here.get(OWN).text)) == 1
    with scene.record() as session:
        assert session.query(AuditEntry).filter_by(action="session.ended").count() == 1


def test_all_other_browsers_are_logged_out_at_once(scene: Any) -> None:
    email = scene.hire()
    others, here = [log_in(scene, email) for _ in range(3)], log_in(scene, email)
    stranger = log_in(scene, scene.hire())
    here.post(f"{OWN}/sessions/end")
    assert [is_in(one) for one in (*others, here, stranger)] == [False, False, False, True, True]


def test_the_browser_in_use_ends_at_the_log_in(scene: Any) -> None:
    browser = log_in(scene, scene.hire())
    [identifier] = sessions(browser.get(OWN).text)
    assert browser.post(f"{OWN}/sessions/{identifier}/end").headers["location"] == "/staff/login"
    assert not is_in(browser)


def test_nobody_ends_the_browser_of_somebody_else(scene: Any) -> None:
    victim = log_in(scene, scene.hire())
    [identifier] = sessions(victim.get(OWN).text)
    for role in ("nurse", "clinician", "auditor", "admin"):
        browser = log_in(scene, scene.hire(role))
        assert browser.post(f"{OWN}/sessions/{identifier}/end").status_code == 404
        if role != "admin":
            assert browser.post(f"{ALL}/sessions/{identifier}/end").status_code == 403
    assert is_in(victim)


def test_an_administrator_ends_anybodys_browser(scene: Any) -> None:
    nurse, admin = log_in(scene, scene.hire(name="Nora")), log_in(scene, scene.hire("admin"))
    [identifier] = sessions(nurse.get(OWN).text)
    page = admin.get(ALL).text
    assert identifier in sessions(page) and "Nora" in page
    assert admin.post(f"{ALL}/sessions/{identifier}/end").status_code == 303
    assert not is_in(nurse)
    assert admin.post(f"{ALL}/sessions/999999/end").status_code == 404


def test_a_closed_account_is_out_at_once_and_comes_back(scene: Any) -> None:
    email = scene.hire()
    nurse, admin = log_in(scene, email), log_in(scene, scene.hire("admin"))
    assert admin.post(f"{ALL}/{member(scene, email)}/close").status_code == 303
    assert not is_in(nurse)
    refused = scene.browser().post("/staff/login", data={"email": email, "password": PASSWORD})
    assert refused.status_code == 401
    assert "closed" in admin.get(ALL).text
    admin.post(f"{ALL}/{member(scene, email)}/open")
    assert not is_in(nurse), "what was ended stays ended"
    assert is_in(log_in(scene, email))
    with scene.record() as session:
        done = [one.action for one in session.query(AuditEntry).filter(AuditEntry.action.like("account.%"))]
    assert done == ["account.closed", "account.opened"]


def added(admin: TestClient, **given: str) -> Any:
    form = {"name": "Ada Lind", "email": "ada@clinic.example", "role": "nurse", **given}
    return admin.post(ALL, data=form)


def test_an_administrator_adds_somebody_who_can_log_in_and_the_audit_says_so(scene: Any) -> None:
    admin = log_in(scene, scene.hire("admin"))
    page = added(admin, email="Ada@Clinic.example", role="clinician")
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    password = re.search(r'<code id="password">([\w-]{16})</code>', page.text)[1]
    assert password not in admin.get(ALL).text, "shown once"
    form = {"email": "ada@clinic.example", "password": password}
    assert scene.browser().post("/staff/login", data=form).status_code == 303
    with scene.record() as session:
        ada = session.query(StaffMember).filter_by(email="ada@clinic.example").one()
        entry = session.query(AuditEntry).filter_by(action="account.added").one()
        assert (ada.name, ada.role) == ("Ada Lind", "clinician")
        assert (entry.subject, entry.detail) == (f"staff:{ada.id}", {"role": "clinician"})
        assert entry.staff_id not in (None, ada.id)
        assert password not in ada.password_hash


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": " "}, "The name is empty"),
        ({"email": "ada"}, "is not an e-mail address"),
        ({"role": "owner"}, "is not a role"),
        ({"role": ""}, "is not a role"),
        ({"email": "taken"}, "There is an account for"),
    ],
)
def test_an_account_that_cannot_be_made_comes_back_with_what_was_typed(
    scene: Any, given: dict[str, str], says: str
) -> None:
    email = scene.hire("admin")
    admin = log_in(scene, email)
    answer = added(admin, **{**given, **({"email": email} if given.get("email") == "taken" else {})})
    assert answer.status_code == 422 and "No account was made." in answer.text and says in answer.text
    assert 'id="password"' not in answer.text
    with scene.record() as session:
        assert session.query(AuditEntry).filter_by(action="account.added").count() == 0
        assert session.query(StaffMember).filter_by(name="Ada Lind").count() == 0


def test_an_administrator_cannot_close_their_own_account(scene: Any) -> None:
    email = scene.hire("admin")
    admin = log_in(scene, email)
    assert admin.post(f"{ALL}/{member(scene, email)}/close").status_code == 409
    assert is_in(admin)


def test_sessions_that_ended_by_themselves_are_not_listed(scene: Any) -> None:
    email = scene.hire()
    log_in(scene, email)
    scene.later(16)
    assert len(sessions(log_in(scene, email).get(OWN).text)) == 1


@pytest.mark.parametrize(("minutes", "still_in"), [(4.9, True), (5, False)])
def test_the_clinic_says_when_an_idle_browser_is_signed_off(
    scene: Any, minutes: float, still_in: bool
) -> None:
    clinic = load_clinic().copy(update={"access": Access(second_factor=(), idle_minutes=5)})
    scene.app = staff_app(scene.engine, clinic, scene.clock, Library.load(), Phrases.load(), scene.feed)
    browser = log_in(scene, scene.hire())
    assert 'data-idle="5"' in browser.get("/staff").text
    scene.later(minutes)
    assert is_in(browser) is still_in
    assert still_in or "signed off after 5 minutes" in browser.get("/staff/login").text


def test_the_clinic_says_when_everybody_logs_in_again(scene: Any) -> None:
    clinic = load_clinic().copy(update={"access": Access(second_factor=(), longest_hours=1)})
    scene.app = staff_app(scene.engine, clinic, scene.clock, Library.load(), Phrases.load(), scene.feed)
    browser = log_in(scene, scene.hire())
    for _ in range(5):
        scene.later(11)
        assert browser.post("/staff/active").status_code == 204
    scene.later(6)
    assert browser.post("/staff/active").status_code == 303


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari on Mac"),
        ("<script>alert(1)</script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_has_a_name_that_one_knows_again(agent: str, name: str) -> None:
    assert browser_name(agent) == name


def test_a_very_long_claim_of_a_browser_breaks_nothing(scene: Any) -> None:
    assert is_in(log_in(scene, scene.hire(), "Firefox/" + "x" * 5000))
