"""`clinic.yml` as one validated model.

Every scalar is read as text and parsed here: YAML would turn `17:00` into the number 1020 and `off` into false.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, Field, ValidationError, root_validator, validator

from bot.clinic.access_settings import Access
from bot.clinic.check_in_settings import CheckIns
from bot.clinic.checking import TextLoader, filled, problem_of, telephone, time_of_day, web_address
from bot.clinic.errors import ClinicSettingsError
from bot.clinic.paging_settings import EMAIL, Paging
from bot.clinic.paths import ROOT
from bot.clinic.retention_settings import Retention

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Hours:
    """When the clinic is open on one weekday, local time. Closing at midnight is `time.max`."""

    open: time
    close: time


class _Part(BaseModel):
    class Config:
        extra = "forbid"
        frozen = True
        anystr_strip_whitespace = True


class Driving(_Part):
    """When a patient may drive after an infusion; `hours` counts only under the rule `hours`.

    The cautious default, the next day after a night's sleep, is what the FDA label of esketamine (Spravato, section
    5.1 and the medication guide) demands.
    """

    rule: Literal["next_day_after_sleep", "hours"] = "next_day_after_sleep"
    hours: int = Field(default=24, ge=12, le=168)


class Alcohol(_Part):
    """When a patient may drink alcohol after an infusion; `hours` counts only under the rule `hours`."""

    rule: Literal["next_day", "hours"] = "next_day"
    hours: int = Field(default=24, ge=12, le=168)


class SameDay(_Part):
    """How long an infusion counts as "the same day": until this local time of the next day, with a minimum of hours."""

    until: time = time(6, 0)
    at_least_hours: int = Field(default=12, ge=1, le=24)

    @validator("until", pre=True)
    def _until(cls, value: Any) -> Any:
        until = time_of_day(value)
        if until > time(12, 0):
            raise ValueError("is after noon. Write a time of the morning, such as 06:00")
        return until


class OnCall(_Part):
    """One person of the on-call list."""

    name: str
    email: str
    phone: str
    role: str = "nurse"

    @validator("name", "role")
    def _filled(cls, value: str) -> str:
        return filled(value)

    @validator("email")
    def _email(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise ValueError(f"{value!r} is not an e-mail address. Write one, such as nurse@clinic.example")
        return value

    @validator("phone")
    def _phone(cls, value: str) -> str:
        return telephone(value)


class Limits(_Part):
    """How much one sender may send before it has to wait. What the screen finds in crisis or emergency always passes.

    messages: of one browser a minute; messages_per_address: of one internet address a minute, behind which a whole
    clinic may sit; sessions_per_address: new chats of one address an hour; texts: of one phone number a minute.
    """

    messages: int = Field(default=20, ge=5, le=1_000)
    messages_per_address: int = Field(default=120, ge=5, le=100_000)
    sessions_per_address: int = Field(default=60, ge=5, le=100_000)
    texts: int = Field(default=20, ge=5, le=1_000)


class Handover(_Part):
    """When a person who has a conversation counts as gone quiet: minutes that a patient has waited for their reply.

    quiet_minutes: while the clinic is open; quiet_minutes_closed: after closing, when their shift is over.
    """

    quiet_minutes: int = Field(default=30, ge=5, le=480)
    quiet_minutes_closed: int = Field(default=15, ge=5, le=480)


class Web(_Part):
    """How the outside world reaches the web process, and which other sites may embed the chat.

    chat_page: the page with the chat that an invite link opens; empty for our own. trusted_proxies: addresses or
    networks in front of us whose X-Forwarded-For is believed. session_idle_days, session_days: how long a browser stays
    connected unused, and at all.
    """

    public_url: str = "http://localhost:8080"
    allowed_origins: tuple[str, ...] = ()
    chat_page: str = ""
    trusted_proxies: tuple[str, ...] = ()
    session_idle_days: int = Field(default=30, ge=1, le=365)
    session_days: int = Field(default=90, ge=1, le=365)

    @validator("public_url")
    def _public_url(cls, value: str) -> str:
        address = web_address(value)
        local = address.hostname in ("localhost", "127.0.0.1", "::1")
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(
                f"{value!r} is not a web address. Write one, such as https://chat.clinic.example"
            )
        if address.scheme == "http" and not local:
            raise ValueError(f"{value!r} is not encrypted. Write an address that begins with https://")
        if address.query or address.fragment:
            raise ValueError(f"{value!r} holds a query or a fragment. Write the address up to the path")
        return value.rstrip("/")

    @validator("chat_page")
    def _chat_page(cls, value: str) -> str:
        address = web_address(value)
        if value and (address.scheme not in ("http", "https") or not address.hostname or address.fragment):
            raise ValueError(
                f"{value!r} is not the address of a page. Write one, such as https://www.clinic.example/aftercare"
            )
        return value

    @validator("trusted_proxies", each_item=True)
    def _proxy(cls, value: str) -> str:
        try:
            return str(ip_network(value))
        except ValueError:
            raise ValueError(
                f"{value!r} is not an internet address or network. Write one, such as 10.0.0.5 or 10.0.0.0/24"
            ) from None

    @validator("session_days")
    def _longer_than_idle(cls, value: int, values: dict[str, Any]) -> int:
        if value < values.get("session_idle_days", 1):
            raise ValueError("is shorter than session_idle_days. Write at least as many days")
        return value

    @validator("allowed_origins", each_item=True)
    def _origin(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^/\s?#*]+", value) or not web_address(value).hostname:
            raise ValueError(
                f"{value!r} is not an origin. Write scheme and host only, such as https://clinic.example"
            )
        return value


class Clinic(_Part):
    """Who this clinic is. Made by `load_clinic`; never changes."""

    name: str
    demo: bool = False
    phone: str
    after_hours_phone: str
    crisis_line: str = "988"
    ambulance: str = "911"
    time_zone: str
    opening_hours: dict[str, Hours | None]
    driving: Driving = Driving()
    alcohol: Alcohol = Alcohol()
    same_day: SameDay = SameDay()
    check_ins: CheckIns = CheckIns()
    on_call: tuple[OnCall, ...]
    paging: Paging = Paging()
    web: Web = Web()
    limits: Limits = Limits()
    handover: Handover = Handover()
    access: Access = Access()
    retention: Retention = Retention()
    safety_reading: Literal["full", "rules_only", "off"] = "full"

    @validator("name")
    def _name(cls, value: str) -> str:
        return filled(value)

    @validator("phone", "after_hours_phone")
    def _phone(cls, value: str) -> str:
        return telephone(value)

    @validator("crisis_line", "ambulance")
    def _short_number(cls, value: str) -> str:
        return telephone(value, fewest=3)

    @validator("time_zone")
    def _time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValueError(
                f"{value!r} is not a time zone. Write an IANA name, such as America/New_York"
            ) from None
        return value

    @validator("opening_hours", pre=True)
    def _every_day(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("is not a list of weekdays. Write one line for each of " + ", ".join(WEEKDAYS))
        strange = [str(day) for day in value if day not in WEEKDAYS]
        if strange:
            raise ValueError(f"{strange[0]!r} is not a weekday. Write one of " + ", ".join(WEEKDAYS))
        missing = [day for day in WEEKDAYS if day not in value]
        if missing:
            days = ", ".join(missing)
            raise ValueError(f"nothing is said of {days}. Add for each day [opening, closing] or closed")
        return {day: value[day] for day in WEEKDAYS}

    @validator("opening_hours", pre=True, each_item=True)
    def _one_day(cls, value: Any) -> Any:
        return value if value is None or isinstance(value, Hours) else _hours(value)

    @validator("on_call")
    def _somebody(cls, value: tuple[OnCall, ...]) -> tuple[OnCall, ...]:
        if not value:
            raise ValueError("is empty. Name at least one person, with name, email, phone and role")
        seen: set[str] = set()
        for person in value:
            if person.email.lower() in seen:
                raise ValueError(f"{person.email} stands in it twice. Keep one entry for each person")
            seen.add(person.email.lower())
        return value

    @root_validator(skip_on_failure=True)
    def _pages_can_be_sent(cls, values: dict[str, Any]) -> dict[str, Any]:
        paging = values["paging"]
        if paging.uses(EMAIL) and paging.mail is None and not values["demo"]:
            raise ValueError(
                "paging: the ladder rings by email, and there is no mail server. "
                "Add mail with host, port, security, user and sender, or ring by text"
            )
        return values

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def version(self) -> str:
        """12 hexadecimal digits that every process of one configuration agrees on; changes with the content only."""
        content = json.dumps(json.loads(self.json()), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def is_open(self, at: datetime) -> bool:
        """Whether the clinic is open at `at` (an aware datetime) by these settings alone: where the database can be
        read, the roster's hours count. The closing time itself is closed.

        Raises ValueError when `at` names no time zone.
        """
        if at.tzinfo is None:
            raise ValueError("is_open needs a datetime with a time zone.")
        return is_within(self.opening_hours, at.astimezone(self.zone))


def is_within(hours: Mapping[str, Hours | None], local: datetime) -> bool:
    """Whether `local`, a moment of the clinic's wall clock, is within the hours of its weekday."""
    today = hours[WEEKDAYS[local.weekday()]]
    return today is not None and today.open <= local.time() < today.close


