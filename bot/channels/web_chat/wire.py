"""The web chat on the wire: what a browser may send, and how messages are written to it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timezone
from typing import Any

from starlette.requests import Request

from bot.care.conversations import KEPT_REPLY, Reply
from bot.care.models import Channel, Message, MessageState, Sender
from bot.care.series import SERIES_REPLY
from bot.channels.bodies import read_body
from bot.channels.discreet import level_shown
from bot.channels.spool_records import Kept
from bot.channels.web_chat.errors import BadMessage, NotJson, TooLong
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

LONGEST_TEXT = 5_000
"""Characters. A page of a book has 2,000; what is longer is cut off on the way to a nurse's eyes anyway."""

LARGEST_BODY = 1_000_000
LONGEST_CHOICE = 200
LONGEST_ID = 64
_ID = re.compile(rf"[!-~]{{1,{LONGEST_ID}}}")


@dataclass(frozen=True)
class Incoming:
    """A message as a browser sends it.

    conversation: the name of the conversation that the page shows, where it says so; too_long: the text, which is whole
    here, is longer than LONGEST_TEXT.
    """

    id: str
    text: str
    choice: str | None
    conversation: str | None
    too_long: bool


async def json_body(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises NotJson, TooLong, TooSlow or BadMessage."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise NotJson()
    body = await read_body(request, LARGEST_BODY, TooLong("This message is too large. Send it in parts."))
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessage("The message is not valid JSON. Send it again.") from error
    if not isinstance(value, dict):
        raise BadMessage("The message is not a JSON object. Send an object with id and text.")
    return value


def incoming(body: dict[str, Any]) -> Incoming:
    """Check a message. NUL and lone surrogates, which no database stores, are dropped. Raises BadMessage."""
    message_id, text, choice = body.get("id"), body.get("text"), body.get("choice")
    if not isinstance(message_id, str) or not _ID.fullmatch(message_id):
        raise BadMessage(
            f"The message has no id. Send a new random id of at most {LONGEST_ID} characters with it."
        )
    if not isinstance(text, str):
        raise BadMessage("The message has no text. Write something and send it again.")
    if choice is not None and (not isinstance(choice, str) or len(choice) > LONGEST_CHOICE):
        raise BadMessage("The choice is not one of the buttons. Tap a button, or write your answer.")
    text = storable(text)
    if not text.strip():
        raise BadMessage("The message is empty. Write something and send it again.")
    conversation = body.get("conversation")
    return Incoming(
        id=message_id,
        text=text,
        choice=(storable(choice).strip() or None) if choice else None,
        conversation=conversation if isinstance(conversation, str) else None,
        too_long=len(text) > LONGEST_TEXT,
    )


def storable(text: str) -> str:
    """The text without NUL and without lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def waits_for_phone(message: Message) -> bool:
    """Whether a text of ours is on its way to a phone and may still be kept back: until it is out, no page shows it."""
    return _is_text_of_ours(message) and message.state == MessageState.QUEUED.value


def is_shown(message: Message) -> bool:
    """Whether a page shows a message: nothing that was kept back, or is not out yet."""
    kept_back = _is_text_of_ours(message) and message.state == MessageState.WITHHELD.value
    return not kept_back and not waits_for_phone(message)


def _is_text_of_ours(message: Message) -> bool:
    return message.channel == Channel.SMS.value and message.sender != Sender.PATIENT.value


def message_json(message: Message) -> dict[str, Any]:
    """A message for the browser. reply_to is the number of the message that it answers, or None; delivered is False for
    a text that the phone did not get."""
    return {
        "seq": message.seq,
        "id": message.external_id,
        "from": message.sender,
        "name": message.staff.name if message.sender == Sender.STAFF.value and message.staff else None,
        "text": message.text,
        "at": message.at.astimezone(timezone.utc).isoformat(),
        "level": _level(message),
        "kind": message.kind,
        # Only the session that may read this message may see its picture.
        "image": {"src": f"/chat/series.svg?seq={message.seq}"} if message.kind == SERIES_REPLY else None,
        "buttons": message.buttons or [],
        "reply_to": message.reply_to.seq if message.reply_to is not None else None,
        "channel": message.channel,
        "delivered": not (_is_text_of_ours(message) and message.state == MessageState.FAILED.value),
    }


def _level(message: Message) -> str:
    """A patient is not told how their own words were judged; a reply that follows a judgement comes to the front,
    unless somebody else may see it."""
    if message.sender == Sender.PATIENT.value:
        return Level.NONE.value
    if message.level == Level.NONE.value or message.reply_to is None or not message.reply_to.verdict:
        return str(message.level)
    about = Verdict.from_json(message.reply_to.verdict)
    hidden = level_shown(about, str(message.reply_to.text)) is Level.NONE
    return Level.NONE.value if hidden else str(message.level)


def kept_json(kept: Kept) -> dict[str, Any]:
    """The answer to a message that was kept on disk; it has no number yet."""
    reply = None
    if kept.told is not None:
        reply = unstored_reply_json(kept.told, kept.verdict, kept.message["text"])
    return {"message": None, "reply": reply, "kept": True}


def unstored_reply_json(reply: Reply, verdict: Verdict, text: str) -> dict[str, Any]:
    """What is said at once to a message, `text`, that could not be stored; it has no number."""
    level = Level.NONE if reply.kind == KEPT_REPLY else level_shown(verdict, text)
    return {
        "seq": None,
        "id": None,
        "from": "assistant",
        "text": reply.text,
        "level": level.value,
        "kind": reply.kind,
    }
