"""Sessions of browsers: made by the server, unguessable, revocable, each bound to one conversation.

A token proves by itself which conversation it opens, so that a message can be kept while the database is away: the
session's random name, the conversation and the time of issue, signed. With the database there, the database decides,
by the token's hash, which is all that it holds of it: whoever learns the signing secret still opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bot.care.browsers import seen
from bot.care.conversations import conversation_of, lock, say, start_conversation
from bot.care.models import Channel, Conversation, Patient, WebSession
from bot.channels.first_contact import first_contact
from bot.channels.web_chat.errors import OtherConversation, UnknownSession, Unproven
from bot.clinic.secret import app_secret
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases

COOKIE = "aftercare_session"
_SALT = "aftercare.web-session.v1"


@dataclass(frozen=True)
class Proof:
    """What a token proves without the database. Whether the session was revoked is known to the database only.

    token_hash: names the session in the database; conversation_id: as it was when the token was issued.
    """

    token_hash: str
    conversation_id: int
    issued_at: datetime


def lasts(clinic: Clinic) -> timedelta:
    """How long a browser keeps its session, and how long a token proves anything by itself."""
    return timedelta(days=clinic.web.session_days)


def proven(token: str | None, clinic: Clinic, now: datetime) -> Proof | None:
    """What a cookie proves by its signature; None where it is not ours, or has expired. now: aware."""
    if not token:
        return None
    try:
        _, conversation_id, issued = _signer().loads(token)
        proof = Proof(
            token_hash(token), int(conversation_id), datetime.fromtimestamp(int(issued), timezone.utc)
        )
    except (BadData, TypeError, ValueError, OverflowError):
        return None
    return proof if now - proof.issued_at <= lasts(clinic) else None


def prove(token: str | None, clinic: Clinic, now: datetime, conversation: str | None = None) -> Proof:
    """As `require`, without the database. Raises Unproven, OtherConversation."""
    proof = proven(token, clinic, now)
    if proof is None:
        raise Unproven()
    if conversation and conversation != public_name(proof.conversation_id):
        raise OtherConversation()
    return proof


def session_at(session: Session, hashed: str, at: datetime) -> WebSession | None:
    """The session whose token has that hash, if it was good at that time (aware); it may have been revoked since."""
    found = session.execute(select(WebSession).where(WebSession.token_hash == hashed)).scalar_one_or_none()
    return found if found is not None and (found.revoked_at is None or found.revoked_at > at) else None


def _signed(conversation_id: int, now: datetime) -> str:
    # The random name alone has 256 bits: a token cannot be guessed, signed or not.
    return str(_signer().dumps([secrets.token_urlsafe(32), conversation_id, int(now.timestamp())]))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(app_secret(), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256})


def token_hash(token: str) -> str:
    """What the database and the spool hold of a token: it names a session, and opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def session_of(session: Session, token: str | None, clinic: Clinic, now: datetime) -> WebSession | None:
    """The session that a cookie names; None where there is none, or it has ended."""
    if not token:
        return None
    statement = select(WebSession).where(
        WebSession.token_hash == token_hash(token), WebSession.revoked_at.is_(None)
    )
    loaded = statement.options(joinedload(WebSession.conversation).joinedload(Conversation.patient))
    found: WebSession | None = session.execute(loaded).scalar_one_or_none()
    return found if found is not None and is_open(found, clinic, now) else None


def is_open(web_session: WebSession, clinic: Clinic, now: datetime) -> bool:
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
    """The session that a cookie names; that it was used is noted.

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


def public_name(conversation_id: int) -> str:
    """What a page calls a conversation, to tell it from others. It opens nothing."""
    return token_hash(f"conversation {conversation_id}")[:16]


def open_session(session: Session, now: datetime, patient: Patient | None = None) -> tuple[str, WebSession]:
    """A new session and its token, which is stored nowhere. patient: somebody whom staff have verified, or None."""
    conversation = conversation_of(session, patient) if patient else start_conversation(session)
    token = _signed(int(conversation.id), now)
    opened = WebSession(
        token_hash=token_hash(token),
        conversation=conversation,
        verified=patient is not None,
        created_at=now,
        last_seen_at=now,
    )
    session.add(opened)
    session.flush()
    return token, opened


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
