"""A reply begins with the guidance: fitted to this patient, put behind what was typed, and sent by nobody but staff."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from bot.care.models import Channel
from bot.care.treatments import record_treatment
from bot.guidance.gsm7 import outside


def box(page: str) -> str:
    found = re.search(r'<textarea id="text".*?>(.*?)</textarea>', page, re.S)
    assert found
    return html.unescape(found[1])


def canned(browser: Any, conversation: int, **data: str) -> Any:
    return browser.post(f"/staff/conversations/{conversation}/canned", data={"topic": "driving", **data})


def test_the_guidance_comes_behind_what_was_typed_and_nothing_is_sent(scene: Any) -> None:
    _, conversation = scene.patient()
    scene.says(conversation, "can i drive")
    answer = canned(scene.logged_in(), conversation, text="Hello Maria.")
    assert answer.status_code == 200
    assert box(answer.text).startswith("Hello Maria.\n\n") and "driv" in box(answer.text)
    assert [one.text for one in scene.messages(conversation)] == ["can i drive"]


def test_it_names_the_time_of_this_patients_infusion(scene: Any) -> None:
    patient, conversation = scene.patient()
    scene.says(conversation, "can i drive")
    nurse = scene.logged_in()
    without = box(canned(nurse, conversation).text)
    with scene.record() as session:
        record_treatment(
            session, patient, scene.clock.now() - timedelta(hours=3), scene.clinic, scene.clock.now()
        )
    assert box(canned(nurse, conversation).text) != without


def test_for_a_phone_it_is_the_text_that_fits_one(scene: Any) -> None:
    conversation = scene.texter("+12125550161")
    scene.says(conversation, "can i drive", channel=Channel.SMS)
    text = box(canned(scene.logged_in(), conversation).text)
    assert outside(text) == [] and len(text) <= 306


def test_without_a_new_page_only_the_form_is_drawn_anew_and_keeps_what_was_chosen(scene: Any) -> None:
    conversation = scene.visitor()
    scene.says(conversation, "hello")
    answer = scene.logged_in().post(
        f"/staff/conversations/{conversation}/canned",
        data={"topic": "driving", "text": "One moment."},
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 200 and "<html" not in answer.text
    assert 'value="driving" selected' in answer.text and box(answer.text).startswith("One moment.")


@pytest.mark.parametrize("topic", ["", "no such topic"])
def test_no_topic_is_said_beside_the_choice_and_the_draft_stays(scene: Any, topic: str) -> None:
    conversation = scene.visitor()
    answer = canned(scene.logged_in(), conversation, topic=topic, text="A draft")
    assert answer.status_code == 422 and "Choose a topic first" in answer.text
    assert box(answer.text) == "A draft"


def test_what_nobody_signed_is_marked_outside_the_demo(scene: Any) -> None:
    conversation, nurse = scene.visitor(), scene.logged_in()
    assert "(not signed off)" not in nurse.get(f"/staff/conversations/{conversation}").text
    real = scene.clinic.copy(update={"demo": False})
    scene_of_a_clinic = type(scene)(scene.engine, real)
    shown = scene_of_a_clinic.logged_in().get(f"/staff/conversations/{conversation}").text
    assert "(not signed off)" in shown
