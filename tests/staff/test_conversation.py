"""One conversation: all of it on one page, one voice at a time, and no end to an alert without a decision."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text as sql

from bot.care import alerts
from bot.care.conversations import Reply, lock, say
from bot.care.models import (
    Alert,
    AuditEntry,
    Channel,
    CheckIn,
    CheckInAnswer,
    Conversation,
    Item,
    ItemKind,
    Message,
    PhoneNumber,
)


def page(scene: Any, conversation_id: int, browser: Any = None) -> str:
    answer = (browser or scene.logged_in()).get(f"/staff/conversations/{conversation_id}")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def act(browser: Any, conversation_id: int, what: str, **fields: Any) -> Any:
    return browser.post(f"/staff/conversations/{conversation_id}/{what}", data=fields)


def texts(scene: Any, conversation_id: int) -> list[tuple[str, str]]:
    return [(message.sender, message.text) for message in scene.messages(conversation_id)]


def owner_of(scene: Any, conversation_id: int) -> str | None:
    with scene.record() as session:
        owner = session.get(Conversation, conversation_id).owner
        return owner.name if owner else None


def acknowledged(scene: Any, browser: Any, conversation_id: int, level: str = "crisis") -> Any:
    scene.says(conversation_id, "words", level)
    with scene.record() as session:
        alert = session.query(Alert).filter_by(conversation_id=conversation_id).one()
    browser.post(f"/staff/alerts/{alert.id}/acknowledge", data={"seen": alert.news_id})
    return alert


# --- reading


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
    for words in ("(212) 555-0161", "1984-03-14", "12 Rivet St", "Sister Ana", "Same day", "15:00"):
        assert words in shown, words


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


# --- who speaks


def test_taking_over_silences_the_assistant_and_tells_the_patient(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    scene.says(conversation, "is anybody there")
    assert act(browser, conversation, "take-over").status_code == 303
    assert owner_of(scene, conversation) == "Nora Whitfield"
    (_, waiting), (sender, told) = texts(scene, conversation)
    assert waiting == "is anybody there" and scene.messages(conversation)[0].state == "held"
    assert sender == "assistant" and "Nora Whitfield" in told and "988" in told
    scene.says(conversation, "still me")
    assert scene.messages(conversation)[-1].state == "held"


def test_taking_over_twice_says_it_once(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    act(browser, conversation, "take-over")
    act(browser, conversation, "take-over")
    assert len(scene.messages(conversation)) == 1


def test_the_slower_of_two_does_not_take_it_from_the_quicker_unseen(scene: Any) -> None:
    conversation = scene.visitor()
    act(scene.logged_in(), conversation, "take-over", owner="")
    late = act(scene.logged_in(name="Dan"), conversation, "take-over", owner="")
    assert late.status_code == 409 and "Nothing was changed" in late.text
    assert owner_of(scene, conversation) == "Nora Whitfield"


def test_a_colleague_takes_over_knowingly(scene: Any) -> None:
    conversation = scene.visitor()
    act(scene.logged_in(), conversation, "take-over")
    with scene.record() as session:
        nora = session.get(Conversation, conversation).owner_id
    assert act(scene.logged_in(name="Dan"), conversation, "take-over", owner=nora).status_code == 303
    assert owner_of(scene, conversation) == "Dan"


def test_handing_back_tells_the_patient_and_leaves_nothing_waiting(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    act(browser, conversation, "take-over")
    scene.says(conversation, "thanks for calling")
    assert act(browser, conversation, "hand-back", held="done").status_code == 303
    assert owner_of(scene, conversation) is None
    messages = scene.messages(conversation)
    assert "automated assistant" in messages[-1].text
    assert [one.state for one in messages if one.sender == "patient"] == ["answered"]


def test_the_assistant_answers_what_was_held_when_asked_to(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    act(browser, conversation, "take-over")
    scene.says(conversation, "can i eat now")
    act(browser, conversation, "hand-back", held="answer")
    assert [one.state for one in scene.messages(conversation) if one.sender == "patient"] == ["received"]
    with scene.record() as session:
        jobs = session.execute(
            sql("select count(*) from procrastinate_jobs where task_name = 'answer'")
        ).scalar()
    assert jobs == 1


def test_a_message_that_came_while_the_page_was_open_is_not_closed_unseen(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    act(browser, conversation, "take-over")
    scene.says(conversation, "one more thing")
    refused = act(browser, conversation, "hand-back")
    assert refused.status_code == 409 and "has written meanwhile" in refused.text
    assert [one.state for one in scene.messages(conversation) if one.sender == "patient"] == ["held"]
    assert owner_of(scene, conversation) is not None


def test_only_the_owner_hands_back(scene: Any) -> None:
    conversation = scene.visitor()
    act(scene.logged_in(), conversation, "take-over")
    assert act(scene.logged_in(name="Dan"), conversation, "hand-back").status_code == 409
    assert owner_of(scene, conversation) == "Nora Whitfield"


# --- writing


def test_a_reply_goes_out_on_the_channel_last_written_from(scene: Any) -> None:
    conversation, browser = scene.patient(phone="(212) 555-0161")[1], scene.logged_in()
    scene.says(conversation, "by web")
    scene.says(conversation, "by text", channel=Channel.SMS)
    assert act(browser, conversation, "reply", text="Hello Maria", once="1").status_code == 303
    last = scene.messages(conversation)[-1]
    assert (last.sender, last.channel, last.state) == ("staff", "sms", "queued")
    scene.says(conversation, "by web again")
    act(browser, conversation, "reply", text="Hello again", once="2")
    assert scene.messages(conversation)[-1].channel == "web"


def test_a_button_pressed_twice_sends_once(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    for _ in range(2):
        assert act(browser, conversation, "reply", text="Hello", once="same").status_code == 303
    assert texts(scene, conversation) == [("staff", "Hello")]


def test_each_page_brings_an_identifier_of_its_own(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    pages = [page(scene, conversation, browser) for _ in range(2)]
    found = [re.findall(r'name="once" value="([^"]+)"', one)[0] for one in pages]
    assert found[0] != found[1]


def test_take_over_and_send_is_one_press(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    act(browser, conversation, "reply", text="I am here", once="1", then="own", owner="")
    assert owner_of(scene, conversation) == "Nora Whitfield"
    assert [sender for sender, _ in texts(scene, conversation)] == ["assistant", "staff"]


def test_an_answered_question_leaves_the_queue(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    message = scene.says(conversation, "do you take my insurance")
    with scene.record() as session:
        item = alerts.open_item(
            session, ItemKind.QUESTION, session.get(Message, message), "Asked.", scene.clock.now()
        ).id
    act(browser, conversation, "reply", text="Yes we do", once="1", closes=item)
    assert scene.get(Item, item).closed_at is not None
    assert "Nobody is waiting" in browser.get("/staff").text


def test_an_item_of_another_conversation_stays_open(scene: Any) -> None:
    mine, other, browser = scene.visitor(), scene.visitor(), scene.logged_in()
    message = scene.says(other, "a question")
    with scene.record() as session:
        item = alerts.open_item(
            session, ItemKind.QUESTION, session.get(Message, message), "Asked.", scene.clock.now()
        ).id
    act(browser, mine, "reply", text="Hello", once="1", closes=item)
    assert scene.get(Item, item).closed_at is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("   ", "There is nothing to send"),
        ("y" * 5001, "5001 characters"),
    ],
)
def test_what_cannot_be_sent_comes_back_with_the_reason(scene: Any, text: str, says: str) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    answer = act(browser, conversation, "reply", text=text, once="1")
    assert answer.status_code == 422 and says in answer.text
    assert text.strip() in answer.text
    assert scene.messages(conversation) == []


def test_a_text_message_of_too_many_parts_is_not_sent(scene: Any) -> None:
    conversation, browser = scene.texter("+12125550188"), scene.logged_in()
    answer = act(browser, conversation, "reply", text="long " * 400, once="1")
    assert answer.status_code == 422 and "14 text messages" in answer.text
    assert scene.messages(conversation) == []


def test_nobody_is_texted_who_opted_out(scene: Any) -> None:
    conversation, browser = scene.texter("+12125550188"), scene.logged_in()
    with scene.record() as session:
        session.query(PhoneNumber).one().opted_out_at = scene.clock.now()
    answer = act(browser, conversation, "reply", text="Please call us", once="1", then="own")
    assert answer.status_code == 409
    assert "Phone them" in answer.text and "Please call us" in answer.text
    assert scene.messages(conversation) == [] and owner_of(scene, conversation) is None
    assert act(browser, conversation, "take-over").status_code == 303  # to phone them, in silence
    assert scene.messages(conversation) == []


def test_nobody_writes_into_a_colleagues_conversation(scene: Any) -> None:
    conversation = scene.visitor()
    act(scene.logged_in(), conversation, "take-over")
    answer = act(scene.logged_in(name="Dan"), conversation, "reply", text="Hi, Dan here", once="1")
    assert answer.status_code == 409 and "was not sent" in answer.text
    assert ("staff", "Hi, Dan here") not in texts(scene, conversation)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x" * 160, "1 text message,"),
        ("x" * 161, "2 text messages,"),
        ("“quoted”", "“ ”"),
        ("x" * 2000, "too long to send"),
    ],
)
def test_the_page_counts_text_messages_while_one_writes(scene: Any, text: str, says: str) -> None:
    assert says in scene.logged_in().post("/staff/segments", data={"text": text}).text


# --- deciding


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


def test_a_false_alarm_needs_no_note(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    alert = acknowledged(scene, browser, conversation)
    data = {"seen": alert.news_id, "disposition": "false_alarm"}
    assert browser.post(f"/staff/alerts/{alert.id}/resolve", data=data).status_code == 303


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
