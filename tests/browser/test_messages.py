"""Nothing is lost and nothing is shown twice, whatever the line does."""

from __future__ import annotations

import pytest

from tests.browser.desk import NOTICE, Desk
from tests.browser.page import Page

pytestmark = pytest.mark.browser

CRISIS = {"text": "You matter. Call or text 988 now.", "level": "crisis"}


def shown(page: Page, *expected: str) -> None:
    """Waits until exactly these messages are shown after the notice, in this order, and stay so."""
    wanted = [NOTICE, *expected]
    page.until(lambda: page.messages() == wanted, f"the page shows {expected}, not {page.messages()[1:]}")


def test_first_contact_says_that_it_is_automated(page: Page) -> None:
    page.open().ready()
    shown(page)
    assert "automated" in page.text(".item .who")


def test_message_and_immediate_reply_are_shown_once(page: Page, desk: Desk) -> None:
    desk.reply = lambda message: {"text": "An answer."}
    page.open().ready()
    page.write("can i drive tonight?")
    shown(page, "can i drive tonight?", "An answer.")
    for message in desk.conversations[desk.conversation()] * 2:
        desk.stream("message", message)
    desk.say("Later.")
    shown(page, "can i drive tonight?", "An answer.", "Later.")
    assert len(desk.posts) == 1


