"""The questions after a crisis text in the record of care: what was asked, what was answered, what staff see.

They belong to the patient: whatever channel, session or process an answer comes through, it finds its question. No
answer closes or lowers anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bot.care import alerts, paging
from bot.care.models import (
    Alert,
    AlertState,
    Conversation,
    FollowUp,
    FollowUpAnswer,
    Message,
    PhoneNumber,
    Sender,
    Whereabouts,
)
from bot.care.prepared import constant

ANSWERED, OTHER_WORDS, TAKEN_OVER, NOT_ASKED = "answered", "other_words", "taken_over", "not_asked"
"""How the questions ended: all was asked; the patient wrote something else; a person speaks; the last one never went
out."""


@dataclass(frozen=True)
class Told:
    """What staff see beside an alert: sentences with their times, and what was told of a number and a place."""

    answers: Sequence[FollowUpAnswer]
    whereabouts: Sequence[Whereabouts]
    waiting: bool


def waiting_question(session: Session, conversation_id: int) -> FollowUp | None:
    """The follow-up of the conversation's alert whose last question a bare answer still belongs to, or None.

    The alert is not resolved, the question is not answered yet, and since it was asked neither we have asked anything
    else nor has a member of staff written: a short answer is theirs.
    """
    statement = select(FollowUp).join(Alert, Alert.id == FollowUp.alert_id).where(*_asked(conversation_id))
    found: FollowUp | None = session.execute(
        statement.order_by(FollowUp.id.desc()).limit(1)
    ).scalar_one_or_none()
    if found is None or any(answer.question == found.question for answer in found.answers):
        return None
    # Where it was asked before it was known who wrote, messages of two conversations come after it.
    there = and_(Message.conversation_id == found.conversation_id, Message.seq > found.asked_seq)
    here = and_(Message.conversation_id == conversation_id, Message.at > found.asked_at)
    asked_since = select(Message.id).where(
        there if found.conversation_id == conversation_id else or_(there, here),
        Message.sender != Sender.PATIENT.value,
        or_(Message.question.is_not(None), Message.sender == Sender.STAFF.value),
    )
    return None if session.execute(asked_since.limit(1)).first() is not None else found


def may_wait(conversation_id: Any) -> Any:
    """SQL: whether `waiting_question` could find one at all. conversation_id: a value, or SQL."""
    statement = select(FollowUp.id).join(Alert, Alert.id == FollowUp.alert_id)
    return statement.where(*_asked(conversation_id)).exists()


def _asked(conversation_id: Any) -> list[Any]:
    # By the alert: the question may have been asked before it was known who wrote.
    return [
        Alert.conversation_id == conversation_id,
        Alert.state != constant(AlertState.RESOLVED.value),
        FollowUp.question.is_not(None),
        FollowUp.asked_at.is_not(None),
    ]


def of_alert(session: Session, alert_id: int) -> FollowUp | None:
    """The follow-up of an alert: there is one at most."""
    return session.execute(select(FollowUp).where(FollowUp.alert_id == alert_id)).scalar_one_or_none()


def begin(session: Session, alert: Alert, script: str, language: str, now: datetime) -> FollowUp:
    """The follow-up of an alert that has none yet. language: "en" or "es"."""
    made = FollowUp(
        alert_id=alert.id,
        conversation_id=alert.conversation_id,
        script=script,
        language=language,
        asked=0,
        started_at=now,
    )
    session.add(made)
    session.flush()
    return made


def asked(follow_up: FollowUp, question: str, message: Message) -> None:
    """Our message asks a question: the next answer belongs to it."""
    follow_up.question = question
    follow_up.asked = int(follow_up.asked) + 1
    follow_up.conversation_id = message.conversation_id
    follow_up.asked_seq, follow_up.asked_at = message.seq, message.at


def answered(
    session: Session, follow_up: FollowUp, message: Message, meaning: str, words: str, now: datetime
) -> None:
    """Keep an answer to the question that was asked last. words: a sentence for staff.

    A yes pages anew and at once, also where the alert is being paged already or was just acknowledged.
    """
    answer = FollowUpAnswer(
        question=follow_up.question, meaning=meaning, words=words, message_id=message.id, at=now
    )
    follow_up.answers.append(answer)
    session.flush()
    alerts.add_words(session, message, [words], now)
    if meaning == "yes":
        paging.start(session, follow_up.alert, "raised", now)


def end(follow_up: FollowUp, ending: str, now: datetime) -> None:
    """Ask nothing more. Safe to call twice: the first ending stays."""
    if follow_up.ended_at is None:
        follow_up.ended_at, follow_up.ending = now, ending


def not_asked(session: Session, message: Message, now: datetime) -> None:
    """A message of ours never went out: if it asked a question, no answer belongs to that, and no more are asked."""
    found = _asked_by(session, message)
    if found is not None:
        found.asked_at = None
        end(found, NOT_ASKED, now)


def asked_after_all(session: Session, message: Message) -> None:
    """A message of ours that was thought never to have gone out did: an answer to its question belongs to it."""
    found = _asked_by(session, message)
    if found is not None:
        found.asked_at = message.at
        if found.ending == NOT_ASKED:
            found.ended_at, found.ending = None, None


def _asked_by(session: Session, message: Message) -> FollowUp | None:
    statement = select(FollowUp).where(
        FollowUp.conversation_id == message.conversation_id, FollowUp.asked_seq == message.seq
    )
    found: FollowUp | None = session.execute(statement).scalar_one_or_none()
    return found


def nobody_can_phone(session: Session, conversation: Conversation) -> bool:
    """Whether no number is known of whoever writes: a web visitor whom nobody has verified."""
    if conversation.patient is not None and conversation.patient.phone:
        return False
    known = select(PhoneNumber.id).where(PhoneNumber.conversation_id == conversation.id)
    return session.execute(known.limit(1)).first() is None


def has_number(session: Session, alert: Alert) -> bool:
    """Whether a number to call was written in the episode of an alert."""
    known = select(Whereabouts.id).where(Whereabouts.alert_id == alert.id, Whereabouts.number.is_not(None))
    return session.execute(known.limit(1)).first() is not None


def keep_whereabouts(
    session: Session, alert: Alert, message: Message, number: str | None, reason: str, now: datetime
) -> None:
    """Keep what a visitor told of where they may be reached, beside the alert; staff are told. number: E.164."""
    session.add(Whereabouts(alert_id=alert.id, message_id=message.id, number=number, at=now))
    session.flush()
    alerts.add_words(session, message, [reason], now)


def told(session: Session, alert: Alert | None) -> Told | None:
    """What the patient answered after the crisis text of an alert, oldest first; None where nothing was asked."""
    if alert is None:
        return None
    follow_up = of_alert(session, int(alert.id))
    places = select(Whereabouts).where(Whereabouts.alert_id == alert.id).order_by(Whereabouts.id)
    whereabouts = session.execute(places).scalars().all()
    if follow_up is None:
        return Told((), whereabouts, False) if whereabouts else None
    answered = any(answer.question == follow_up.question for answer in follow_up.answers)
    waiting = follow_up.ended_at is None and follow_up.question is not None and not answered
    return Told(tuple(follow_up.answers), whereabouts, waiting)
