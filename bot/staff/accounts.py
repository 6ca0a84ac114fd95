"""Accounts of the console: made, logged in to, locked after repeated failures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from bot.care import audit, staff_accounts
from bot.care.models import StaffMember
from bot.staff.errors import BadAccount
from bot.staff.permissions import Role

SHORTEST_PASSWORD = 12
"""Length counts, not mixtures of signs (NIST SP 800-63B, section 5.1.1.2)."""
LONGEST_PASSWORD = 1000

# The profile of RFC 9106 for machines with little memory (64 MiB, 3 passes), the library's default.
_HASHER = PasswordHasher()
# An unknown address costs as much time as a wrong password, so that the time does not tell who works here.
_NOBODY = _HASHER.hash("nobody has this password")


@dataclass(frozen=True)
class LogIn:
    """What became of a log-in. token: for the cookie, when it worked; locked_until: when it can be tried again."""

    token: str | None = None
    member: StaffMember | None = None
    locked_until: datetime | None = None
    tries_left: int = 0


def add_staff(session: Session, name: str, email: str, role: str, password: str) -> StaffMember:
    """Make an account.

    role: nurse, clinician, admin or auditor; password: at least `SHORTEST_PASSWORD` characters.
    Raises BadAccount, which names what is wrong, and StaffExists.
    """
    if not name.strip() or len(name) > 200:
        raise BadAccount(
            "The name is empty or longer than 200 characters. Give the name that colleagues know."
        )
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email.strip()) or len(email) > 320:
        raise BadAccount(f"{email!r} is not an e-mail address. Write one, such as nurse@clinic.example.")
    if role not in {one.value for one in Role}:
        roles = ", ".join(one.value for one in Role)
        raise BadAccount(f"{role!r} is not a role. Choose one of {roles}.")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadAccount(
            f"The password needs at least {SHORTEST_PASSWORD} characters. A few words in a row are easy to keep."
        )
    return staff_accounts.add(
        session, name=name, email=email, role=role, password_hash=_HASHER.hash(password)
    )


def log_in(session: Session, email: str, password: str, now: datetime) -> LogIn:
    """Check a password and open a session. Failures are counted and audited: commit the transaction either way."""
    member = staff_accounts.by_email(session, email, for_update=True)
    if member is None or not member.active:
        _matches(_NOBODY, password)
        audit.record(session, "login.failed", now, reason="unknown account")
        return LogIn()
    if staff_accounts.is_locked(member, now):
        audit.record(session, "login.refused", now, subject=f"staff:{member.id}", reason="locked")
        return LogIn(locked_until=member.locked_until)
    if not _matches(member.password_hash, password):
        staff_accounts.count_failure(member, now)
        audit.record(session, "login.failed", now, subject=f"staff:{member.id}", reason="wrong password")
        if staff_accounts.is_locked(member, now):
            return LogIn(locked_until=member.locked_until)
        return LogIn(tries_left=staff_accounts.FAILURES_ALLOWED - member.failed_logins)
    if _HASHER.check_needs_rehash(member.password_hash):
        member.password_hash = _HASHER.hash(password)
    audit.record(session, "login", now, staff_id=member.id, subject=f"staff:{member.id}")
    return LogIn(token=staff_accounts.open_session(session, member, now), member=member)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
