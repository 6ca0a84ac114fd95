"""What a patient's browser and phone may be told of a crisis: nothing where somebody else may look at them.

Staff see the crisis as ever; the record holds it; the neutral text itself says whom to call.
"""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session

from bot.care.alerts import in_crisis
from bot.care.episodes import grave_messages
from bot.guidance.discreet import neutral_key, neutral_key_of
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)


def on_watched_phone(session: Session, conversation_id: int) -> bool:
    """Whether all that was grave in the episode under way got the neutral text."""
    return neutral_key_of(grave_messages(session, conversation_id)) is not None


def crisis_shown(session: Session, conversation_id: int, crisis: bool | None = None) -> bool:
    """Whether the page may show that the patient is in a crisis. crisis: whether they are, where that is known."""
    if crisis is None:
        crisis = in_crisis(session, conversation_id)
    return crisis and not on_watched_phone(session, conversation_id)


def level_shown(verdict: Verdict, text: str) -> Level:
    """The level of the reply to a message, as the page is told it: none for the neutral text, which looks like any
    other. Never raises: the reply itself goes out whatever is broken."""
    try:
        return Level.NONE if neutral_key(verdict, text) is not None else verdict.level
    except Exception as error:
        log.error("it is not known whether a reply was neutral: %s", type(error).__name__)
        return verdict.level
