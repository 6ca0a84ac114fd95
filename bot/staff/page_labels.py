"""How the console names rungs, ways, failures and times of paging to staff."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

from bot.care.models import Attempt, NextStep, PageState
from bot.clinic.paging_settings import APP, EMAIL, EVERYBODY, FIRST_ON_CALL, ON_CALL, TEXT
from bot.staff.labels import phone

WAYS = {TEXT: "text message", EMAIL: "e-mail", APP: "app", "": ""}
RUNGS = {
    FIRST_ON_CALL: "whoever is first on call",
    ON_CALL: "all who are on call",
    EVERYBODY: "everybody in the roster",
}
STATES = {
    PageState.DUE.value: "on its way",
    PageState.SENT.value: "sent",
    PageState.FAILED.value: "NOT sent",
    PageState.NOBODY.value: "nobody was there",
    PageState.NOT_NEEDED.value: "not needed any more",
}
ERRORS = {
    "unreachable": "the server cannot be reached",
    "timeout": "the server did not answer",
    "log_in_refused": "the server refused our password",
    "address_refused": "the server refused the address",
    "undelivered": "the carrier took it, and could not deliver it",
    "not_accepted": "the service did not take it",
    "bad_address": "the address cannot be used",
    "not_set_up": "not set up",
    "no_account": "no account for text messages",
    "no_address": "no number or address known",
}
STEPS = {
    NextStep.TRY_AGAIN.value: "Try again",
    NextStep.WELFARE_CHECK.value: "Ask for a welfare check",
}
ATTEMPTS = {Attempt.REACHED.value: "reached", Attempt.NO_ANSWER.value: "not reached"}
MINUTES = (10, 20, 30, 60, 120, 240)
"""How long until the next step after a try that failed, as the form offers it."""


def soon(at: datetime, now: datetime) -> str:
    """How long until `at`, as short as can be read at a glance."""
    minutes = -(-(at - now) // timedelta(minutes=1))
    if minutes <= 0:
        return "now"
    if minutes < 60:
        return f"in {minutes} min"
    return f"in {minutes // 60} h {minutes % 60} min" if minutes < 48 * 60 else f"in {minutes // 1440} days"


def service(name: str) -> str:
    """The name of a person as it is; of a service or of a rung without anybody, as words."""
    if name in RUNGS:
        return RUNGS[name]
    return name.replace("_", " ") if name.islower() else name


def address(kind: str, text: str) -> str:
    """An address as it may be shown: of an Apprise URL only the service and the host, since the rest is a secret."""
    if kind == TEXT:
        return phone(text)
    if kind == EMAIL:
        return text
    parts = urlsplit(text)
    return f"{parts.scheme}://{parts.hostname or '…'}/…"


def closing(at: time) -> str:
    """When the clinic closes; the end of the day as 24:00."""
    return "24:00" if at == time.max else f"{at:%H:%M}"


def day(of: date) -> str:
    """A date as people write it."""
    return f"{of:%a} {of.day} {of:%b} {of.year}"
