"""Sessions of browsers: made by the server, unguessable, revocable, each bound to one conversation."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bot.care.conversations import FIRST_CONTACT, Reply, conversation_of, lock, say, start_conversation
from bot.care.models import Channel, Conversation, Patient, WebSession
from bot.channels.web_chat.errors import OtherConversation, UnknownSession
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases

COOKIE = "aftercare_session"
ON_SHIFT = "on_shift"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def session_of(session: Session, token: str | None) -> WebSession | None:
    """The session that a cookie names, or None."""
    if not token:
        return None
    statement = select(WebSession).where(
        WebSession.token_hash == _hash(token), WebSession.revoked_at.is_(None)
    )
    loaded = statement.options(joinedload(WebSession.conversation).joinedload(Conversation.patient))
    return session.execute(loaded).scalar_one_or_none()


def require(session: Session, token: str | None, conversation: str | None = None) -> WebSession:
    """The session that a cookie names. conversation: the name of the conversation that the page shows, if it says so.

    Raises UnknownSession, OtherConversation: what was typed to one conversation must not land in another.
    """
    found = session_of(session, token)
    if found is None:
        raise UnknownSession()
    if conversation and conversation != public_name(int(found.conversation_id)):
        raise OtherConversation()
    return found


def public_name(conversation_id: int) -> str:
    """What a page calls a conversation, to tell it from others. It opens nothing."""
    return _hash(f"conversation {conversation_id}")[:16]


def open_session(session: Session, now: datetime, patient: Patient | None = None) -> tuple[str, WebSession]:
    """A new session and its token, which is stored nowhere. patient: somebody whom staff have verified, or None."""
    conversation = conversation_of(session, patient) if patient else start_conversation(session)
    token = secrets.token_urlsafe(32)
    opened = WebSession(
        token_hash=_hash(token),
        conversation=conversation,
        verified=patient is not None,
        created_at=now,
        last_seen_at=now,
    )
    session.add(opened)
    session.flush()
    return token, opened


def first_contact(clinic: Clinic, phrases: Phrases, channel: Channel, now: datetime) -> Reply:
    """The notice that begins every conversation: automated, who reads it, and whether somebody is on shift now."""
    variant = ON_SHIFT if clinic.is_open(now) else None
    return Reply(phrases.say("first_contact", channel.value, clinic, variant=variant), kind=FIRST_CONTACT)


def greet(session: Session, web_session: WebSession, clinic: Clinic, phrases: Phrases, now: datetime) -> None:
    """Put the first-contact notice into a conversation that has no message yet."""
    conversation = lock(session, int(web_session.conversation_id))
    if conversation.last_seq == 0:
        say(
            session,
            conversation,
            first_contact(clinic, phrases, Channel.WEB, now),
            channel=Channel.WEB,
            now=now,
        )