def load_clinic(path: Path | None = None) -> Clinic:
    """Read and check the clinic's settings.

    path: the file; otherwise what the environment variable `AFTERCARE_CLINIC` names, otherwise `clinic.yml` in the
    project's root. Raises ClinicSettingsError, which names every wrong key and its fix.
    """
    path = Path(path or os.environ.get("AFTERCARE_CLINIC") or ROOT / "clinic.yml")
    name = path.name
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
    except FileNotFoundError:
        raise ClinicSettingsError(
            [
                f"{path}: there is no such file. Copy the demo clinic.yml there, or name yours in AFTERCARE_CLINIC."
            ]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ClinicSettingsError(
            [f"{path}: cannot be read ({error}). Make it a readable UTF-8 file."]
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise ClinicSettingsError([f"{name}{where}: {problem}. Mend that line."]) from error
    except (ValueError, OverflowError, RecursionError):  # an escape of no character; brackets without an end
        raise ClinicSettingsError([f"{name}: is not YAML. Compare it with the demo's."]) from None
    if not isinstance(content, dict):
        raise ClinicSettingsError(
            [f"{name}: holds no settings. Write one `key: value` a line, as the demo's does."]
        )
    try:
        return _at_our_port(Clinic.parse_obj(content))
    except ValidationError as error:
        problems = [f"{name}: {problem_of(one, Clinic)}." for one in error.errors()]
        raise ClinicSettingsError(list(dict.fromkeys(problems))) from None


def _at_our_port(clinic: Clinic) -> Clinic:
    """On this machine itself web is reached at the port that it listens on (AFTERCARE_PORT): with another one, links in
    pages and invitations would lead nowhere."""
    address, port = urlsplit(clinic.web.public_url), os.environ.get("AFTERCARE_PORT", "").strip()
    if address.scheme != "http" or not port.isdecimal() or str(address.port or 80) == port:
        return clinic
    host = f"[{address.hostname}]" if ":" in str(address.hostname) else address.hostname
    here = urlunsplit((address.scheme, f"{host}:{port}", address.path, "", ""))
    return clinic.copy(update={"web": clinic.web.copy(update={"public_url": here})})


def _hours(value: Any) -> Hours | None:
    if isinstance(value, str) and value.strip().lower() == "closed":
        return None
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError("is neither a pair of times nor closed. Write [08:00, 17:00] or closed")
    hours = Hours(time_of_day(value[0]), time_of_day(value[1], midnight=True))
    if hours.close <= hours.open:
        order = "is" if hours.close == hours.open else "is before"
        raise ValueError(
            f"closing {hours.close:%H:%M} {order} opening {hours.open:%H:%M}. "
            "Write the closing time as a later HH:MM, at most 24:00"
        )
    return hours
