"""The section `check_ins` of `clinic.yml`: which check-ins follow an infusion, in which hours, and how long we wait."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any

from pydantic import BaseModel, Field, root_validator, validator

from bot.clinic.checking import filled, time_of_day
from bot.clinic.instruments import FOLDER

SHORTEST_WINDOW = 60
"""Minutes. A check-in that could not be sent for a while, after a stop of everything, still finds its window."""

_TELLS_TOO_MUCH = re.compile(
    r"ketamin|spravato|infusion|depress|psychi|mental|suicid|mood|anxi|ptsd|trauma|bipolar", re.I
)


class _Part(BaseModel):
    class Config:
        extra = "forbid"
        frozen = True
        anystr_strip_whitespace = True


class PlanEntry(_Part):
    """One check-in after an infusion.

    day: local days after that of the infusion; window: local hours in which the first question is asked, early in them
    (see spread_minutes); hours_after: not before so many hours after the infusion began (its end is not on record).
    """

    key: str
    day: int = Field(ge=0, le=90)
    window: tuple[time, time]
    hours_after: int = Field(default=0, ge=0, le=24)
    instrument: str = "daily"

    @validator("key")
    def _key(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", value):
            raise ValueError(f"{value!r} is no key. Write small letters, digits and _, such as day_3")
        return value

    @validator("window", pre=True)
    def _window(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise ValueError("is no pair of times. Write [10:00, 14:00]")
        opens, closes = time_of_day(value[0]), time_of_day(value[1])
        if _minutes(closes) - _minutes(opens) < SHORTEST_WINDOW:
            raise ValueError(
                f"{opens:%H:%M} to {closes:%H:%M} is shorter than {SHORTEST_WINDOW} minutes. Write a later end"
            )
        return opens, closes

    @validator("instrument")
    def _instrument(cls, value: str) -> str:
        known = sorted(path.stem for path in FOLDER.glob("*.yml"))
        if value not in known:
            raise ValueError(f"{value!r} is no questionnaire. Write one of {', '.join(known)}")
        return value


def _shipped() -> tuple[PlanEntry, ...]:
    """That evening, the next morning, days 3 and 7, then weekly for a month. The PHQ-9 asks about two weeks."""
    day = (time(10, 0), time(14, 0))
    later = ((3, "daily"), (7, "daily"), (14, "phq9"), (21, "daily"), (28, "phq9"))
    return (
        PlanEntry(key="evening", day=0, window=(time(18, 0), time(20, 30)), hours_after=4),
        PlanEntry(key="next_morning", day=1, window=(time(9, 0), time(12, 0))),
        *(PlanEntry(key=f"day_{number}", day=number, window=day, instrument=name) for number, name in later),
    )


class CheckIns(_Part):
    """How the clinic asks its patients how they are.

    sender: who writes, in messages that we start: they may be read by anybody who sees the phone. quiet_hours: local
    hours of the patient in which we start nothing; the default is the hours in which 47 CFR 64.1200(c)(1) forbids
    telephone solicitation. spread_minutes: over how long the patients who are due at the same hour are asked, each
    always at the same minute. remind_after_hours: once, while nobody has answered; 0 for no reminder.
    """

    sender: str = "Your care team"
    quiet_hours: tuple[time, time] = (time(21, 0), time(8, 0))
    spread_minutes: int = Field(default=30, ge=0, le=180)
    remind_after_hours: int = Field(default=2, ge=0, le=24)
    expire_after_hours: int = Field(default=36, ge=2, le=96)
    plan: tuple[PlanEntry, ...] = Field(default_factory=_shipped)

    @validator("sender")
    def _sender(cls, value: str) -> str:
        told = _TELLS_TOO_MUCH.search(filled(value))
        if told is not None:
            raise ValueError(
                f"{value!r} tells whoever sees the phone about the treatment ({told[0]!r}). "
                "Write a name without it, such as Riverside care team"
            )
        if len(value) > 30:
            raise ValueError("is longer than 30 characters. Shorten it: it stands in every text")
        return value

    @validator("quiet_hours", pre=True)
    def _quiet_hours(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise ValueError("is no pair of times. Write [21:00, 08:00]")
        begin, end = time_of_day(value[0]), time_of_day(value[1])
        if begin == end:
            raise ValueError("begins and ends at the same time. Write [21:00, 08:00]")
        return begin, end

    @root_validator(skip_on_failure=True)
    def _fits(cls, values: dict[str, Any]) -> dict[str, Any]:
        keys, last = set(), -1
        for entry in values["plan"]:
            at = f"plan: {entry.key}"
            if entry.key in keys:
                raise ValueError(f"{at} stands in it twice. Give each check-in a key of its own")
            if entry.day <= last:
                raise ValueError(
                    f"{at} (day {entry.day}) does not come after the one before it (day {last}). "
                    "Write them in order, at most one a day"
                )
            keys.add(entry.key)
            last = entry.day
            if _overlap(entry.window, values["quiet_hours"]):
                begin, end = values["quiet_hours"]
                raise ValueError(
                    f"{at}: its window {entry.window[0]:%H:%M} to {entry.window[1]:%H:%M} reaches into the quiet hours "
                    f"({begin:%H:%M} to {end:%H:%M}). Move the window, or change quiet_hours"
                )
        return values

    def is_quiet(self, local: datetime) -> bool:
        """Whether we start nothing at this time of the patient's wall clock."""
        begin, end = self.quiet_hours
        at = local.time()
        return begin <= at < end if begin < end else at >= begin or at < end

    @property
    def weeks(self) -> int:
        """How many weeks the plan lasts, rounded up; at least one."""
        return max(1, -(-max((entry.day for entry in self.plan), default=0) // 7))


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _overlap(window: tuple[time, time], quiet: tuple[time, time]) -> bool:
    begin, end = quiet
    parts = [(begin, end)] if begin < end else [(begin, time.max), (time.min, end)]
    return any(window[0] < stop and start < window[1] for start, stop in parts)
