"""Opting out in words where no dialogue hears it: in the message that gets the crisis text, or after our questions.

A grave message is answered at once and never reaches the dialogue, and "no more texts" begins like an answer to what we
asked. The wish counts all the same, and lowers nothing: the alert stays, and somebody phones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.care.consent import OPT_OUT_REPLY, opt_out
from bot.care.conversations import Reply, say
from bot.care.models import Channel, Conversation, Message
from bot.channels.follow_up import SPANISH, Before
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.opting_out import wants_no_texts
from bot.safety.spanish import is_spanish
from bot.safety.verdict import Verdict

LAST_TEXT = "stop"
"""The phrase that confirms it: it carries the crisis line and the clinic's phone."""


@dataclass(frozen=True)
class LastWord:
    """What is said to somebody who wants no more texts. instead: in place of whatever we would go on with; False where
    a safety text comes first, and this after it."""

    reply: Reply
    instead: bool


def last_word(
    text: str,
    verdict: Verdict,
    before: Before,
    conversation: Conversation,
    goes_on: Reply | None,
    channel: Channel,
    phrases: Phrases,
    clinic: Clinic,
) -> LastWord | None:
    """What is said to a message that opts out where no dialogue hears it; None where it does not, or is heard there.

    verdict: with what the message answered; goes_on: what would be said to that answer, which gives way to the wish.
    While a person speaks with the patient, they answer it, unless the message gets the safety text at once.
    """
    asked = before.waiting is not None and conversation.owner_id is None
    if not (verdict.level.immediate or asked) or not wants_no_texts(text):
        return None
    spanish = before.spanish or is_spanish(text)
    wording = phrases.say(f"{LAST_TEXT}_{SPANISH}" if spanish else LAST_TEXT, channel.value, clinic)
    return LastWord(
        Reply(wording, kind=OPT_OUT_REPLY), instead=goes_on is not None or not verdict.level.immediate
    )


def keep_wish(
    session: Session,
    conversation: Conversation,
    message: Message,
    last: LastWord | None,
    reply: Message | None,
    now: datetime,
    *,
    sent: bool,
) -> list[Message]:
    """Record the opt-out of a stored message, and say the last word where `reply`, said at once, is not it. Gives what
    was said besides. sent: the channel hands it to the carrier in the answer to this request."""
    if last is None:
        return []
    opt_out(session, conversation, message, now)
    if reply is not None and reply.kind == OPT_OUT_REPLY:
        return []
    channel = Channel(message.channel)
    return [say(session, conversation, last.reply, channel=channel, now=now, reply_to=message, sent=sent)]
