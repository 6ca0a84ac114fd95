"""The section `paging` of `clinic.yml`: the ladder that an alert climbs until somebody acknowledges it."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, root_validator, validator

from bot.clinic.checking import filled, shown, time_of_day

FIRST_ON_CALL, ON_CALL, EVERYBODY = "first_on_call", "on_call", "everybody"
TEXT, EMAIL, APP = "text", "email", "app"
"""Ways to reach one person: a text message, an e-mail, an Apprise address of their own (a pager, a chat tool)."""


class _Part(BaseModel):
    class Config:
        extra = "forbid"
        frozen = True
        anystr_strip_whitespace = True


class Rung(_Part):
    """One step of the ladder. who: first_on_call, on_call (all who are on shift), everybody of the roster, or a role,
    on shift or not. by: how they are reached: text, email, app, or the name of a service. minutes: until the next
    rung."""

    who: str = ON_CALL
    by: tuple[str, ...] = (TEXT,)
    minutes: int = Field(default=5, ge=1, le=120)

    @validator("who")
    def _who(cls, value: str) -> str:
        return filled(value)

    @validator("by")
    def _by(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError(f"is empty. Name at least one of {TEXT}, {EMAIL}, {APP} or a service")
        return tuple(dict.fromkeys(value))


class Mail(_Part):
    """The mail server that pages go through. Its password is never written here: it is in the environment variable
    AFTERCARE_SMTP_PASSWORD."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "ssl", "none"] = "starttls"
    user: str = ""
    sender: str

    @validator("host")
    def _host(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9.:-]+", value):
            raise ValueError("is not the name of a server. Write one, such as smtp.clinic.example")
        return value

    @validator("sender")
    def _sender(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise ValueError("is not an e-mail address. Write one, such as aftercare@clinic.example")
        return value


class Left(_Part):
    """When an alert that somebody acknowledged counts as left, since nobody has done anything with it: the ladder is
    climbed again.

    crisis: minutes at crisis and emergency; urgent: minutes at every other level; notes: private notes alone put it
    off to so many times as long at most; repeat: minutes between two pages of the last rung then, once everybody has
    been paged.
    """

    crisis: int = Field(default=30, ge=5, le=480)
    urgent: int = Field(default=240, ge=15, le=2_880)
    notes: int = Field(default=2, ge=1, le=12)
    repeat: int = Field(default=60, ge=15, le=480)

    def after(self, immediate: bool) -> timedelta:
        """How long nothing may happen. immediate: at crisis and emergency."""
        return timedelta(minutes=self.crisis if immediate else self.urgent)

    def by_notes(self, immediate: bool) -> timedelta:
        """For how long, since somebody last reached out to the patient, notes alone keep an alert."""
        return self.after(immediate) * self.notes


class Paging(_Part):
    """Who is told of an alert, how, and how soon the next one is.

    repeat_minutes: how often the last rung is rung again once everybody has been paged. left: when an alert that was
    acknowledged pages again. urgent: whether alerts below
    emergency wait for the clinic to open (`opening_hours`) or page at any hour (`at_once`). test_at: a page that says
    that it is a test, every day at this local time. services: name of an address of the whole clinic (a duty pager, a
    chat room) to the environment variable that holds its Apprise URL.
    """

    ladder: tuple[Rung, ...] = (
        Rung(who=FIRST_ON_CALL, minutes=3),
        Rung(who=ON_CALL, minutes=5),
        Rung(who=EVERYBODY, minutes=10),
    )
    repeat_minutes: int = Field(default=15, ge=5, le=240)
    left: Left = Left()
    urgent: Literal["opening_hours", "at_once"] = "opening_hours"
    test_at: time | None = None
    mail: Mail | None = None
    services: dict[str, str] = {}

    @validator("ladder")
    def _a_ladder(cls, value: tuple[Rung, ...]) -> tuple[Rung, ...]:
        if not value:
            raise ValueError(
                "is empty: nobody would be paged. Write at least one rung, such as - who: everybody"
            )
        return value

    @validator("test_at", pre=True)
    def _test_at(cls, value: Any) -> Any:
        return time_of_day(value)

    @validator("services")
    def _services(cls, value: dict[str, str]) -> dict[str, str]:
        for name, variable in value.items():
            if name in (TEXT, EMAIL, APP):
                raise ValueError(f"{name!r} is a way to reach one person. Give the service another name")
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name):
                raise ValueError(
                    f"{shown(name)} stands where the name of a service belongs. Write small letters, such as "
                    "duty_pager, and put an address into the environment variable that it names"
                )
            if not re.fullmatch(r"AFTERCARE_[A-Z0-9_]+", variable):
                raise ValueError(
                    f"{name} does not name an environment variable. Write one, such as AFTERCARE_DUTY_PAGER, "
                    "and put the address there"
                )
        return value

    @root_validator(skip_on_failure=True)
    def _known_ways(cls, values: dict[str, Any]) -> dict[str, Any]:
        known = [TEXT, EMAIL, APP, *values["services"]]
        for number, rung in enumerate(values["ladder"], 1):
            for way in rung.by:
                if way not in known:
                    raise ValueError(
                        f"ladder {number} rings by {shown(way)}. Write one of {', '.join(known)}"
                    )
        return values

    def rung(self, number: int) -> Rung:
        """Rung `number`, from 0; beyond the last one, the last one again."""
        return self.ladder[min(number, len(self.ladder) - 1)]

    def is_last(self, number: int) -> bool:
        """Whether everybody has been paged once rung `number` was rung."""
        return number >= len(self.ladder) - 1

    def pause(self, number: int, left: bool = False) -> int:
        """Minutes until the rung after `number`. left: of an alert that was acknowledged and left."""
        if number < len(self.ladder):
            return self.rung(number).minutes
        return self.left.repeat if left else self.repeat_minutes

    def uses(self, way: str) -> bool:
        """Whether any rung rings by this."""
        return any(way in rung.by for rung in self.ladder)
