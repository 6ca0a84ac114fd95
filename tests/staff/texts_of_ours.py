"""Text messages of ours, and what the carrier tells of them."""

from __future__ import annotations

from typing import Any

from bot.care.conversations import Reply, lock, say
from bot.care.models import Channel
from bot.care.numbers import number_to_answer
from bot.channels.sms.status import record_report
from bot.channels.sms.webhook import Form


def text_of_ours(scene: Any, conversation: int) -> int:
    """A text message of ours that waits to be sent; returns it."""
    with scene.record() as session:
        phone = number_to_answer(session, conversation)
        held = lock(session, conversation)
        words = Reply("Not before tomorrow.")
        sent = say(session, held, words, channel=Channel.SMS, now=scene.clock.now(), phone=phone)
        return int(sent.id)


def report(scene: Any, message: int, status: str, **more: str) -> None:
    """The carrier tells what became of a text."""
    form = Form([("MessageSid", f"SM{message}"), ("MessageStatus", status), *more.items()])
    assert record_report(scene.engine, form, {"message": str(message)}, scene.clock)
