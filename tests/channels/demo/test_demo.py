"""The demo's people are enrolled once and are where their descriptions say; a clinic that is no demo has none of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from bot.care import people as patients
from bot.care import treatments
from bot.care.conversations import conversation_for_number, conversation_of
from bot.care.database import engine_for, transaction
from bot.care.models import Message, Patient, PhoneNumber, Treatment
from bot.channels.demo.people import PEOPLE, STALE_AFTER, patient_for, seed
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.web import create_app
from bot.work.check_ins import Rounds
from tests.channels.web_chat.support import NOWHERE, TUESDAY_NOON, parts
from tests.tables import empty_tables, empty_these

MAYA, DANIEL, RUTH, SAM = PEOPLE


@pytest.fixture(autouse=True)
def empty(engine: Engine) -> None:
    empty_tables(engine)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TUESDAY_NOON)


@pytest.fixture
def browser(engine: Engine, database_url: str, clock: FixedClock) -> Iterator[TestClient]:
    with TestClient(create_app(parts(database_url, engine, clock))) as client:
        yield client


def seeded(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        seed(session, load_clinic(), now)


def infusions(engine: Engine, person: Any) -> list[datetime]:
    with transaction(engine) as session:
        patient = patient_for(session, person)
        assert patient is not None
        return patients.treatments_of(session, conversation_of(session, patient))


def test_seeding_twice_enrols_once(engine: Engine) -> None:
    seeded(engine, TUESDAY_NOON)
    seeded(engine, TUESDAY_NOON + timedelta(minutes=5))
    with transaction(engine) as session:
        assert sorted(row.name for row in session.query(Patient)) == sorted(person.name for person in PEOPLE)
        assert session.query(Treatment).count() == sum(len(person.infusions) for person in PEOPLE)
        for person in PEOPLE:
            number = session.query(PhoneNumber).filter_by(number=person.phone).one()
            assert number.conversation.patient.name == person.name


def test_two_processes_seed_at_once(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: seeded(engine, TUESDAY_NOON), range(4)))
    with transaction(engine) as session:
        assert session.query(Patient).count() == len(PEOPLE)


def test_infusions_are_where_the_descriptions_say(engine: Engine) -> None:
    seeded(engine, TUESDAY_NOON)
    for person in PEOPLE:
        wanted = [TUESDAY_NOON + timedelta(hours=hours) for hours in person.infusions]
        assert infusions(engine, person) == wanted


def test_infusions_move_once_they_have_drifted_and_not_before(engine: Engine) -> None:
    seeded(engine, TUESDAY_NOON)
    seeded(engine, TUESDAY_NOON + STALE_AFTER)
    assert infusions(engine, MAYA) == [TUESDAY_NOON - timedelta(hours=2)]
    tomorrow = TUESDAY_NOON + timedelta(days=1)
    seeded(engine, tomorrow)
    assert infusions(engine, MAYA) == [tomorrow - timedelta(hours=2)]
    assert infusions(engine, SAM) == [tomorrow + timedelta(hours=24)]
    with transaction(engine) as session:
        assert session.query(Treatment).filter(Treatment.cancelled_at == tomorrow).count() == 5


def test_what_somebody_added_in_the_console_stays_over_a_restart(engine: Engine) -> None:
    seeded(engine, TUESDAY_NOON)
    added = TUESDAY_NOON + timedelta(days=7)
    with transaction(engine) as session:
        patient = patient_for(session, MAYA)
        assert patient is not None
        treatments.record_treatment(session, int(patient.id), added, load_clinic(), TUESDAY_NOON)
    seeded(engine, TUESDAY_NOON + timedelta(hours=1))
    assert infusions(engine, MAYA) == [TUESDAY_NOON - timedelta(hours=2), added]


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_newcomer_sees_one_check_in_arrive_at_any_hour(engine: Engine, hour: int) -> None:
    begin = TUESDAY_NOON + timedelta(hours=hour)
    seeded(engine, begin)
    clock = FixedClock(begin + timedelta(minutes=2))
    seeded(engine, clock.now())
    Rounds(engine, load_clinic(), Phrases.load(), clock).run()
    with transaction(engine) as session:
        patient = patient_for(session, DANIEL)
        assert patient is not None
        asked = [
            one.kind for one in session.query(Message).filter_by(conversation_id=patient.conversation.id)
        ]
    assert asked == ["check_in_first", "check_in"]


def test_a_number_that_has_texted_before_comes_along(engine: Engine) -> None:
    with transaction(engine) as session:
        known = int(conversation_for_number(session, MAYA.phone).id)
    seeded(engine, TUESDAY_NOON)
    with transaction(engine) as session:
        patient = patient_for(session, MAYA)
        assert patient is not None and conversation_of(session, patient).id == known


def current(browser: TestClient) -> list[str]:
    return [person["key"] for person in browser.get("/demo/people").json() if person["current"]]


def test_a_newcomer_is_a_visitor_and_can_become_anybody(browser: TestClient) -> None:
    assert [person["key"] for person in browser.get("/demo/people").json()] == [
        *(person.key for person in PEOPLE),
        "visitor",
    ]
    assert current(browser) == ["visitor"]
    for person in PEOPLE:
        became = browser.post("/demo/be", json={"key": person.key})
        assert became.status_code == 200 and "httponly" in became.headers["set-cookie"].lower()
        assert current(browser) == [person.key]
        opened = browser.post("/chat/session", json={}).json()
        assert (opened["name"], opened["verified"]) == (person.name, True)
    browser.post("/demo/be", json={"key": "visitor"})
    assert current(browser) == ["visitor"]
    assert browser.post("/chat/session", json={}).json()["verified"] is False


def test_coming_back_as_somebody_is_the_same_conversation(browser: TestClient) -> None:
    browser.post("/demo/be", json={"key": "maya"})
    name = browser.post("/chat/session", json={}).json()["conversation"]
    browser.post("/chat/messages", json={"id": "one", "text": "hello"})
    browser.post("/demo/be", json={"key": "daniel"})
    assert browser.post("/chat/session", json={}).json()["conversation"] != name
    assert "hello" not in browser.get("/chat/messages").text
    browser.post("/demo/be", json={"key": "maya"})
    assert browser.post("/chat/session", json={}).json()["conversation"] == name
    assert "hello" in browser.get("/chat/messages").text


def test_becoming_somebody_after_days_moves_their_infusion(
    browser: TestClient, engine: Engine, clock: FixedClock
) -> None:
    clock.move(timedelta(days=3))
    browser.post("/demo/be", json={"key": "maya"})
    assert infusions(engine, MAYA) == [clock.now() - timedelta(hours=2)]


def test_becoming_somebody_who_could_not_be_seeded_enrols_them(
    browser: TestClient, engine: Engine, empty: None
) -> None:
    empty_these(engine, "patient")
    browser.post("/demo/be", json={"key": "ruth"})
    assert browser.post("/chat/session", json={}).json()["name"] == RUTH.name


@pytest.mark.parametrize("key", ["nobody", "", None, 7, ["maya"], {"key": "maya"}])
def test_nobody_by_that_name(browser: TestClient, key: Any) -> None:
    refused = browser.post("/demo/be", json={"key": key})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "AC110")
    assert "set-cookie" not in refused.headers


def test_broken_requests_are_refused(browser: TestClient) -> None:
    assert browser.post("/demo/be", content=b"{").status_code == 415
    assert (
        browser.post("/demo/be", content=b"{", headers={"content-type": "application/json"}).status_code
        == 400
    )
    assert browser.post("/demo/be", data={"key": "maya"}).status_code == 415


def test_without_a_database_the_demo_says_so(clock: FixedClock) -> None:
    with TestClient(create_app(parts(NOWHERE, engine_for(NOWHERE), clock))) as browser:
        browser.cookies.set("aftercare_session", "a" * 43)
        for refused in (browser.get("/demo/people"), browser.post("/demo/be", json={"key": "maya"})):
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "AC201"
        assert browser.get("/").status_code == 200


def test_the_page_is_there(browser: TestClient) -> None:
    page = browser.get("/")
    assert page.status_code == 200 and "aftercare-widget.js" in page.text
    assert browser.get("/demo/page/clinic.js").status_code == 200
    assert browser.get("/widget/aftercare-widget.js").status_code == 200


def test_a_clinic_that_is_no_demo_has_nothing_of_it(
    engine: Engine, database_url: str, clock: FixedClock
) -> None:
    clinic = load_clinic().copy(update={"demo": False})
    with TestClient(create_app(parts(database_url, engine, clock, clinic=clinic))) as browser:
        for path in ("/", "/demo/people", "/demo/phone", "/demo/page/index.html", "/demo/page/clinic.js"):
            assert browser.get(path).status_code == 404, path
        assert browser.post("/demo/be", json={"key": "maya"}).status_code == 404
        assert browser.post("/chat/session", json={}).status_code == 200
    with transaction(engine) as session:
        assert session.query(Patient).count() == 0
