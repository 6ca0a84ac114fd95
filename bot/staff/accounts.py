"""Accounts of the console: made, logged in to with password and code, locked after repeated failures."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from bot.care import audit, second_factor, staff_accounts
from bot.care.models import StaffMember, StaffSession
from bot.care.second_factor import Outcome
from bot.staff.errors import BadAccount, TooBusy
from bot.staff.permissions import Role

SHORTEST_PASSWORD = 12
"""Length counts, not mixtures of signs (NIST SP 800-63B, section 5.1.1.2)."""
LONGEST_PASSWORD = 1000

# The profile of RFC 9106 for machines with little memory (64 MiB, 3 passes), the library's default.
_HASHER = PasswordHasher()
# Each takes 64 MiB: whoever tries many passwords at once shall not take the memory of those who answer patients.
_AT_ONCE = threading.BoundedSemaphore(4)
_WAIT = 2.0
"""Seconds that a log-in waits for its turn."""
# An unknown address costs as much time as a wrong password, so that the time does not tell who works here.
_NOBODY = _HASHER.hash("nobody has this password")


@dataclass(frozen=True)
class LogIn:
    """What became of a log-in, or of a step of one.

    token: for the cookie, when it went on; waits_for: what is still to be done then, empty when it is complete;
    locked_until: when it can be tried again; used: the code was right, and has been used before.
    """

    token: str | None = None
    member: StaffMember | None = None
    waits_for: str = ""
    locked_until: datetime | None = None
    tries_left: int = 0
    used: bool = False


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
    check_password(password)
    return staff_accounts.add(
        session, name=name, email=email, role=role, password_hash=_HASHER.hash(password)
    )


def check_password(password: str) -> None:
    """Raises BadAccount where the password is too short, or too long to be hashed."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadAccount(
            f"The password needs at least {SHORTEST_PASSWORD} characters. A few words in a row are easy to keep."
        )


def change_password(
    session: Session, staff_id: int, old: str, new: str, now: datetime, keep: StaffSession | None
) -> LogIn:
    """Change one's own password. A wrong old one counts as a failed log-in: whoever finds an open browser shall not
    guess there. Commit the transaction either way.

    keep: the session that goes on; all others of the member end, half-done log-ins too. What is returned names the
    member where it was changed; otherwise what became of the try. Raises BadAccount for a new password that is too
    short or the old one, TooBusy.
    """
    check_password(new)
    member = staff_accounts.by_id(session, staff_id, for_update=True)
    if member is None or not member.active:
        return LogIn()
    if staff_accounts.is_locked(member, now):
        return LogIn(locked_until=member.locked_until)
    if not _matches(member.password_hash, old):
        return _failed(session, member, now, "wrong password, at its change")
    if new == old:
        raise BadAccount("The new password is the one that you have. Choose another one.")
    member.password_hash = _HASHER.hash(new)
    member.failed_logins, member.locked_until = 0, None
    ended = staff_accounts.close_all(session, staff_id, now, but=keep)
    audit.record(
        session, "password.changed", now, staff_id=staff_id, subject=f"staff:{staff_id}", sessions=ended
    )
    return LogIn(member=member)


def log_in(
    session: Session,
    email: str,
    password: str,
    now: datetime,
    second_factor_for: Collection[str] = (),
    browser: str = "",
) -> LogIn:
    """Check a password and open a session. Failures are counted and audited: commit the transaction either way.

    second_factor_for: the roles that must have one; who has set one up is asked for it in any case. browser: what it
    says of itself. Raises TooBusy.
    """
    member = staff_accounts.by_email(session, email, for_update=True)
    if member is None or not member.active:
        _matches(_NOBODY, password)
        audit.record(session, "login.failed", now, reason="unknown account")
        return LogIn()
    if staff_accounts.is_locked(member, now):
        audit.record(session, "login.refused", now, subject=f"staff:{member.id}", reason="locked")
        return LogIn(locked_until=member.locked_until)
    if not _matches(member.password_hash, password):
        return _failed(session, member, now, "wrong password")
    if _HASHER.check_needs_rehash(member.password_hash):
        member.password_hash = _HASHER.hash(password)
    waits_for = ""
    if second_factor.of(session, int(member.id)) is not None:
        waits_for = staff_accounts.CODE
    elif member.role in second_factor_for:
        waits_for = staff_accounts.ENROLMENT
    return _opened(session, member, now, browser, waits_for)


