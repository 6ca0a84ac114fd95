"""The identity walk: with one's own credentials, what belongs to somebody else, at every route of the console.

Routes are the console's own. What nobody has decided on fails in test_every_identifier_is_named.py until it is named;
test_other_peoples_credentials.py has the chat, texts and accounts.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from bot.care.database import transaction
from bot.care.models import Patient
from bot.staff.app import VIEWS
from bot.staff.permissions import Role, may
from tests.attack.two_patients import KINDS, Person, Walk, holds, kinds_of, walk
from tests.channels.web_chat.support import TUESDAY_NOON

__all__ = ["walk"]

STREAM, MERGE = "/staff/events", "/staff/patients/{id:int}/merge/{other:int}"
OF_PATIENTS = set(KINDS.values()) - {
    "login", "account", "responder", "contact", "shift", "absence", "topic", "report", "rest", "chat", "file",
}  # fmt: skip
MEANT = {MERGE, "/staff/patients/{id:int}/merge"}
"""Routes about two patients on purpose, for who may make one of two records."""


def identifiers_of(walk: Walk, person: Person) -> dict[str, Any]:
    """A form in which every field that can name an object names one of this person's, and the rest is plausible."""
    at = person.at
    return {
        "seen": at["news"], "closes": at["item"], "once": person.external[1], "owner": walk.staff["account"],
        "number": person.known[1], "portal_id": person.known[3], "other": at["patient"], "seal": "0" * 64,
        "conversation": at["conversation"], "message": at["message"], "person": walk.staff["responder"],
        "who": walk.staff["account"], "subject": f"patient:{at['patient']}", "before": at["series"] + 1,
        "id": at["patient"], "patient": at["patient"], "staff": walk.staff["account"], "phone": person.known[1],
        "name": "Somebody", "text": "a reply", "note": "a note", "recognised": "yes", "another": "yes",
        "date": "2026-03-09", "time": "10:00", "channel": "web", "how": "on_paper", "instrument": "daily",
        "outcome": "no_answer", "step": "try_again", "minutes": "10", "topic": "driving", "level": "urgent",
    }  # fmt: skip


def ask(
    walk: Walk, browser: httpx.Client, method: str, path: str, whose: Person, **options: Any
) -> httpx.Response:
    """Ask with the identifiers of `whose` in the query too, or in the form."""
    given = identifiers_of(walk, whose)
    if method == "POST":
        return browser.request(method, path, data=options.get("data", given))
    query = {name: str(given[name]) for name in ("conversation", "before", "seen")}
    return browser.request(method, path, params=query)


@pytest.mark.parametrize("who", ["nurse", "clinician", "admin", "auditor", "Anna", ""])
def test_who_may_not_gets_no_word_of_it_and_changes_nothing(walk: Walk, who: str) -> None:
    """Each route of the console with what is really there, asked in a role that may not, by a patient, by nobody."""
    role = who if who in {one.value for one in Role} else ""
    refused = 0
    with walk.browser(who) as browser:
        if who == "Anna":
            browser.cookies.set("aftercare_staff", walk.people["Anna"].token)
        before = walk.record()
        for view in VIEWS:
            if view.permission is None or (role and may(role, view.permission)):
                continue
            for whose in (walk.people["Anna"], walk.people["Berta"]):
                answer = ask(walk, browser, view.method, walk.address(view.path, whose), whose)
                assert answer.status_code in ((403,) if role else (303, 401)), (view.path, answer.status_code)
                told = set(holds(answer, *whose.everything)) - {
                    str(one) for one in identifiers_of(walk, whose).values()
                }
                assert told == set(), view.path
                refused += 1
    assert refused >= 10 and walk.record() == before


@pytest.mark.parametrize("who", ["nurse", "clinician"])
def test_what_is_shown_of_one_patient_holds_nothing_of_another(walk: Walk, who: str) -> None:
    anna, berta, shown = walk.people["Anna"], walk.people["Berta"], 0
    before = walk.record()
    with walk.browser(who) as browser:
        for view in VIEWS:
            kinds = kinds_of(view.path)
            if view.method == "GET" and kinds and set(kinds) <= OF_PATIENTS and may(who, view.permission):
                path = walk.address(view.path, anna)
                for answer in (
                    browser.get(path, follow_redirects=True),
                    ask(walk, browser, "GET", path, berta),
                ):
                    assert answer.status_code in (200, 303), (view.path, answer.status_code)
                    assert holds(answer, *berta.everything) == [], view.path
                    shown += bool(holds(answer, anna.words))
        with browser.stream("GET", STREAM, params={"conversation": anna.at["conversation"]}) as stream:
            told = "".join(line for line, _ in zip(stream.iter_lines(), range(8)))
            assert "conversation" in told and not any(
                one in told for one in (*anna.everything, *berta.everything)
            )
    assert shown >= 12 and walk.record() == before


