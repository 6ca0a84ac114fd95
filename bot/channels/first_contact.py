"""The notice that begins every conversation: automated, who reads it, how messages are screened, where help is."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.conversations import FIRST_CONTACT, Reply, notice_stands
from bot.care.models import Channel
from bot.care.roster import read
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases

STANDING = timedelta(days=1)
"""Where no message is screened, the notice is said again to whoever writes after so long: it must not be forgotten."""


def first_contact(
    clinic: Clinic, phrases: Phrases, channel: Channel, now: datetime, session: Session | None = None
) -> Reply:
    """The notice in the wording that is true at `now` (aware) and of how this clinic screens messages. That somebody is
    on shift it says by the roster, where `session` can read it, otherwise by the opening hours."""
    staffed = clinic.is_open(now) if session is None else read(session, clinic).is_staffed(now)
    variant = "on_shift" if staffed else "off_shift"
    if clinic.safety_reading != "full":
        variant = clinic.safety_reading
    wording = "sms" if channel is Channel.SMS else "web"
    return Reply(phrases.say("first_contact", wording, clinic, variant=variant), kind=notice_kind(clinic))


def notice_kind(clinic: Clinic) -> str:
    """The kind of the notice, which keeps how the clinic screened messages when it was said."""
    mode = clinic.safety_reading
    return FIRST_CONTACT if mode == "full" else f"{FIRST_CONTACT}_{mode}"


def is_due(session: Session, conversation_id: int, clinic: Clinic, now: datetime) -> bool:
    """Whether the notice is to be said to whoever writes now: never said yet, said last when the clinic screened
    messages otherwise, or a standing one that is a day old."""
    stands = notice_stands(conversation_id, notice_kind(clinic), counts_since(clinic, now))
    return not session.execute(select(stands)).scalar_one()


def counts_since(clinic: Clinic, now: datetime) -> datetime | None:
    """From when on a notice that was said still counts; None: always."""
    return now - STANDING if clinic.safety_reading == "off" else None
