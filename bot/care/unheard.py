"""Patients whom nobody of the staff was told of, or of whom everybody was told in vain: they hear each once a climb."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from bot.care.models import (
    Alert,
    AlertState,
    Climb,
    ClimbState,
    Conversation,
    Message,
    Page,
    PageState,
    Sender,
)
from bot.care.paging import LEFT
from bot.care.prepared import constant
from bot.safety.levels import Level

NOBODY_YET, NOT_PAGED = "nobody_yet", "not_paged"
"""Kinds of what the patient is told: everybody was paged and nobody has acknowledged; no page went out."""

LATE = timedelta(seconds=45)
"""A page that is due for longer is not being sent: a worker takes it at once, or looks every quarter of a minute."""


_IN_DANGER = [level.value for level in Level if level.immediate]


def paged() -> Any:
    """Of a climb, as a condition: a page of it went out."""
    return exists().where(Page.climb_id == Climb.id, Page.state == constant(PageState.SENT.value))


def unpaged_since(rungs: int, now: datetime) -> Any:
    """Of a climb and its alert, as a condition: not one page went out, and none is on its way, though so many rungs
    were rung, or, in danger, the first is late since nobody rings."""
    late = and_(Climb.rung == 0, Climb.next_at <= now - LATE, Alert.level.in_(_IN_DANGER))
    fresh = and_(Page.state == constant(PageState.DUE.value), Page.error.is_(None), Page.due_at > now - LATE)
    on_its_way = exists().where(Page.climb_id == Climb.id, fresh)
    return and_(or_(late, Climb.rung >= rungs), ~paged(), ~on_its_way)


def unheard(session: Session, rungs: int, now: datetime) -> list[tuple[int, str]]:
    """Alerts of which the patient is still to be told something, and the kind of what they are told.

    rungs: of the clinic's ladder. NOT_PAGED: not one page went out, though every rung was rung, or, to somebody in
    danger, the first is late since nobody rings. Not where a person speaks with the patient, nor where somebody had the
    alert and left it: the patient has heard from them. Not where no message brought it, since the patient knows of no
    alert then.
    """
    exhausted = Climb.state == constant(ClimbState.EXHAUSTED.value)
    visit = aliased(Conversation)

    def since_then(what: Any) -> Any:
        """SQL: such a message of the conversation, or of one before it was known who wrote there."""
        here = Message.conversation_id == Alert.conversation_id
        before = and_(Message.conversation_id == visit.id, visit.continued_in_id == Alert.conversation_id)
        what = and_(what, Message.at >= Climb.started_at)
        return or_(exists().where(here, what), exists().where(before, what))

    def told(kind: str) -> Any:
        return since_then(Message.kind == kind)

    nobody = and_(exhausted, paged(), ~told(NOBODY_YET))
    unpaged = and_(unpaged_since(rungs, now), ~told(NOT_PAGED))
    statement = (
        select(Alert.id, nobody.label("nobody"))
        .join(Climb, Climb.alert_id == Alert.id)
        .join(Conversation, Conversation.id == Alert.conversation_id)
        .where(
            Climb.state != constant(ClimbState.ENDED.value),
            Climb.cause != LEFT,
            Alert.state == constant(AlertState.OPEN.value),
            Alert.message_id.is_not(None),
            Conversation.owner_id.is_(None),
            or_(nobody, unpaged),
            ~since_then(Message.sender == Sender.STAFF.value),
        )
    )
    found = session.execute(statement.order_by(Alert.id)).all()
    return [(int(one.id), NOBODY_YET if one.nobody else NOT_PAGED) for one in found]
