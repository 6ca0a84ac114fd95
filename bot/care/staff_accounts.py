"""Members of staff and the browsers that they are logged in with, as rows. Passwords are hashed by the caller."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from bot.care.models import StaffMember, StaffSession
from bot.clinic.errors import AftercareError

IDLE_LIMIT = timedelta(minutes=15)
"""Without activity for so long, a browser is signed off (HIPAA Security Rule, 45 CFR 164.312(a)(2)(iii))."""
LONGEST_SESSION = timedelta(hours=12)
"""A long shift; after that everybody logs in again, active or not."""
FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)
"""Five guesses a quarter of an hour: 480 a day, too few to find a password of twelve characters."""


class StaffExists(AftercareError):
    """There is an account with this e-mail address already."""

    code, status = "AC220", 409


def by_email(session: Session, email: str, for_update: bool = False) -> StaffMember | None:
    """The member of staff with this e-mail address, in whatever case it is written."""
    statement = select(StaffMember).where(StaffMember.email == email.strip().lower())
    if for_update:
        statement = statement.with_for_update()
    return session.execute(statement).scalar_one_or_none()


def add(session: Session, *, name: str, email: str, role: str, password_hash: str) -> StaffMember:
    """Store a new member of staff. Raises StaffExists."""
    if by_email(session, email) is not None:
        raise StaffExists(f"There is an account for {email.strip().lower()} already. Use that one.")
    member = StaffMember(
        name=name.strip(), email=email.strip().lower(), role=role, password_hash=password_hash
    )
    session.add(member)
    session.flush()
    return member


def count_failure(member: StaffMember, now: datetime) -> None:
    """A wrong password. The fifth in a row locks the account for `LOCKED_FOR`."""
    member.failed_logins += 1
    if member.failed_logins >= FAILURES_ALLOWED:
        member.failed_logins = 0
        member.locked_until = now + LOCKED_FOR


def is_locked(member: StaffMember, now: datetime) -> bool:
    """Whether nobody may log in to this account at the moment, right password or not."""
    return member.locked_until is not None and member.locked_until > now


def open_session(session: Session, member: StaffMember, now: datetime) -> str:
    """Log the member in and return the token for the cookie: 256 random bits, of which only a hash is stored."""
    token = secrets.token_urlsafe(32)
    member.failed_logins = 0
    member.locked_until = None
    session.add(StaffSession(token_hash=_hash(token), staff_id=member.id, created_at=now, last_seen_at=now))
    session.flush()
    return token


def find_session(session: Session, token: str) -> StaffSession | None:
    """The session of a cookie, whether or not it may still be used."""
    statement = select(StaffSession).options(joinedload(StaffSession.staff))
    return session.execute(statement.where(StaffSession.token_hash == _hash(token))).scalar_one_or_none()


def is_alive(staff_session: StaffSession, now: datetime) -> bool:
    """Whether the session may be used: not revoked, not idle, not too old, and the member still works here."""
    return (
        staff_session.revoked_at is None
        and staff_session.staff.active
        and now - staff_session.last_seen_at < IDLE_LIMIT
        and now - staff_session.created_at < LONGEST_SESSION
    )


def close_session(staff_session: StaffSession, now: datetime) -> None:
    """Log out: the token is worth nothing from now on."""
    if staff_session.revoked_at is None:
        staff_session.revoked_at = now


def count(session: Session) -> int:
    """How many accounts there are."""
    return int(session.execute(select(func.count(StaffMember.id))).scalar_one())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
