"""A visitor in crisis opens an invite link: the alert and our question go on with the patient."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Engine

from bot.care.alerts import unresolved_alert
from bot.care.carrying_on import written_before
from bot.care.database import transaction
from bot.care.follow_up import told
from bot.care.invites import make_invite
from bot.care.models import Patient, StaffMember
from bot.clinic.clock import FixedClock
from tests.channels.web_chat.support import TUESDAY_NOON, Browser, conversation_of

CRISIS = "I want to kill myself"


def invite(engine: Engine) -> str:
    with transaction(engine) as session:
        patient = Patient(name="Maria Lopez", phone="+12125550123")
        nurse = StaffMember(email=secrets.token_hex(8), name="Nora", role="nurse", password_hash="x")
        session.add_all([patient, nurse])
        session.flush()
        return make_invite(session, int(patient.id), int(nurse.id), TUESDAY_NOON)[0]


def test_the_answer_counts_and_the_state_holds(
    new_browser: Callable[..., Browser], engine: Engine, database_url: str, serve: Any, clock: FixedClock
) -> None:
    browser = new_browser(serve(database_url, engine, clock))
    browser.open()
    browser.send(CRISIS)
    visit = conversation_of(engine, browser)
    with transaction(engine) as session:
        before = unresolved_alert(session, visit)
        assert before is not None
    opened = browser.client.post("/chat/session", json={"invite": invite(engine)}).json()
    assert (opened["verified"], opened["crisis"]) == (True, True)
    assert "911" in browser.send("1").json()["reply"]["text"]
    patients = conversation_of(engine, browser)
    with transaction(engine) as session:
        assert unresolved_alert(session, visit) is None
        alert = unresolved_alert(session, patients)
        assert alert is not None and (alert.id, alert.level, alert.state) == (before.id, "crisis", "open")
        assert [str(one.kind) for one in alert.events] == ["opened", "continued", "joined"]
        shown = told(session, alert)
        assert shown is not None and [one.meaning for one in shown.answers] == ["yes"]
        # What a visitor wrote is shown to staff beside the alert, and never to the browser.
        assert [one.text for one in written_before(session, alert)] == [CRISIS]
    assert CRISIS not in str(browser.messages())
