"""Members of staff and the browsers that they are logged in with, as rows. Passwords are hashed by the caller."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from bot.care.models import StaffMember, StaffSession
from bot.clinic.access_settings import Access
from bot.clinic.errors import AftercareError

FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)
"""Five guesses a quarter of an hour: 480 a day, too few to find a password of twelve characters."""
CODE, ENROLMENT = "code", "enrolment"
"""What a session waits for whose password was right: a code of the second factor, or that one is set up."""
WAITS_FOR = timedelta(minutes=10)
"""So long it waits."""
IDLE, LONGEST, ENDED = "idle", "longest", "ended"
"""Why a session is over: nobody did anything, its longest time was up, or somebody ended it (or closed the account)."""
COUNTS_FOR = timedelta(hours=12)
"""So long after a session has ended by itself its browser may still ask how much waits, and nothing else."""


class StaffExists(AftercareError):
    """There is an account with this e-mail address already."""

    code, status = "AC220", 409


def by_email(session: Session, email: str, for_update: bool = False) -> StaffMember | None:
    """The member of staff with this e-mail address, in whatever case it is written."""
    statement = select(StaffMember).where(StaffMember.email == email.strip().lower())
    if for_update:
        statement = statement.with_for_update()
    return session.execute(statement).scalar_one_or_none()


def by_id(session: Session, staff_id: int, for_update: bool = False) -> StaffMember | None:
    """The member of staff, also one who has left."""
    return session.get(StaffMember, staff_id, with_for_update=for_update, populate_existing=for_update)


def everybody(session: Session) -> Sequence[StaffMember]:
    """All accounts by name, of those who have left as well."""
    return session.execute(select(StaffMember).order_by(StaffMember.name, StaffMember.id)).scalars().all()


def with_role(session: Session, role: str, limit: int) -> Sequence[StaffMember]:
    """Who has this role and may log in, by name; at most `limit`."""
    statement = select(StaffMember).where(StaffMember.role == role, StaffMember.active)
    return session.execute(statement.order_by(StaffMember.name, StaffMember.id).limit(limit)).scalars().all()


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
    """A wrong password or code. The fifth in a row locks the account for `LOCKED_FOR`."""
    member.failed_logins += 1
    if member.failed_logins >= FAILURES_ALLOWED:
        member.failed_logins = 0
        member.locked_until = now + LOCKED_FOR


def is_locked(member: StaffMember, now: datetime) -> bool:
    """Whether nobody may log in to this account at the moment, right password or not."""
    return member.locked_until is not None and member.locked_until > now


def open_session(
    session: Session, member: StaffMember, now: datetime, browser: str = "", waits_for: str = ""
) -> str:
    """Log the member in and return the token for the cookie: 256 random bits, of which only a hash is stored.

    browser: what it says of itself; waits_for: what is still to be done before anything opens. A complete log-in
    forgets earlier failures; a right password alone does not, or it would give new tries at the code.
    """
    token = secrets.token_urlsafe(32)
    if not waits_for:
        member.failed_logins = 0
        member.locked_until = None
    session.add(
        StaffSession(
            token_hash=_hash(token),
            staff_id=member.id,
            created_at=now,
            last_seen_at=now,
            browser=browser[:200],
            waits_for=waits_for,
        )
    )
    session.flush()
    return token


def find_session(session: Session, token: str) -> StaffSession | None:
    """The session of a cookie, whether or not it may still be used."""
    statement = select(StaffSession).options(joinedload(StaffSession.staff))
    return session.execute(statement.where(StaffSession.token_hash == _hash(token))).scalar_one_or_none()


def is_alive(staff_session: StaffSession, now: datetime, access: Access) -> bool:
    """Whether the session may be used: logged in to the end, not revoked, not idle, not too old, and the member still
    works here."""
    return (
        staff_session.revoked_at is None
        and not staff_session.waits_for
        and staff_session.staff.active
        and now - staff_session.last_seen_at < access.idle_limit
        and now - staff_session.created_at < access.longest
    )


def why_over(staff_session: StaffSession, now: datetime, access: Access) -> str:
    """Why a session that was logged in to the end may not be used any more; empty for one that may, or was not."""
    if staff_session.waits_for:
        return ""
    if staff_session.revoked_at is not None or not staff_session.staff.active:
        return ENDED
    at, why = _ends(staff_session, access)
    return why if at <= now else ""


def may_count(staff_session: StaffSession, now: datetime, access: Access) -> bool:
    """Whether a browser may ask how much waits: it may be used, or ended by itself and not long ago.

    Where somebody ended it, the browser may be in other hands.
    """
    if staff_session.waits_for or why_over(staff_session, now, access) == ENDED:
        return False
    at, _ = _ends(staff_session, access)
    return now - at < COUNTS_FOR


def _ends(staff_session: StaffSession, access: Access) -> tuple[datetime, str]:
    """When a session ends by itself, if nothing more is done in it, and why."""
    idle = staff_session.last_seen_at + access.idle_limit
    return min((idle, IDLE), (staff_session.created_at + access.longest, LONGEST))


def is_waiting(staff_session: StaffSession, what: str, now: datetime) -> bool:
    """Whether the password was right a moment ago and `what` is still to be done."""
    return (
        staff_session.revoked_at is None
        and staff_session.waits_for == what
        and staff_session.staff.active
        and now - staff_session.created_at < WAITS_FOR
    )


def sessions_of(
    session: Session, now: datetime, access: Access, staff_id: int | None = None
) -> list[StaffSession]:
    """The sessions that may be used now, the one used last first; of one member, or of all."""
    statement = (
        select(StaffSession)
        .options(joinedload(StaffSession.staff))
        .where(StaffSession.revoked_at.is_(None), StaffSession.last_seen_at > now - access.idle_limit)
    )
    if staff_id is not None:
        statement = statement.where(StaffSession.staff_id == staff_id)
    rows = session.execute(statement.order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc()))
    return [row for row in rows.scalars() if is_alive(row, now, access)]


def close_session(staff_session: StaffSession, now: datetime) -> None:
    """Log out: the token is worth nothing from now on."""
    if staff_session.revoked_at is None:
        staff_session.revoked_at = now


def close_all(session: Session, staff_id: int, now: datetime, but: StaffSession | None = None) -> int:
    """Log the member out everywhere, half-done log-ins too, but for one session. Returns how many sessions ended."""
    statement = select(StaffSession).where(
        StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None)
    )
    if but is not None:
        statement = statement.where(StaffSession.id != but.id)
    rows = session.execute(statement).scalars().all()
    for row in rows:
        row.revoked_at = now
    return len(rows)


def count(session: Session) -> int:
    """How many accounts there are."""
    return int(session.execute(select(func.count(StaffMember.id))).scalar_one())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
