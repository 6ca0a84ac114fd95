"""The browsers that may read and write a conversation: listed, ended, handed to the patient who proved who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, and_, bindparam, select
from sqlalchemy.orm import Session, aliased, joinedload

from bot.care import carrying_on, live
from bot.care.models import (
    Alert,
    AlertState,
    Conversation,
    Message,
    MessageState,
    Sender,
    StaffMember,
    WebSession,
)
from bot.care.opening import IS_OPEN_BY_ROSTER, roster_time
from bot.care.people import UnknownPatient
from bot.care.prepared import constant
from bot.clinic.settings import Clinic
from bot.safety.levels import Level

SEEN_EVERY = timedelta(minutes=10)
"""How exact "last seen" is: not every look of a browser is written down."""


@dataclass(frozen=True)
class Standing:
    """How a conversation stands for a browser that watches it.

    created_at, last_seen_at, revoked_at: of the browser's session; owner: the name of the
    member of staff who has it, or None; waiting: a message of the patient waits for an answer of the assistant; crisis:
    an unresolved alert of a crisis; open: whether the clinic is, by the roster, None where it has no hours yet; news:
    the messages that the browser does not have, in order, with who wrote them and what they reply to.
    """

    created_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None
    owner: str | None
    waiting: bool
    crisis: bool
    open: bool | None
    news: tuple[Message, ...]


def _standing() -> Any:
    waiting = aliased(Message)
    unanswered = select(waiting.id).where(
        waiting.conversation_id == Conversation.id, waiting.state == constant(MessageState.RECEIVED.value)
    )
    newer = and_(Message.conversation_id == Conversation.id, Message.seq > bindparam("after"))
    crisis = select(Alert.id).where(
        Alert.conversation_id == Conversation.id,
        Alert.state != constant(AlertState.RESOLVED.value),
        Alert.level == constant(Level.CRISIS.value),
    )
    return (
        select(
            WebSession.created_at,
            WebSession.last_seen_at,
            WebSession.revoked_at,
            StaffMember.name.label("owner"),
            unanswered.exists().label("waiting"),
            crisis.exists().label("crisis"),
            IS_OPEN_BY_ROSTER.label("open"),
            Message,
        )
        .select_from(WebSession)
        .join(Conversation, Conversation.id == bindparam("conversation"))
        .outerjoin(StaffMember, StaffMember.id == Conversation.owner_id)
        .outerjoin(Message, newer)
        .options(joinedload(Message.staff), joinedload(Message.reply_to))
        .where(WebSession.id == bindparam("browser"))
        .order_by(Message.seq)
        .limit(bindparam("most", type_=Integer))
    )


_STANDING: Final = _standing()


def standing(
    session: Session,
    session_id: int,
    conversation_id: int,
    clinic: Clinic,
    now: datetime,
    *,
    after: int,
    most: int,
) -> Standing | None:
    """How a conversation stands, in one statement: every open page asks at every piece of news. None where there is no
    such session. after, most: the number above which messages are news, and how many of them are read."""
    values = {"browser": session_id, "conversation": conversation_id, "after": after, "most": most}
    found = session.execute(_STANDING, {**values, **roster_time(now, clinic)}).all()
    if not found:
        return None
    here = found[0]
    news = tuple(row.Message for row in found if row.Message is not None)
    times = here.created_at, here.last_seen_at, here.revoked_at
    return Standing(*times, here.owner, here.waiting, here.crisis, here.open, news)


def browsers_of(session: Session, conversation_id: int) -> list[WebSession]:
    """The browsers of a conversation that were not ended, the one seen last first."""
    statement = select(WebSession).where(
        WebSession.conversation_id == conversation_id, WebSession.revoked_at.is_(None)
    )
    return list(session.execute(statement.order_by(WebSession.last_seen_at.desc(), WebSession.id)).scalars())


def seen(web_session: WebSession, now: datetime) -> None:
    """Note that a browser is in use."""
    if now - web_session.last_seen_at > SEEN_EVERY:
        web_session.last_seen_at = now


def end(session: Session, web_session: WebSession, now: datetime) -> None:
    """This browser reads and writes no more, from this very moment: its open stream ends as well."""
    if web_session.revoked_at is None:
        web_session.revoked_at = now
    session.flush()
    live.conversation_changed(session, int(web_session.conversation_id))


def end_one(session: Session, conversation_id: int, session_id: int, now: datetime) -> None:
    """End one browser of a conversation. Raises UnknownPatient where it is none of its."""
    found = session.get(WebSession, session_id)
    if found is None or found.conversation_id != conversation_id:
        raise UnknownPatient("This browser is not this patient's. Load the page again.")
    end(session, found, now)


def end_all(session: Session, conversation_id: int, now: datetime) -> int:
    """End every browser of a conversation; how many there were."""
    found = browsers_of(session, conversation_id)
    for one in found:
        end(session, one, now)
    return len(found)


def leave_visit(session: Session, web_session: WebSession, patients: Conversation, now: datetime) -> None:
    """A browser goes on in a patient's conversation; what it had before ends, and nobody else gets to see it.

    What a visitor wrote stays where it is: on a shared computer it may have been somebody else. Staff see beside both
    conversations that one was gone on with in the other. An alert that is not resolved goes on in the patient's.
    """
    end(session, web_session, now)
    visit = web_session.conversation
    if visit.patient_id is None and visit.id != patients.id and _wrote(session, int(visit.id)):
        carrying_on.lead_on(session, visit, patients, now)


def visits_of(session: Session, conversation_id: int) -> list[Conversation]:
    """Conversations of visitors and unknown numbers that were gone on with in this one, newest first."""
    statement = select(Conversation).where(Conversation.continued_in_id == conversation_id)
    return list(session.execute(statement.order_by(Conversation.id.desc())).scalars())


def _wrote(session: Session, conversation_id: int) -> bool:
    statement = select(Message.id).where(
        Message.conversation_id == conversation_id, Message.sender == Sender.PATIENT.value
    )
    return session.execute(statement.limit(1)).first() is not None
