"""The approved text that a patient in crisis or emergency gets in the answer to the very request.

It waits for no worker and needs no database: a verdict, the clinic's settings and the phrases are enough.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.care.conversations import SAFETY_REPLY, Reply
from bot.care.models import Channel, Message
from bot.care.roster import read
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.replies import reply_key
from bot.safety.spanish import is_spanish
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

ON_SHIFT, NOT_TOLD = "on_shift", "not_told"
"""Variants of phrases: somebody is at the clinic; nobody could be told, since the message was not stored."""

_MAY_HEAR_MORE = ("crisis", "emergency", "emergency_and_crisis", "overdose")
_CALM = ("urgent", "unassessed")


def immediate_reply(
    verdict: Verdict,
    text: str,
    channel: Channel,
    phrases: Phrases,
    clinic: Clinic,
    now: datetime,
    *,
    stored: bool = True,
    session: Session | None = None,
) -> Reply | None:
    """The reply to a message at emergency or crisis; None at every other level.

    text: the message, from which the wording is chosen (an overdose leads with the ambulance). now: an aware datetime;
    it decides between wordings for when somebody is on shift and when nobody is: by the roster where `session` can read
    it, otherwise by the opening hours. stored: False where the message could
    not be stored, so that nobody at the clinic is told, and the patient hears that. Raises UnknownPhrase where the
    guidance lacks the text.
    """
    if not verdict.level.immediate:
        return None
    key = _key(verdict, text, phrases)
    if not stored and NOT_TOLD in phrases.phrase(key).texts:
        wording = phrases.say(key, channel.value, clinic, variant=NOT_TOLD)
    else:
        staffed = clinic.is_open(now) if session is None else read(session, clinic).is_staffed(now)
        variant = ON_SHIFT if staffed and ON_SHIFT in phrases.phrase(key).texts else None
        wording = phrases.say(key, channel.value, clinic, variant=variant)
    return Reply(wording, kind=SAFETY_REPLY)


def _key(verdict: Verdict, text: str, phrases: Phrases) -> str:
    """The phrase that fits best; where choosing fails, the one of the level: a plainer text is better than none."""
    try:
        key = reply_key(verdict, text)
    except Exception as error:
        log.error("the wording of a safety reply could not be chosen: %s", type(error).__name__)
        return verdict.level.value
    return key if key in phrases.phrases else verdict.level.value


def of_trouble(
    kind: str, verdict: dict[str, Any] | None, text: str, channel: Channel, phrases: Phrases, clinic: Clinic
) -> str | None:
    """What tells whoever wrote `text` that nobody has come yet; None where nothing may be said: on a phone that may be
    watched, or to somebody who was promised to be left in peace.

    kind: of `bot.care.unheard`, and the phrase's name; verdict: as it is stored with the message. Raises UnknownPhrase.
    """
    found = Verdict.from_json(verdict) if verdict else None
    key = reply_key(found, text) if found is not None else ""
    if key in _CALM:
        return phrases.say(f"{kind}_calm", channel.value, clinic)
    if key.removesuffix("_es") not in _MAY_HEAR_MORE:
        return None
    return phrases.say(f"{kind}_es" if key.endswith("_es") else kind, channel.value, clinic)


def of_differing_settings(
    text: str, grave: Message | None, channel: Channel, phrases: Phrases, clinic: Clinic
) -> str:
    """What tells a patient that the clinic's numbers may be wrong. text: what they wrote last; grave: the message of an
    alert that nobody has resolved, where there is one. It names no danger to whoever is in none, nor where somebody
    else may read it. Raises UnknownPhrase."""
    found = Verdict.from_json(grave.verdict) if grave is not None and grave.verdict else None
    key = reply_key(found, str(grave.text)) if found is not None and grave is not None else ""
    spanish = "_es" if key.endswith("_es") or is_spanish(text) else ""
    danger = "_danger" if key.removesuffix("_es") in _MAY_HEAR_MORE else ""
    return phrases.say(f"settings_differ{danger}{spanish}", channel.value, clinic)
