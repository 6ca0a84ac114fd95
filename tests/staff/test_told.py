"""What staff see beside an alert: what was answered after the crisis text, where a visitor may be, how it was read."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.care import alerts, follow_up
from bot.care.carrying_on import lead_on
from bot.care.models import Conversation, Message


def shown(scene: Any, conversation_id: int) -> str:
    html = scene.logged_in().get(f"/staff/conversations/{conversation_id}").text
    return re.sub(r"\s+", " ", html)


def test_a_known_patients_details_stand_beside_the_alert(scene: Any) -> None:
    _, conversation_id = scene.patient(phone="+12125550123")
    scene.says(conversation_id, "I want to die", "crisis")
    panel = shown(scene, conversation_id).split('id="transcript-title"')[0]
    for detail in ("(212) 555-0123", "Born: 14 Mar 1984 (41)", "12 Rivet St", "Sister Ana"):
        assert detail in panel


def test_answers_and_whereabouts_stand_beside_the_alert(scene: Any) -> None:
    conversation_id = scene.visitor()
    scene.says(conversation_id, "I want to die", "crisis")
    answer = scene.says(conversation_id, "1", "crisis")
    number = scene.says(conversation_id, "646 555 0199 <b>12 oak st</b>")
    with scene.record() as session:
        alert = alerts.unresolved_alert(session, conversation_id)
        running = follow_up.begin(session, alert, "follow_up.v1", "en", scene.clock.now())
        follow_up.asked(running, "today", session.get(Message, answer))
        words = "Asked whether they think of acting on it today: YES."
        follow_up.answered(session, running, session.get(Message, answer), "yes", words, scene.clock.now())
        follow_up.keep_whereabouts(
            session, alert, session.get(Message, number), "+16465550199", "Wrote a number.", scene.clock.now()
        )
    page = shown(scene, conversation_id)
    assert "acting on it today: YES." in page
    assert 'href="tel:+16465550199"' in page and "not verified" in page
    assert "<b>12 oak st</b>" not in page
    assert "No number is on record; they wrote one." in page and "Phone them now." in page


def test_what_was_written_before_it_was_known_who_it_was_stands_beside_the_alert(scene: Any) -> None:
    _, patients = scene.patient(phone="+12125550123")
    visit = scene.visitor()
    scene.says(visit, "I want to <b>die</b>", "crisis")
    with scene.record() as session:
        lead_on(
            session, session.get(Conversation, visit), session.get(Conversation, patients), scene.clock.now()
        )
    panel = shown(scene, patients).split('id="transcript-title"')[0]
    assert (
        "Written before it was known who it was" in panel and f'href="/staff/conversations/{visit}"' in panel
    )
    assert "I want to &lt;b&gt;die&lt;/b&gt;" in panel and "turned out to be this patient" in shown(
        scene, patients
    )
    assert "Acknowledge: I am dealing with it" not in shown(scene, visit)


@pytest.mark.parametrize(
    ("mode", "says"), [("full", ""), ("rules_only", "rules alone"), ("off", "NOT screened")]
)
def test_every_page_says_how_messages_are_read(scene: Any, mode: str, says: str) -> None:
    made = type(scene)(scene.engine, scene.clinic.copy(update={"safety_reading": mode}))
    browser = made.logged_in()
    for path in ("/staff", "/staff/patients", "/staff/guidance"):
        page = browser.get(path).text
        assert ("rules alone" in page, "NOT screened" in page) == (mode == "rules_only", mode == "off")
        assert says in page
