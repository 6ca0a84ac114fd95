"""The picture of a patient's own check-ins, for the session that may read the message which it belongs to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.chart import Wording, panels_of, svg
from bot.care.models import Message
from bot.care.series import SERIES_REPLY, Series, conversation_series
from bot.channels.web_chat.errors import NoPicture
from bot.channels.web_chat.sessions import require
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases

WIDTH = 340
"""Pixels: what the chat panel has room for on a phone."""


def picture(
    session: Session, token: str | None, seq: int, clinic: Clinic, phrases: Phrases, now: datetime
) -> str:
    """The SVG that belongs to message number `seq` of the session's conversation: the series as it stood then.

    Infusions are marked for whom staff have verified only. Raises UnknownSession, NoPicture.
    """
    browser = require(session, token, clinic, now)
    statement = select(Message.at).where(
        Message.conversation_id == browser.conversation_id, Message.seq == seq, Message.kind == SERIES_REPLY
    )
    at: datetime | None = session.execute(statement).scalar_one_or_none()
    if at is None:
        raise NoPicture()
    series = conversation_series(session, int(browser.conversation_id), at)
    if not browser.verified:
        series = Series(series.points, ())
    wording = Wording(
        **{
            name: phrases.say(f"picture_{name}", "web", clinic)
            for name in ("title", "mood", "treatment", "no_answer")
        }
    )
    return svg(series, panels_of(series, wording, totals=False), wording, clinic.zone, at, WIDTH)
