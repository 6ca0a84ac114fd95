"""A new password for somebody who has an account."""

from __future__ import annotations

from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from bot.care import audit, staff_accounts
from bot.staff.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD
from bot.staff.errors import BadAccount


def set_password(session: Session, email: str, password: str, now: datetime, who: str) -> int:
    """The old password is worth nothing from now on, a lock is lifted, and the member is logged out everywhere.

    who: was logged in to the machine, for the audit. Gives how many sessions ended. Raises BadAccount.
    """
    member = staff_accounts.by_email(session, email, for_update=True)
    if member is None or not member.active:
        raise BadAccount(f"Nobody has an account as {email}. See the accounts in the console.")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadAccount(
            f"The password needs at least {SHORTEST_PASSWORD} characters. A few words in a row are easy to keep."
        )
    member.password_hash = PasswordHasher().hash(password)
    member.failed_logins, member.locked_until = 0, None
    audit.record(session, "account.password_set", now, subject=f"staff:{member.id}", by=who)
    return staff_accounts.close_all(session, int(member.id), now)