def test_stream_overtakes_the_answer_and_the_answer_overtakes_the_stream(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.answer_delay = 0.5
    page.write("one")
    page.until(lambda: desk.posts, "the message is on its way")
    desk.say("said meanwhile")
    shown(page, "said meanwhile", "one")
    page.until(lambda: not page.visible(".unsent"), "it is stored")
    desk.answer_delay = 0
    unseen = desk.say("streamed late", streamed=False)
    page.write("two")
    page.until(
        lambda: "two" in page.messages() and not page.visible(".unsent"), "the answer to the send has come"
    )
    desk.stream("message", unseen)
    shown(page, "said meanwhile", "one", "streamed late", "two")


def test_stream_resumes_where_it_was_cut(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.say("before")
    shown(page, "before")
    desk.streams_refused = True
    desk.cut()
    page.until(lambda: "lost" in page.status(), "the page says that the connection is lost")
    desk.say("while away 1")
    desk.say("while away 2")
    desk.streams_refused = False
    shown(page, "before", "while away 1", "while away 2")
    page.until(lambda: "Connected" in page.status(), "the page says that it is connected")
    assert desk.resumed[-1] == 2


def test_hole_in_the_stream_is_filled_from_the_history(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.say("never streamed", streamed=False)
    desk.say("streamed")
    shown(page, "never streamed", "streamed")


def test_written_offline_is_sent_once_when_back(page: Page, desk: Desk) -> None:
    page.open().ready()
    page.network(False)
    page.until(lambda: "offline" in page.status(), "the page says that it is offline")
    page.write("from the tunnel")
    page.write("and another")
    page.until(lambda: "Not sent yet" in page.text(".unsent .fate"), "the page says that it is not sent")
    assert desk.posts == []
    page.network(True)
    shown(page, "from the tunnel", "and another")
    page.until(lambda: not page.visible(".unsent"), "nothing is unsent")
    assert [message["text"] for message in desk.conversations[desk.conversation()]][1:] == [
        "from the tunnel",
        "and another",
    ]


def test_unsent_message_survives_a_reload_and_is_stored_once(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.next_posts = [(0, {})]  # Stored, but the answer is lost.
    desk.streams_refused = True
    desk.cut()
    page.write("did you get this?")
    page.until(lambda: desk.posts, "the message is on its way")
    desk.streams_refused = False
    page.open().ready()
    shown(page, "did you get this?")
    page.until(lambda: not page.visible(".unsent"), "nothing is unsent")
    assert len({post["id"] for post in desk.posts}) == 1


def test_refusal_to_store_still_shows_the_crisis_reply_and_sends_later(page: Page, desk: Desk) -> None:
    page.open().ready()
    error = {
        "code": "AC503",
        "message": "Your message could not be stored just now.",
        "phone": "(555) 010-0199",
    }
    desk.next_posts = [(503, {"error": error, "reply": {"from": "assistant", **CRISIS}})] * 2
    desk.reply = lambda message: dict(CRISIS)
    page.write("I do not want to wake up")
    shown(page, "I do not want to wake up", "Important\n" + CRISIS["text"])
    assert page.visible(".front")
    page.until(lambda: len(desk.conversations[desk.conversation()]) == 3, "the message is stored")
    shown(page, "I do not want to wake up", "Important\n" + CRISIS["text"])


def test_refused_message_can_be_removed_or_sent_again(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.next_posts = [(400, {"error": {"code": "AC400", "message": "This could not be read.", "phone": ""}})]
    page.write("odd")
    page.until(lambda: "could not be read" in page.text(".fate.bad"), "the page says why")
    page.tab_to("Send again", limit=30)
    page.press("\ue007")
    shown(page, "odd")


def test_session_that_ran_out_is_made_anew_and_the_message_arrives(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.sessions.clear()
    page.write("still me")
    page.until(lambda: page.messages() == [NOTICE, "still me"], "the message is in the new conversation")


def test_page_of_one_person_never_writes_into_the_conversation_of_another(page: Page, desk: Desk) -> None:
    page.open().ready()
    mine = desk.conversation()
    page.driver.execute_async_script(
        "const done = arguments[0]; const headers = {'Content-Type': 'application/json'};"
        "fetch('/demo/be', {method: 'POST', headers, body: JSON.stringify({key: 'other'})}).then(() => done())"
    )
    page.write("meant for my own chat")
    page.until(lambda: "another conversation" in page.text(".fate.bad"), "the page asks")
    assert len(desk.conversations["other"]) == 1
    assert len(desk.conversations[mine]) == 1


def test_two_tabs_show_the_same(page: Page, desk: Desk) -> None:
    page.open().ready()
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    second = page.driver.current_window_handle
    try:
        page.open().ready()
        page.write("from the second tab")
        desk.say("answer")
        shown(page, "from the second tab", "answer")
        page.driver.switch_to.window(first)
        shown(page, "from the second tab", "answer")
    finally:
        page.driver.switch_to.window(second)
        page.driver.close()
        page.driver.switch_to.window(first)


def test_history_comes_back_page_by_page(page: Page, desk: Desk) -> None:
    page.open().ready()
    for count in range(70):
        desk.say(f"message {count}", streamed=False)
    page.open().ready()
    page.until(lambda: len(page.messages()) == 50, "the newest page is shown")
    page.js("root.querySelector('.older button').click()")
    page.until(lambda: len(page.messages()) == 71, "all is shown")
    assert page.messages()[0] == NOTICE
    assert not page.visible(".older")


def test_chat_starts_when_the_server_comes_up_late(page: Page, desk: Desk) -> None:
    desk.up = False
    page.open()
    page.until(lambda: "lost" in page.status(), "the page says that there is no connection")
    assert page.visible('a[href="tel:988"]')
    page.write("early bird")
    desk.up = True
    shown(page, "early bird")


def test_typing_ends_with_the_message(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.state(typing=True)
    page.until(lambda: page.visible(".typing"), "the page says that the assistant is writing")
    desk.say("here it is")
    page.until(lambda: not page.visible(".typing"), "it says so no more")


def test_staff_message_names_the_person(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.state(owner="staff", owner_name="Maria Lopez, RN")
    desk.say("I am calling you.", sender="staff", name="Maria Lopez, RN")
    page.until(lambda: page.visible(".item.staff"), "the message is there")
    assert page.text(".item.staff .who").startswith("Maria Lopez, RN")
    assert page.text(".item.staff .badge") == "Clinic staff"
    page.until(lambda: "Maria Lopez" in page.status(), "the head says who writes")


def test_tapped_answer_sends_title_and_payload(page: Page, desk: Desk) -> None:
    page.open().ready()
    buttons = [
        {"title": "Alcohol", "payload": "/ask_alcohol"},
        {"title": "Driving", "payload": "/ask_driving"},
    ]
    desk.say("Which one?", buttons=buttons)
    page.until(lambda: page.visible(".choices"), "the answers are offered")
    page.js("root.querySelector('.choices button:nth-child(1)').click()")
    shown(page, "Which one?", "Alcohol")
    assert (desk.posts[0]["text"], desk.posts[0]["choice"]) == ("Alcohol", "/ask_alcohol")
    assert not page.visible(".choices")


def test_too_long_message_is_kept_and_refused_in_the_composer(page: Page, desk: Desk) -> None:
    page.open().ready()
    page.put("ü" * 5001)
    page.press("\ue007")
    page.until(lambda: "limit is 5,000" in page.text("#problem"), "the page says that it is too long")
    assert len(page.js("return root.querySelector('textarea').value")) == 5001
    page.put("ü" * 5000)
    page.press("\ue007")
    shown(page, "ü" * 5000)
    assert len(desk.posts) == 1


def test_message_is_text_and_only_phone_numbers_are_links(page: Page, desk: Desk) -> None:
    page.open().ready()
    text = 'Call (555) 010-0199 <img src=x onerror="document.title=1"> or see https://bad.test/911'
    desk.say(text)
    page.until(lambda: text in page.messages(), "the text is shown as it is")
    links = page.js(
        "return [...[...root.querySelectorAll('.bubble')].pop().querySelectorAll('a')].map(link => link.href)"
    )
    assert links == ["tel:5550100199"]


def test_a_text_that_the_phone_did_not_get_is_called_so(page: Page, desk: Desk) -> None:
    page.open().ready()
    desk.say("Rest today.", channel="sms", delivered=False)
    desk.say("Drink enough.", channel="sms", delivered=True)
    page.until(lambda: page.messages()[-1] == "Drink enough.", "both are shown")
    lines = page.js("return [...root.querySelectorAll('.who')].map(line => line.innerText).slice(-2)")
    assert "a text that your phone did not get" in lines[0]
    assert "by text message" in lines[1]
