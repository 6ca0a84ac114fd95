"""Who speaks with the patient, and what is written: one person at a time, sent once, nothing lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import text as sql

from bot.care import alerts
from bot.care.models import (
    Channel,
    Conversation,
    Item,
    ItemKind,
    Message,
    PhoneNumber,
)
from tests.staff.conversation_scene import act, owner_of, page, texts


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


def shown(part: str) -> str:
    """The number that a reply written under this transcript carries."""
    (found,) = re.findall(r'<input type="hidden" name="seen" value="(\d+)" form="reply-form">', part)
    return str(found)


def of_the_patient(scene: Any, conversation: int) -> list[str]:
    return [one.state for one in scene.messages(conversation) if one.sender == "patient"]


def test_a_reply_answers_what_was_shown_and_what_came_meanwhile_still_waits(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    act(browser, conversation, "take-over")
    scene.says(conversation, "can i eat")
    seen = shown(page(scene, conversation, browser))
    scene.says(conversation, "and i feel strange")
    assert act(browser, conversation, "reply", text="Yes", once="1", seen=seen).status_code == 303
    assert of_the_patient(scene, conversation) == ["answered", "held"]
    assert "and i feel strange" in browser.get("/staff").text
    renewed = browser.get(f"/staff/conversations/{conversation}/transcript").text
    act(browser, conversation, "reply", text="How, strange?", once="2", seen=shown(renewed))
    assert of_the_patient(scene, conversation) == ["answered", "answered"]
    assert "Nobody is waiting" in browser.get("/staff").text


def test_taking_over_and_sending_answers_no_more_than_was_shown(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    scene.says(conversation, "can i eat")
    seen = shown(page(scene, conversation, browser))
    scene.says(conversation, "and i feel strange")
    act(browser, conversation, "reply", text="Yes", once="1", then="own", owner="", seen=seen)
    assert of_the_patient(scene, conversation) == ["answered", "held"]


def test_who_looks_at_what_was_written_earlier_has_not_seen_the_last(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    act(browser, conversation, "take-over")
    first, second = scene.says(conversation, "one"), scene.says(conversation, "two")
    earlier = browser.get(f"/staff/conversations/{conversation}?before={second}").text
    assert f'id="m{first}"' in earlier and f'id="m{second}"' not in earlier
    act(browser, conversation, "reply", text="Yes", once="1", seen=shown(earlier))
    assert of_the_patient(scene, conversation) == ["answered", "held"]


def test_a_reply_that_says_nothing_of_what_was_shown_answers_nothing(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    act(browser, conversation, "take-over")
    scene.says(conversation, "can i eat")
    assert act(browser, conversation, "reply", text="Yes", once="1").status_code == 303
    assert of_the_patient(scene, conversation) == ["held"]


def test_what_came_after_the_page_is_not_handed_back_as_dealt_with(scene: Any) -> None:
    conversation, browser = scene.visitor(), scene.logged_in()
    act(browser, conversation, "take-over")
    scene.says(conversation, "thanks for calling")
    part = page(scene, conversation, browser)
    (seen,) = re.findall(r'<input type="hidden" name="seen" value="(\d+)" form="hand-back-form">', part)
    assert 'id="hand-back-form"' in part
    scene.says(conversation, "oh and can i take my xanax")
    refused = act(browser, conversation, "hand-back", held="done", seen=seen)
    assert refused.status_code == 409 and of_the_patient(scene, conversation) == ["held", "held"]
    assert act(browser, conversation, "hand-back", held="answer", seen=seen).status_code == 303
    assert of_the_patient(scene, conversation) == ["received", "received"]


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