def log_in_with_code(session: Session, waiting: StaffSession, code: str, now: datetime) -> LogIn:
    """The second step: a code of the app, or one on paper. Commit the transaction either way.

    waiting: the session that waits for the code; it ends here when the code is right.
    """
    member = staff_accounts.by_id(session, int(waiting.staff_id), for_update=True)
    if member is None or not staff_accounts.is_waiting(waiting, staff_accounts.CODE, now):
        return LogIn()
    if staff_accounts.is_locked(member, now):
        audit.record(session, "login.refused", now, subject=f"staff:{member.id}", reason="locked")
        return LogIn(locked_until=member.locked_until)
    outcome = second_factor.check(session, member, code, now)
    if outcome is not Outcome.RIGHT:
        return _failed(session, member, now, f"{outcome.value} code", used=outcome is Outcome.USED)
    staff_accounts.close_session(waiting, now)
    return _opened(session, member, now, str(waiting.browser))


def log_in_enrolled(
    session: Session, waiting: StaffSession, code: str, now: datetime
) -> tuple[LogIn, list[str]]:
    """The second step of who has to set a second factor up: the app shows the right code. Also the recovery codes."""
    member = staff_accounts.by_id(session, int(waiting.staff_id), for_update=True)
    if member is None or not staff_accounts.is_waiting(waiting, staff_accounts.ENROLMENT, now):
        return LogIn(), []
    codes = second_factor.confirm(session, member, code, now)
    if codes is None:
        return LogIn(member=member), []
    audit.record(session, "second_factor.set_up", now, staff_id=member.id, subject=f"staff:{member.id}")
    staff_accounts.close_session(waiting, now)
    return _opened(session, member, now, str(waiting.browser)), codes


def log_in_vouched_for(session: Session, email: str, now: datetime, browser: str = "") -> LogIn:
    """Open a session for whom the clinic's own log-in vouches. It has seen to the second factor; a lock-out, which is
    against guessed passwords, is none of its business. Commit the transaction either way."""
    member = staff_accounts.by_email(session, email, for_update=True)
    if member is None or not member.active:
        audit.record(session, "login.failed", now, reason="vouched for, no account")
        return LogIn()
    return _opened(session, member, now, browser, how="openid")


def _failed(session: Session, member: StaffMember, now: datetime, reason: str, used: bool = False) -> LogIn:
    staff_accounts.count_failure(member, now)
    audit.record(session, "login.failed", now, subject=f"staff:{member.id}", reason=reason)
    if staff_accounts.is_locked(member, now):
        audit.record(session, "account.locked", now, subject=f"staff:{member.id}")
        return LogIn(locked_until=member.locked_until)
    return LogIn(tries_left=staff_accounts.FAILURES_ALLOWED - member.failed_logins, used=used)


def _opened(
    session: Session, member: StaffMember, now: datetime, browser: str, waits_for: str = "", how: str = ""
) -> LogIn:
    action = "login.password" if waits_for else "login"
    detail = {key: value for key, value in (("waits_for", waits_for), ("how", how)) if value}
    audit.record(session, action, now, staff_id=member.id, subject=f"staff:{member.id}", **detail)
    token = staff_accounts.open_session(session, member, now, browser, waits_for)
    return LogIn(token=token, member=member, waits_for=waits_for)


def _matches(password_hash: str, password: str) -> bool:
    if not _AT_ONCE.acquire(timeout=_WAIT):
        raise TooBusy("Too many people log in at this moment. Try again in a few seconds.")
    try:
        return _HASHER.verify(password_hash, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _AT_ONCE.release()
