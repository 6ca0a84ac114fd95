"""One conversation: all of it on one page, one voice at a time, and no end to an alert without a decision."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from bot.care import check_in_consent
from bot.care.check_in_consent import How
from bot.care.conversations import Reply, lock, say
from bot.care.models import (
    Alert,
    AuditEntry,
    Channel,
    CheckIn,
    CheckInAnswer,
    Disposition,
)
from bot.care.numbers import numbers_of
from bot.care.phones import attach
from tests.staff.conversation_scene import acknowledged, page


def test_both_channels_are_one_transcript_in_order(scene: Any) -> None:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "first by web")
    scene.later(1)
    scene.says(conversation, "then by text", channel=Channel.SMS)
    shown = page(scene, conversation)
    assert shown.index("first by web") < shown.index("then by text")
    assert "web chat" in shown and "text message" in shown


def test_screened_messages_carry_level_reason_and_marked_evidence(scene: Any) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "my chest hurts <i>", "emergency", "chest hurts <i>", ("Chest pain",))
    shown = page(scene, conversation)
    assert "Emergency" in shown and "Chest pain" in shown
    assert "<mark>chest hurts &lt;i&gt;</mark>" in shown
    assert "Write to them now" in shown  # nobody knows a number of this visitor


def test_somebody_who_can_be_phoned_is_to_be_phoned(scene: Any) -> None:
    conversation = scene.patient("Maria Lopez", "(212) 555-0161")[1]
    scene.says(conversation, "words", "crisis")
    shown = page(scene, conversation)
    assert "Phone them now" in shown and 'href="tel:+12125550161"' in shown and "12 Rivet St" in shown


def test_a_message_of_ours_that_did_not_arrive_says_so(scene: Any) -> None:
    conversation = scene.texter("+12125550188")
    with scene.record() as session:
        message = say(
            session, lock(session, conversation), Reply("hello"), channel=Channel.SMS, now=scene.clock.now()
        )
        message.state, message.failure = "failed", "30003"
    assert re.search(r"NOT delivered\s*\(30003\)", page(scene, conversation))


def test_what_lies_in_the_chat_is_not_called_delivered(scene: Any) -> None:
    conversation = scene.patient()[1]
    with scene.record() as session:
        say(session, lock(session, conversation), Reply("hello"), channel=Channel.WEB, now=scene.clock.now())
    shown = page(scene, conversation)
    assert "in the chat, read when they open it" in shown and ">delivered" not in shown


def test_check_in_answers_are_read_back_inline_and_as_a_table(scene: Any) -> None:
    conversation = scene.patient()[1]
    message = scene.says(conversation, "three i guess")
    with scene.record() as session:
        check_in = CheckIn(
            conversation_id=conversation,
            instrument="daily",
            instrument_version="1",
            state="finished",
            started_at=scene.clock.now() - timedelta(days=1),
        )
        session.add(check_in)
        session.flush()
        for item, raw, value, skipped in (
            ("mood", "three i guess", 3, False),
            ("side_effects", "skip", None, True),
            ("word", "far away", None, False),
        ):
            session.add(
                CheckInAnswer(
                    check_in_id=check_in.id,
                    item=item,
                    raw=raw,
                    value=value,
                    skipped=skipped,
                    message_id=message if item == "mood" else None,
                    at=scene.clock.now(),
                )
            )
    shown = page(scene, conversation)
    assert "check-in, mood: 3" in shown
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td[^>]*>(.*?)</td>', shown)
    assert rows == [
        ("Mood", "3", "three i guess"),
        ("Side effects", "skipped", "skip"),
        ("Word", "–", "far away"),
    ]
    assert "Thu 12 Mar" in shown or "Fri 13 Mar" in shown


def test_who_they_are_and_where_they_stand_is_beside_it(scene: Any) -> None:
    patient, conversation = scene.patient("Maria Lopez", "(212) 555-0161")
    browser = scene.logged_in()
    browser.post(f"/staff/patients/{patient}/treatments", data={"date": "2026-03-13", "time": "15:00"})
    shown = page(scene, conversation, browser)
    for words in ("(212) 555-0161", "14 Mar 1984 (41)", "12 Rivet St", "Sister Ana", "Same day", "15:00"):
        assert words in shown, words


def test_numbers_opt_outs_and_consents_stand_beside_it(scene: Any) -> None:
    patient, conversation = scene.patient("Maria Lopez", "(212) 555-0161")
    shown = re.sub(r"<[^>]+>", "", page(scene, conversation))
    assert "No consent to check-ins is recorded: none are sent." in shown and "Further number" not in shown
    with scene.record() as session:
        now = scene.clock.now()
        check_in_consent.give(session, patient, Channel.SMS, How.ON_PAPER, None, now)
        check_in_consent.give(session, patient, Channel.WEB, How.ON_PAPER, None, now)
        attach(session, patient, "(212) 555-0162", now)
        for number in numbers_of(session, conversation):
            number.opted_out_at = now if number.number.endswith("0161") else None
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page(scene, conversation)))
    assert "Agreed to check-ins by text message and web chat." in shown
    assert "Text messages to(212) 555-0161 opted out of text messages, 23:00" in shown
    assert "Further number(212) 555-0162" in shown


def test_reading_is_in_the_audit_but_a_page_that_reads_by_itself_is_not(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    page(scene, conversation, browser)
    for part in ("transcript", "panel", "composer"):
        assert browser.get(f"/staff/conversations/{conversation}/{part}").status_code == 200
    with scene.record() as session:
        assert session.query(AuditEntry).filter_by(action="conversation.viewed").count() == 1


def test_a_long_conversation_comes_in_pieces(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    for number in range(130):
        scene.says(conversation, f"message number {number:03}")
    shown = page(scene, conversation, browser)
    assert "number 129" in shown and "number 029" not in shown
    earlier = re.search(r'href="([^"]*before=\d+)"', shown)
    assert earlier and "number 029" in browser.get(earlier[1]).text


def test_an_alert_ends_with_a_disposition_a_note_and_a_name(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    alert = acknowledged(scene, browser, conversation)
    answer = browser.post(
        f"/staff/alerts/{alert.id}/resolve",
        data={"seen": alert.news_id, "disposition": "reached_and_safe", "note": "Spoke with her sister."},
    )
    assert answer.status_code == 303
    ended = scene.get(Alert, alert.id)
    assert (ended.state, ended.disposition) == ("resolved", "reached_and_safe")
    shown = page(scene, conversation, browser)
    assert "Reached, and safe" in shown and "Spoke with her sister." in shown and "resolved by Nora" in shown
    with scene.record() as session:
        entry = session.query(AuditEntry).filter_by(action="alert.resolved").one()
    assert "sister" not in str(entry.detail)


@pytest.mark.parametrize(
    ("disposition", "note", "says"),
    [
        ("", "Spoke with her.", "Choose what became of it"),
        ("could_not_reach", "Tried.", "Choose what became of it"),
        ("reached_and_safe", "", "Write a note"),
        ("false_alarm", "", "Write a note"),
        ("duplicate", "", "Write a note"),
        ("test", "", "Write a note"),
        ("reached_and_safe", "n" * 2001, "2001 characters"),
    ],
)
def test_an_alert_without_a_decision_stays(scene: Any, disposition: str, note: str, says: str) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    alert = acknowledged(scene, browser, conversation)
    answer = browser.post(
        f"/staff/alerts/{alert.id}/resolve",
        data={"seen": alert.news_id, "disposition": disposition, "note": note},
    )
    assert answer.status_code == 422 and says in answer.text and note in answer.text
    assert scene.get(Alert, alert.id).state == "acknowledged"


def ticks(shown: str, disposition: str) -> list[str]:
    """What may be ticked as a note to this ending."""
    found = re.search(rf'(?s)<fieldset class="short" data-for="{disposition}">(.*?)</fieldset>', shown)
    return [unescape(one) for one in re.findall(r'name="short" value="([^"]*)"', found[1])] if found else []


def test_a_tired_nurse_ticks_the_note(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    alert = acknowledged(scene, browser, conversation)
    offered = ticks(page(scene, conversation, browser), "false_alarm")
    assert len(offered) > 1
    data = {
        "seen": alert.news_id,
        "disposition": "false_alarm",
        "short": [offered[1], offered[0]],
        "note": "A song.",
    }
    assert browser.post(f"/staff/alerts/{alert.id}/resolve", data=data).status_code == 303
    assert scene.get(Alert, alert.id).note == f"{offered[0]} {offered[1]}\nA song."


def test_every_ending_offers_notes_and_a_handover_names_the_clinician(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    scene.hire("clinician", "Dr. Ruth Adler")
    acknowledged(scene, browser, conversation)
    shown = page(scene, conversation, browser)
    assert all(ticks(shown, one.value) for one in Disposition)
    assert ticks(shown, "handed_to_clinician") == ["Dr. Ruth Adler has taken it over from me."]
    clinician = scene.logged_in("clinician", "Dr. Second")
    assert "Dr. Second has taken" not in page(scene, conversation, clinician)


def test_a_duplicate_names_the_alert_that_it_is_a_duplicate_of(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    first = acknowledged(scene, browser, conversation)
    ending = {"seen": first.news_id, "disposition": "reached_and_safe", "note": "Spoke with her."}
    assert browser.post(f"/staff/alerts/{first.id}/resolve", data=ending).status_code == 303
    scene.later(5)
    scene.says(conversation, "words again", "crisis")
    with scene.record() as session:
        second = session.query(Alert).filter(Alert.id != first.id).one()
    browser.post(f"/staff/alerts/{second.id}/acknowledge", data={"seen": second.news_id})
    (same, *_) = ticks(page(scene, conversation, browser), "duplicate")
    assert same == "The same as the alert of 13 Mar 2026, 23:00 (reached, and safe)."
    data = {"seen": second.news_id, "disposition": "duplicate", "short": same}
    assert browser.post(f"/staff/alerts/{second.id}/resolve", data=data).status_code == 303
    assert scene.get(Alert, second.id).note == same


def test_what_was_ticked_for_another_ending_is_no_note(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    alert = acknowledged(scene, browser, conversation)
    (trial, *_) = ticks(page(scene, conversation, browser), "test")
    data = {"seen": alert.news_id, "disposition": "reached_and_safe", "short": [trial, "<b>made up</b>"]}
    answer = browser.post(f"/staff/alerts/{alert.id}/resolve", data=data)
    assert answer.status_code == 422 and "Write a note" in answer.text and "made up" not in answer.text
    assert f'value="{trial}" checked' in answer.text
    assert scene.get(Alert, alert.id).state == "acknowledged"


def test_nobody_resolves_what_nobody_has_acknowledged(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    scene.says(conversation, "words", "crisis")
    with scene.record() as session:
        alert = session.query(Alert).one()
    data = {"seen": alert.news_id, "disposition": "false_alarm", "note": "typed already"}
    answer = browser.post(f"/staff/alerts/{alert.id}/resolve", data=data)
    assert answer.status_code == 422 and scene.get(Alert, alert.id).state == "open"


def test_nobody_resolves_over_a_message_that_they_have_not_seen(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    alert = acknowledged(scene, browser, conversation)
    scene.says(conversation, "goodbye everyone", "crisis")
    data = {"seen": alert.news_id, "disposition": "false_alarm"}
    answer = browser.post(f"/staff/alerts/{alert.id}/resolve", data=data)
    assert answer.status_code == 409 and "written again" in answer.text
    assert scene.get(Alert, alert.id).state == "open"
