"""What staff see of paging, the link of a page, tries to reach a patient, and the roster's pages."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.care import paging, roster, roster_edits
from bot.care.models import Alert, AuditEntry, ContactPoint, Page, PageLink, Responder, Shift
from bot.channels.sms.providers import NoProvider
from bot.work.pager import Pager
from bot.work.paging import Paging

DAY = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)  # Tuesday noon in New York


@pytest.fixture
def paged(scene: Any) -> Any:
    """A scene at noon, with a process that pages; the demo shows pages in place of sending."""
    scene.clock.move(DAY - scene.clock.now())
    scene.paging = Paging(
        scene.engine, scene.clinic, scene.clock, Pager(scene.clinic, NoProvider(), texts_simulated=True)
    )
    scene.paging.sweep()
    return scene


def crisis(scene: Any, page: bool = True) -> Any:
    """A crisis message whose alert is paged; returns the alert."""
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "purple elephants", "crisis", "purple")
    with scene.record() as session:
        alert = session.query(Alert).filter_by(conversation_id=conversation).one()
    if page:
        scene.paging.page(int(alert.id))
    return alert


def links(scene: Any) -> list[str]:
    with scene.record() as session:
        pages = session.query(Page).filter(Page.shown.is_not(None)).order_by(Page.id)
        return [re.search(r"(/staff/page/\w+)", page.shown)[1] for page in pages]


def test_the_queue_says_who_was_paged_who_is_next_and_in_how_long(paged: Any) -> None:
    crisis(paged)
    paged.later(1)
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", paged.logged_in().get("/staff").text))
    assert "Paged Nora Whitfield, 1 min ago." in page
    assert "Next: Nora Whitfield, Daniel Okafor in 2 min." in page


def test_everybody_paged_in_vain_is_red(paged: Any) -> None:
    crisis(paged)
    for _ in range(40):
        paged.later(0.5)
        paged.paging.sweep()
    page = paged.logged_in().get("/staff").text
    assert "everybody has been paged, and nobody has acknowledged" in page
    assert "Everybody has been paged, and nobody has acknowledged." in page


def test_a_page_that_could_not_be_sent_is_red(paged: Any) -> None:
    broken = Paging(paged.engine, paged.clinic, paged.clock, Pager(paged.clinic, NoProvider()))
    with paged.record() as session:
        for person in session.query(Responder):
            for contact in person.contacts:
                if contact.kind == "email":
                    roster_edits.remove_contact(session, int(contact.id))
    broken.page(int(crisis(paged, page=False).id))
    page = paged.logged_in().get("/staff").text
    assert "not one page has gone out" in page
    assert "Not sent: Nora Whitfield by text message (no account for text messages)" in page


def test_one_page_that_failed_is_red_though_the_next_went_out(paged: Any) -> None:
    """At the alert while it waits, and above the queue whoever has it by then."""
    with paged.record() as session:
        nora = session.query(Responder).filter_by(name="Nora Whitfield").one()
        roster_edits.add_contact(session, int(nora.id), "app", "json://127.0.0.1:1/nowhere")
    with paged.record() as session:
        for contact in session.query(ContactPoint).filter_by(responder_id=nora.id, kind="email"):
            roster_edits.remove_contact(session, int(contact.id))
    ladder = tuple(rung.copy(update={"by": ("text", "app")}) for rung in paged.clinic.paging.ladder)
    clinic = paged.clinic.copy(update={"paging": paged.clinic.paging.copy(update={"ladder": ladder})})
    alert, pager = crisis(paged, page=False), Pager(clinic, NoProvider(), texts_simulated=True)
    by_app = Paging(paged.engine, clinic, paged.clock, pager)
    by_app.page(int(alert.id))
    for _ in range(5):
        paged.later(0.5)
        by_app.send_due()
    browser = paged.logged_in()
    page = browser.get("/staff").text
    assert (
        "Paged Nora Whitfield" in page
        and "The last page did not arrive:</strong> Nora Whitfield by app" in page
    )
    assert '<span class="wrong">Not sent: Nora Whitfield by app' in page
    assert "not one page has gone out" not in page
    browser.post(f"/staff/alerts/{alert.id}/acknowledge", data={"seen": alert.news_id})
    assert "The last page did not arrive:</strong> Nora Whitfield by app" in browser.get("/staff").text


def test_nobody_on_call_is_red_and_an_urgent_alert_says_when_pages_begin(paged: Any) -> None:
    paged.clock.move(timedelta(hours=11))
    conversation = paged.visitor()
    paged.says(conversation, "words", "urgent")
    with paged.record() as session:
        alert = session.query(Alert).one()
    paged.paging.page(int(alert.id))
    page = paged.logged_in().get("/staff").text
    assert "Nobody is on call now" in page and "Pages begin when the clinic opens, Wed 4 Mar, 08:00" in page


def test_the_link_shows_nothing_before_log_in_and_acknowledges_after_it(paged: Any) -> None:
    alert = crisis(paged)
    link = links(paged)[0]
    stranger = paged.browser()
    answer = stranger.get(link)
    assert answer.status_code == 303 and answer.headers["location"] == f"/staff/login?next={link}"
    login = stranger.get(answer.headers["location"]).text
    assert "Maria" not in login and "crisis" not in login.lower() and "elephants" not in login
    data = {"email": paged.hire(), "password": "correct horse battery", "next": link}
    assert stranger.post("/staff/login", data=data).headers["location"] == link
    page = stranger.get(link).text
    assert "Acknowledge: I am dealing with it" in page
    assert paged.get(Alert, alert.id).state == "open"
    answer = stranger.post(link, data={"seen": alert.news_id})
    assert answer.headers["location"] == f"/staff/conversations/{alert.conversation_id}?done=acknowledged"
    assert paged.get(Alert, alert.id).state == "acknowledged"
    with paged.record() as session:
        assert session.query(PageLink).filter(PageLink.used_at.is_not(None)).count() == 1
        assert session.query(AuditEntry).filter_by(action="alert.acknowledged").count() == 1
    assert "Nora Whitfield has acknowledged it" in stranger.get(link).text


def test_a_link_is_a_whole_address_with_the_port(paged: Any) -> None:
    crisis(paged)
    with paged.record() as session:
        shown = [page.shown for page in session.query(Page).filter(Page.shown.is_not(None))]
    assert shown and all(re.search(r"http://localhost:8080/staff/page/[a-z2-7]{48}$", text) for text in shown)


def test_by_link_too_nobody_acknowledges_what_they_have_not_seen(paged: Any) -> None:
    alert, browser = crisis(paged), paged.logged_in()
    paged.says(int(alert.conversation_id), "more words", "crisis")
    answer = browser.post(links(paged)[0], data={"seen": alert.news_id})
    assert answer.status_code == 409 and paged.get(Alert, alert.id).state == "open"


def acknowledged(scene: Any, browser: Any) -> Any:
    alert = crisis(scene)
    browser.post(f"/staff/alerts/{alert.id}/acknowledge", data={"seen": alert.news_id})
    return alert


def test_could_not_reach_is_noted_shown_and_comes_back(paged: Any) -> None:
    browser = paged.logged_in()
    alert = acknowledged(paged, browser)
    data = {
        "seen": alert.news_id, "outcome": "no_answer", "step": "welfare_check", "minutes": "20", "note": "Voicemail",
    }  # fmt: skip
    answer = browser.post(f"/staff/alerts/{alert.id}/attempt", data=data)
    assert answer.headers["location"].endswith("?done=attempt")
    assert "Ask for a welfare check in 20 min" in browser.get("/staff").text
    conversation = browser.get(f"/staff/conversations/{alert.conversation_id}").text
    assert "Not reached at the last try" in conversation and "Voicemail" in conversation
    ending = {"seen": alert.news_id, "disposition": "welfare_check_confirmed", "note": "Police saw her."}
    refused = browser.post(f"/staff/alerts/{alert.id}/resolve", data=ending)
    assert (
        refused.status_code == 422 and "ask a clinician" in refused.text and "Police saw her." in refused.text
    )
    paged.later(20)
    paged.paging.sweep()
    again = paged.get(Alert, alert.id)
    assert again.state == "open"
    clinician = paged.logged_in("clinician", "Daniel Okafor")
    assert "Ask for a welfare check now" in clinician.get("/staff").text
    clinician.post(f"/staff/alerts/{alert.id}/acknowledge", data={"seen": again.news_id})
    ended = clinician.post(f"/staff/alerts/{alert.id}/resolve", data={**ending, "seen": again.news_id})
    assert ended.status_code == 303 and paged.get(Alert, alert.id).state == "resolved"


def test_having_reached_them_a_nurse_resolves(paged: Any) -> None:
    browser = paged.logged_in()
    alert = acknowledged(paged, browser)
    seen = {"seen": alert.news_id}
    browser.post(
        f"/staff/alerts/{alert.id}/attempt",
        data={**seen, "outcome": "no_answer", "step": "try_again", "minutes": "10"},
    )
    browser.post(f"/staff/alerts/{alert.id}/attempt", data={**seen, "outcome": "reached"})
    ending = {**seen, "disposition": "reached_and_safe", "note": "Spoke with her."}
    assert browser.post(f"/staff/alerts/{alert.id}/resolve", data=ending).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": ""},
        {"outcome": "no_answer"},
        {"outcome": "no_answer", "step": "try_again", "minutes": "9999"},
    ],
)
def test_a_try_without_a_next_step_is_not_noted(paged: Any, wrong: dict[str, str]) -> None:
    browser = paged.logged_in()
    alert = acknowledged(paged, browser)
    answer = browser.post(f"/staff/alerts/{alert.id}/attempt", data={"seen": alert.news_id, **wrong})
    assert answer.status_code == 422 and paged.get(Alert, alert.id).last_attempt is None


def test_the_log_names_alerts_and_no_patient(paged: Any) -> None:
    alert = crisis(paged)
    page = paged.logged_in("admin").get("/staff/pages").text
    assert f"no. {alert.id}, rung 1" in page and "Nora Whitfield" in page and "demo: shown, not sent" in page
    assert "Maria" not in page and "elephants" not in page and "/staff/page/" not in page


def test_the_roster_is_edited_in_the_console(paged: Any) -> None:
    browser = paged.logged_in()
    page = browser.get("/staff/roster").text
    assert "On call: <strong>Nora Whitfield, Daniel Okafor</strong>, until 18:00" in page
    new = {"name": "Ada Lind", "email": "ada@clinic.example", "phone": "(212) 555-0199", "role": "nurse"}
    assert browser.post("/staff/roster/people", data=new).status_code == 303
    with paged.record() as session:
        ada = session.query(Responder).filter_by(name="Ada Lind").one()
        assert {(one.kind, one.address) for one in ada.contacts} == {
            ("email", "ada@clinic.example"),
            ("text", "+12125550199"),
        }
    shift = {"person": ada.id, "weekday": ["2", "3"], "starts": "20:00", "ends": "08:00"}
    assert browser.post("/staff/roster/shifts", data=shift).status_code == 303
    holiday = {"holiday": "2026-11-26", "called": "Thanksgiving"}
    assert browser.post("/staff/roster/holidays", data=holiday).status_code == 303
    away = {"person": ada.id, "first": "2026-03-10", "last": "2026-03-12"}
    assert browser.post("/staff/roster/absences", data=away).status_code == 303
    secret = "json://user:secret@hooks.clinic.example/path"
    contact = {"kind": "app", "address": secret}
    assert browser.post(f"/staff/roster/people/{ada.id}/contacts", data=contact).status_code == 303
    page = browser.get("/staff/roster").text
    for shown in (
        "Tuesday, 20:00 to 08:00 the next day",
        "Wednesday",
        "Thanksgiving",
        "json://hooks.clinic.example/…",
    ):
        assert shown in page
    assert "secret" not in page
    with paged.record() as session:
        found = roster.read(session, paged.clinic)
        assert date(2026, 11, 26) in found.holidays
        night = datetime(2026, 3, 4, 4, 0, tzinfo=timezone.utc)
        assert [person.name for person in found.on_call(night)] == ["Ada Lind"]
        one = session.query(Shift).filter_by(responder_id=ada.id, weekday=1).one()
        done = {entry.action for entry in session.query(AuditEntry)}
    assert {
        "roster.person_added",
        "roster.shift_added",
        "roster.holiday_added",
        "roster.contact_added",
    } <= done
    browser.post(f"/staff/roster/shifts/{one.id}/remove")
    browser.post("/staff/roster/holidays/remove", data={"day": "2026-11-26"})
    browser.post(f"/staff/roster/people/{ada.id}/remove")
    assert "Ada Lind" not in browser.get("/staff/roster").text


def test_opening_hours_are_edited_in_the_console_and_count_at_once(paged: Any) -> None:
    browser = paged.logged_in("admin", "Ada Ode")
    page = browser.get("/staff/roster").text
    assert "Friday: 08:00 to 17:00" in page and "Sunday: closed" in page and "The clinic is open." in page
    tuesday = {"open_on": "2", "closed": "yes", "opens": "", "closes": ""}
    assert browser.post("/staff/roster/hours", data=tuesday).status_code == 303
    late = {"open_on": ["3", "4"], "opens": "10:00", "closes": "00:00"}
    assert browser.post("/staff/roster/hours", data=late).status_code == 303
    page = browser.get("/staff/roster").text
    assert "Tuesday: closed" in page and "Thursday: 10:00 to 24:00" in page
    assert "The clinic is closed; it opens Wed 4 Mar, 10:00." in page
    with paged.record() as session:
        audit = session.query(AuditEntry).filter_by(action="roster.hours_changed").order_by(AuditEntry.id)
        said = [(entry.subject, entry.detail) for entry in audit]
    wednesday = "08:00-18:00, now 10:00-00:00"
    assert said == [
        ("roster:opening_hours", {"tue": "08:00-18:00, now closed"}),
        ("roster:opening_hours", {"wed": wednesday, "thu": wednesday}),
    ]
    found = browser.post("/staff/audit", data={"subject": "roster:opening_hours"})
    assert "tue: 08:00-18:00, now closed" in found.text


def test_hours_that_nothing_has_made_yet_are_made_before_they_are_changed(scene: Any) -> None:
    browser = scene.logged_in("admin", "Ada Ode")
    assert browser.post("/staff/roster/hours", data={"open_on": "5", "closed": "yes"}).status_code == 303
    page = browser.get("/staff/roster").text
    assert "Friday: closed" in page and "Thursday: 08:00 to 18:00" in page


@pytest.mark.parametrize("by", ["hours", "holiday"])
def test_an_urgent_alert_that_waits_is_paged_as_soon_as_the_clinic_is_said_to_be_open(
    paged: Any, by: str
) -> None:
    browser = paged.logged_in()
    if by == "hours":
        browser.post("/staff/roster/hours", data={"open_on": "2", "closed": "yes"})
    else:
        browser.post("/staff/roster/holidays", data={"holiday": "2026-03-03", "called": "Town day"})
    paged.says(paged.visitor(), "words", "urgent")
    paged.paging.sweep()
    paged.later(5)
    paged.paging.sweep()
    assert "Pages begin when the clinic opens, Wed 4 Mar, 08:00" in browser.get("/staff").text
    assert links(paged) == []
    if by == "hours":
        browser.post("/staff/roster/hours", data={"open_on": "2", "opens": "08:00", "closes": "18:00"})
    else:
        browser.post("/staff/roster/holidays/remove", data={"day": "2026-03-03"})
    paged.paging.sweep()
    assert links(paged)
    assert "Paged Nora Whitfield" in browser.get("/staff").text


def test_hours_that_change_while_it_stays_closed_only_move_when_pages_begin(paged: Any) -> None:
    browser = paged.logged_in()
    browser.post("/staff/roster/hours", data={"open_on": "2", "closed": "yes"})
    paged.says(paged.visitor(), "words", "urgent")
    paged.paging.sweep()
    browser.post("/staff/roster/hours", data={"open_on": "3", "opens": "11:00", "closes": "12:00"})
    paged.paging.sweep()
    assert "Pages begin when the clinic opens, Wed 4 Mar, 11:00" in browser.get("/staff").text
    assert links(paged) == []


@pytest.mark.parametrize(
    ("path", "data", "says"),
    [
        ("hours", {"opens": "08:00", "closes": "18:00"}, "Choose the days"),
        ("hours", {"open_on": "1", "opens": "18:00", "closes": "08:00"}, "close later than it opens"),
        ("hours", {"open_on": "1", "opens": "8", "closes": "18:00"}, "when the clinic opens as a time"),
        ("people", {"name": "", "email": "a@b.example", "role": "nurse"}, "Write the person"),
        ("people", {"name": "A", "email": "nora.whitfield@riverside.example", "role": "nurse"}, "already"),
        ("shifts", {"person": "1", "starts": "8", "ends": "09:00", "weekday": "1"}, "as a time"),
        ("shifts", {"person": "1", "starts": "08:00", "ends": "09:00"}, "Choose either"),
        ("shifts", {"starts": "08:00", "ends": "09:00", "weekday": "1"}, "Choose a person"),
        ("absences", {"person": "1", "first": "2026-03-04", "last": "2026-03-03"}, "last day"),
        ("holidays", {"holiday": "soon", "called": "x"}, "as a date"),
    ],
)
def test_what_cannot_stand_in_the_roster_comes_back_with_the_reason(
    paged: Any, path: str, data: dict[str, str], says: str
) -> None:
    answer = paged.logged_in().post(f"/staff/roster/{path}", data=data)
    assert answer.status_code == 422 and says in answer.text and "Nothing was changed" in answer.text


def test_a_test_page_shows_whether_somebody_can_be_reached(paged: Any) -> None:
    browser = paged.logged_in()
    browser.post("/staff/roster/people/1/test")
    paged.paging.send_due()
    with paged.record() as session:
        pages = session.query(Page).filter(Page.key.like("test:%"), Page.alert_id.is_(None)).all()
    assert {page.state for page in pages} == {"sent"} and len(pages) >= 2
    assert all("This is a test" in page.shown for page in pages)
    assert ">test<" in browser.get("/staff/pages").text


def test_a_message_while_nobody_waits_starts_no_second_ladder(paged: Any) -> None:
    alert = crisis(paged)
    paged.says(int(alert.conversation_id), "just words")
    with paged.record() as session:
        assert paging.lost(session, paged.clock.now()) == []
