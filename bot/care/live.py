"""Tell waiting browsers, through PostgreSQL's NOTIFY, that there is news. Delivered at commit, or not at all."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

CHANNEL = "aftercare_live"


def _notify(session: Session, news: str) -> None:
    session.execute(text("select pg_notify(:channel, :news)"), {"channel": CHANNEL, "news": news})


def conversation_news(conversation_id: int, *, at_once: bool = True) -> str:
    """What `conversation_changed` tells, for a statement that does more than tell it."""
    told: dict[str, Any] = {"conversation": conversation_id, **({} if at_once else {"at_once": False})}
    return json.dumps(told)


def conversation_changed(session: Session, conversation_id: int, *, at_once: bool = True) -> None:
    """There is a message to fetch, or the state of the conversation changed. at_once: False where more is about to
    come, so that who waits may look at both together."""
    _notify(session, conversation_news(conversation_id, at_once=at_once))


def queue_changed(session: Session) -> None:
    """The staff queue changed."""
    _notify(session, json.dumps({"queue": True}))
