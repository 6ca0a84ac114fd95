"""The approved text that a patient in crisis or emergency gets in the answer to the very request.

It waits for no worker and needs no database: a verdict, the clinic's settings and the phrases are enough.
"""

from __future__ import annotations

from datetime import datetime

from bot.care.conversations import SAFETY_REPLY, Reply
from bot.care.models import Channel
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.replies import reply_key
from bot.safety.verdict import Verdict

ON_SHIFT = "on_shift"
"""The variant of a phrase for when somebody is at the clinic; the phrase's default promises less."""


def immediate_reply(
    verdict: Verdict, text: str, channel: Channel, phrases: Phrases, clinic: Clinic, now: datetime
) -> Reply | None:
    """The reply to a message at emergency or crisis; None at every other level.

    text: the message, from which the wording is chosen (an overdose leads with the ambulance). now: an aware datetime;
    it decides between wordings for when the clinic is open and when it is not. Raises UnknownPhrase where the guidance
    lacks the text.
    """
    if not verdict.level.immediate:
        return None
    key = reply_key(verdict, text)
    open_now = ON_SHIFT in phrases.phrase(key).texts and clinic.is_open(now)
    wording = phrases.say(key, channel.value, clinic, variant=ON_SHIFT if open_now else None)
    return Reply(wording, kind=SAFETY_REPLY)
