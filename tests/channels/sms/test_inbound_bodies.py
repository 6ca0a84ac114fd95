"""Photos, empty texts, long ones and odd alphabets."""

from __future__ import annotations

import pytest

from bot.care.models import Alert, Item
from bot.guidance.phrases import Phrases
from tests.channels.sms.support import (
    Carrier,
    Record,
    new_sid,
    said,
)


@pytest.mark.parametrize(
    "body",
    [
        "я не могу спать, помогите 😔 ¡Hola! «ça va» 日本語",
        "/restart",
        "can i drive? " * 123 + "x",
        "a+b & c=d %20 100% \u202e\u0000",
        "two\nlines\r\nand a tab\t",
    ],
    ids=["alphabets", "slash", "1600-characters", "escapes-and-nul", "lines"],
)
def test_odd_bodies_are_stored_as_written_but_for_nul(
    carrier: Carrier, record: Record, number: str, body: str
) -> None:
    assert said(carrier.text(number, body)) == []
    assert record.from_patient(number)[0].text == body.replace("\x00", "")


@pytest.mark.parametrize("body", ["", None, "  \n "], ids=["empty", "missing", "blank"])
def test_a_photo_without_words_is_told_that_photos_are_not_read(
    carrier: Carrier, record: Record, phrases: Phrases, number: str, body: str | None
) -> None:
    sid = new_sid()
    (text,) = said(carrier.text(number, body, sid, NumMedia="1", MediaUrl0="https://example.org/x"))
    assert "cannot look at pictures" in text
    assert said(carrier.text(number, body, sid, NumMedia="1", MediaUrl0="https://example.org/x")) == [text]
    (photo,) = record.from_patient(number)
    assert (photo.media_count, photo.state) == (1, "answered")
    (item,) = record.of(Item, number, Item.id)
    assert "picture" in item.reason and item.message_id == photo.id


def test_a_photo_with_words_is_answered_and_the_patient_is_told_of_the_photo(
    carrier: Carrier, record: Record, number: str
) -> None:
    assert said(carrier.text(number, "is this rash normal?", NumMedia="2")) == []
    messages = record.messages(number)
    assert messages[0].state == "received"
    assert [message.kind for message in messages[1:]] == ["first_contact", "notice"]
    assert all(message.state == "queued" for message in messages[1:])
    assert len(record.of(Item, number, Item.id)) == 1


def test_a_photo_beside_a_crisis_is_seen_to_have_come_and_the_safety_text_stands_alone(
    carrier: Carrier, record: Record, number: str
) -> None:
    texts = said(carrier.text(number, "i want to kill myself", NumMedia="1"))
    assert "988" in texts[0] and not any("pictures" in text for text in texts)
    (item,) = record.of(Item, number, Item.id)
    assert "picture" in item.reason
    assert len(record.of(Alert, number, Alert.id)) == 1


@pytest.mark.parametrize(
    "words", ["x " * 780 + "i want to kill myself", "i want to kill myself " + "ё" * 640]
)
def test_a_text_of_several_parts_is_one_message_and_read_to_its_end(
    carrier: Carrier, record: Record, number: str, words: str
) -> None:
    texts = said(carrier.text(number, words, NumSegments="10"))
    assert "988" in texts[0]
    (message,) = record.from_patient(number)
    assert (message.text, message.level) == (words, "crisis")


def test_an_empty_text_is_asked_to_be_written_again(carrier: Carrier, record: Record, number: str) -> None:
    (text,) = said(carrier.text(number, ""))
    assert "without words" in text
    assert record.of(Item, number, Item.id) == []


@pytest.mark.parametrize("media", ["", "minus one", "-1", "٣", "99999999999999999999"])
def test_a_strange_media_count_loses_no_message(
    carrier: Carrier, record: Record, number: str, media: str
) -> None:
    assert said(carrier.text(number, "hello", NumMedia=media)) == []
    assert record.from_patient(number)[0].text == "hello"
