"""Every way in which an answer can be read today: by phase, and on both sides of a rule of the clinic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clinic.settings import Clinic
from bot.guidance.entry import PASSED, WAITING
from bot.guidance.library import Library
from bot.guidance.phases import AFTER, Phase, Placement, nominal_infusion, phase_of

_HOUR = timedelta(hours=1)
_LONGEST_RULE = 168  # hours that clinic.yml accepts for a rule
_DAY = 24


@dataclass(frozen=True)
class Preview:
    """One answer as a patient reads it, on the web and as a text message. when: "waiting" or "passed" where a rule of
    the clinic decides in this phase, else None."""

    phase: Phase
    when: str | None
    web: str
    sms: str


def previews(
    library: Library, topic: str, clinic: Clinic, now: datetime, is_open: Callable[[], bool] | None = None
) -> list[Preview]:
    """What patients of this clinic are told on a topic, phase by phase; where its rule decides between wordings, once
    while the rule still holds and once after it, as far as that phase knows both.

    now: aware; times are named as seen from it, or from a later hour of the day where only then the rule is over.
    is_open: as of `Library.answer`. Raises UnknownTopic, NoTimeZone.
    """
    found = []
    for phase in Phase:
        for when, placement, at in _sides(library, topic, phase, clinic, now):
            web, sms = (
                library.answer(topic, placement, channel, clinic, at, is_open).text
                for channel in ("web", "sms")
            )
            found.append(Preview(phase, when, web, sms))
    return found


def _sides(
    library: Library, topic: str, phase: Phase, clinic: Clinic, now: datetime
) -> Iterator[tuple[str | None, Placement, datetime]]:
    """The states of the rule that this phase can be in, each with a patient who stands there and the moment of asking;
    or one patient, where no rule decides."""
    wordings = [one for one in library.entry(topic).wordings if phase in one.phases]
    if phase not in AFTER or len(wordings) == 1:
        yield None, Placement(phase), now
        return
    for when in (WAITING, PASSED):
        # A state that this phase never comes to under the clinic's rule is not shown.
        for placement, at in _patients(phase, clinic, now):
            if library.permits(topic, placement, clinic, at) == (when == PASSED):
                yield when, placement, at
                break


def _patients(phase: Phase, clinic: Clinic, now: datetime) -> Iterator[tuple[Placement, datetime]]:
    """Patients in a phase after an infusion, hour by hour back from the latest moment that fits, asking now, and then
    every three hours for a day."""
    for later in range(0, _DAY, 3):
        at = now + later * _HOUR
        latest = nominal_infusion(phase, at, clinic)
        for before in range(_LONGEST_RULE + 1):
            placement = phase_of(at, [latest - before * _HOUR], clinic)
            if placement.phase is not phase:
                break
            yield placement, at
