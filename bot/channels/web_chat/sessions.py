"""Sessions of browsers: made by the server, unguessable, revocable, each bound to one conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from bot.care.browsers import Standing, seen
from bot.care.conversations import conversation_of, lock, say, start_conversation
from bot.care.models import Channel, Conversation, Patient, WebSession
from bot.channels.first_contact import first_contact
from bot.channels.web_chat.errors import OtherConversation, UnknownSession
from bot.channels.web_chat.tokens import lasts, new_token, proven, public_name, token_hash
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases


def session_at(session: Session, hashed: str, at: datetime) -> WebSession | None:
    """The session whose token has that hash, if it was good at that time (aware); it may have been revoked since."""
    found = session.execute(select(WebSession).where(WebSession.token_hash == hashed)).scalar_one_or_none()
    return found if found is not None and (found.revoked_at is None or found.revoked_at > at) else None


def adopt(session: Session, hashed: str, issued_at: datetime) -> WebSession | None:
    """The session of a token that was made while the database was away, stored at first need; None where it was ended.

    hashed: of a token that `proven` has found to name no conversation yet; issued_at: aware.
    """
    # A page and the spool may ask for it at once.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(hashed))))
    found: WebSession | None = session.execute(
        select(WebSession).where(WebSession.token_hash == hashed)
    ).scalar_one_or_none()
    if found is None:
        return _begin(session, hashed, start_conversation(session), issued_at)
    return found if found.revoked_at is None else None


_OF_TOKEN: Final = (
    select(WebSession)
    .where(WebSession.token_hash == bindparam("token"), WebSession.revoked_at.is_(None))
    .options(joinedload(WebSession.conversation).joinedload(Conversation.patient))
)


def session_of(session: Session, token: str | None, clinic: Clinic, now: datetime) -> WebSession | None:
    """The session that a token names; None where there is none, or it has ended."""
    if not token:
        return None
    found: WebSession | None = session.execute(_OF_TOKEN, {"token": token_hash(token)}).scalar_one_or_none()
    if found is None:
        proof = proven(token, clinic, now)
        if proof is not None and proof.conversation_id is None:
            found = adopt(session, proof.token_hash, proof.issued_at)
    return found if found is not None and is_open(found, clinic, now) else None


def is_open(web_session: WebSession | Standing, clinic: Clinic, now: datetime) -> bool:
    """Whether a session lasts still: neither ended by staff, nor too old, nor unused for too long."""
    idle = timedelta(days=clinic.web.session_idle_days)
    return (
        web_session.revoked_at is None
        and now - web_session.created_at <= lasts(clinic)
        and now - web_session.last_seen_at <= idle
    )


def require(
    session: Session, token: str | None, clinic: Clinic, now: datetime, conversation: str | None = None
) -> WebSession:
    """The session that a token names; that it was used is noted.

    conversation: the name of the conversation that the page shows, if it says so.
    Raises UnknownSession, OtherConversation: what was typed to one conversation must not land in another.
    """
    found = session_of(session, token, clinic, now)
    if found is None:
        raise UnknownSession()
    if conversation and conversation != public_name(int(found.conversation_id)):
        raise OtherConversation()
    seen(found, now)
    return found


def open_session(
    session: Session, now: datetime, patient: Patient | None = None, *, by_page: bool = False
) -> tuple[str, WebSession]:
    """A new session and its token, which is stored nowhere.

    patient: somebody whom staff have verified, or None; by_page: the page keeps the token, since its browser refuses
    the cookie.
    """
    conversation = conversation_of(session, patient) if patient else start_conversation(session)
    token = new_token(int(conversation.id), now, by_page=by_page)
    return token, _begin(session, token_hash(token), conversation, now, verified=patient is not None)


def _begin(
    session: Session, hashed: str, conversation: Conversation, now: datetime, *, verified: bool = False
) -> WebSession:
    opened = WebSession(
        token_hash=hashed,
        conversation=conversation,
        verified=verified,
        created_at=now,
        last_seen_at=now,
    )
    session.add(opened)
    session.flush()
    return opened


def greet(session: Session, web_session: WebSession, clinic: Clinic, phrases: Phrases, now: datetime) -> None:
    """Put the first-contact notice into a conversation that has no message yet."""
    conversation = lock(session, int(web_session.conversation_id))
    if conversation.last_seq == 0:
        say(
            session,
            conversation,
            first_contact(clinic, phrases, Channel.WEB, now, session),
            channel=Channel.WEB,
            now=now,
        )