@pytest.mark.parametrize("who", ["admin", "auditor"])
def test_who_may_not_read_conversations_reads_no_word_of_them_on_any_page(walk: Walk, who: str) -> None:
    people, answered = walk.people.values(), 0
    words = [one.words for one in people]
    with walk.browser(who) as browser:
        for view in VIEWS:
            if view.permission is None or not may(who, view.permission):
                continue
            for whose in people:
                path = walk.address(view.path, whose)
                if view.method == "GET" or path.endswith(
                    ("/staff/audit", "/export", "/merge", "/staff/patients")
                ):
                    answer = ask(walk, browser, view.method, path, whose)
                    assert answer.status_code < 500 and holds(answer, *words) == [], view.path
                    answered += answer.status_code == 200
    assert answered >= 15


@pytest.mark.parametrize("who", ["nurse", "admin"])
def test_a_number_or_browser_of_one_patient_is_not_to_be_had_by_way_of_another(walk: Walk, who: str) -> None:
    people, tried = (walk.people["Anna"], walk.people["Berta"]), 0
    with walk.browser(who) as browser:
        before = walk.record()
        for view in VIEWS:
            if len(kinds_of(view.path)) < 2 or view.path in MEANT:
                continue
            for one, other in (people, people[::-1]):
                answer = browser.request(view.method, walk.address(view.path, one, other))
                assert answer.status_code == 404, (view.path, answer.status_code)
                assert holds(answer, *other.everything) == [], view.path
                tried += 1
    assert tried >= 12 and walk.record() == before


def test_whatever_is_done_to_one_patient_with_identifiers_of_another_changes_nothing_of_theirs(
    walk: Walk,
) -> None:
    """Every form about Clara, filled in with what is Berta's: her items, messages, number, name at the portal."""
    clara, berta, done = walk.people["Clara"], walk.people["Berta"], 0
    before = walk.record(berta)
    with walk.browser("clinician") as browser:
        for view in VIEWS:
            kinds = kinds_of(view.path)
            if view.method != "POST" or not kinds or not set(kinds) <= OF_PATIENTS or view.path in MEANT:
                continue
            typed = set(map(str, identifiers_of(walk, berta).values()))
            answer = ask(walk, browser, "POST", walk.address(view.path, clara), berta)
            assert answer.status_code < 500, (view.path, answer.text[:300])
            assert set(holds(answer, *berta.everything)) <= typed, view.path
            done += answer.status_code == 303
            assert walk.record(berta) == before, view.path
    assert done >= 8


def test_what_was_read_of_one_alert_ends_no_other_and_no_form_takes_what_is_anothers(
    walk: Walk,
) -> None:
    anna, berta = walk.people["Anna"], walk.people["Berta"]
    news = {"seen": berta.at["news"]}
    with walk.browser("clinician") as browser:
        here, alert = f"/staff/patients/{anna.at['patient']}", f"/staff/alerts/{anna.at['alert']}"
        tries = (
            (f"{alert}/acknowledge", news, 409),
            (f"{alert}/attempt", news | {"outcome": "reached"}, 409),
            (f"{alert}/resolve", news | {"disposition": "reached_safe", "note": "x"}, 409),
            (f"/staff/page/{anna.at['link']}", news, 409),
            (f"{here}/merge", {"other": anna.at["patient"]}, 422),
            (f"{here}/access/numbers", {"number": berta.known[1]}, 422),
            (f"{here}/access/portal", {"portal_id": berta.known[3]}, 422),
            (f"{here}/edit", {"name": "Annabrisk", "phone": berta.known[1]}, 422),
            (
                "/staff/patients/new",
                {"name": "X", "recognised": "yes", "conversation": berta.at["conversation"]},
                422,
            ),
            ("/staff/unanswered/draft", {"message": berta.at["message"]}, 404),
        )
        before = walk.record()
        for path, form, status in tries:
            answer = browser.post(path, data=form)
            assert answer.status_code == status, (path, answer.status_code)
            assert holds(answer, berta.words, *berta.external) == [], path
            assert walk.record() == before, path


def test_a_seal_or_a_number_of_another_patient_merges_and_erases_nobody(walk: Walk) -> None:
    """Of patients of whom nothing else stands in the way."""
    with transaction(walk.clinic.engine) as session:
        made = [Patient(name=name, created_at=TUESDAY_NOON) for name in ("Dora", "Ella", "Fred")]
        session.add_all(made)
        session.flush()
        dora, ella, fred = (int(one.id) for one in made)
    with walk.browser("clinician") as browser:
        seals = []
        for kept, other in ((ella, dora), (ella, fred)):
            shown = browser.post(f"/staff/patients/{kept}/merge", data={"other": other}).text
            seals += re.findall(r'name="seal" value="(\w+)"', shown)
        assert len(seals) == 2
        for one in made:
            browser.get(f"/staff/patients/{one.id}")  # makes the conversation
        before = walk.record()
        for seal in seals:
            answer = browser.post(f"/staff/patients/{dora}/merge/{ella}", data={"seal": seal, "number": ella})
            assert answer.status_code == 422 and walk.record() == before
        for number in (ella, fred):
            form = {"because": "asked_by_patient", "number": number}
            answer = browser.post(f"/staff/patients/{dora}/erase", data=form)
            assert answer.status_code == 422 and walk.record() == before
