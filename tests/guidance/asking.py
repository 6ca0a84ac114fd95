"""Asking in a phase: one infusion on a Saturday, and a moment in each of the phases around it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.clinic.settings import Clinic
from bot.guidance.library import Library
from bot.guidance.phases import Phase, phase_of

NEW_YORK = ZoneInfo("America/New_York")
INFUSION = datetime(2026, 11, 21, 14, 7, tzinfo=NEW_YORK)  # a Saturday
ASKED = {
    Phase.BEFORE: datetime(2026, 11, 20, 9, 0, tzinfo=NEW_YORK),
    Phase.SAME_DAY: datetime(2026, 11, 21, 19, 0, tzinfo=NEW_YORK),
    Phase.NEXT_DAY: datetime(2026, 11, 22, 10, 0, tzinfo=NEW_YORK),
    Phase.LATER: datetime(2026, 11, 25, 10, 0, tzinfo=NEW_YORK),
}
CHANNELS = ("web", "sms")


def ask(library: Library, topic: str, phase: Phase, channel: str, clinic: Clinic) -> str:
    """What a patient reads who asks in that phase."""
    now = ASKED.get(phase, ASKED[Phase.LATER])
    placement = phase_of(now, [] if phase is Phase.UNKNOWN else [INFUSION], clinic)
    assert placement.phase is phase
    return library.answer(topic, placement, channel, clinic, now).text
