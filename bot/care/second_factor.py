"""The second factor of the log-in: codes of an authenticator app (RFC 6238), and codes on paper for a lost phone.

The key that an app holds is stored nowhere: it is computed from a random salt in the database and the clinic's secret
outside of it, so that a copy of the database opens no account. With another secret the apps have to be set up anew; the
codes on paper work on.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime
from enum import Enum

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.care.models import RecoveryCode, SecondFactor, StaffMember
from bot.clinic.secret import app_secret

HOW_MANY_CODES = 10
TOLERANCE = 1
"""Steps of 30 seconds that a phone's clock may be off, to either side (RFC 6238, section 5.2)."""
_STEP = 30


class Outcome(str, Enum):
    """What a code is. used: it was right, and has been used before."""

    RIGHT = "right"
    WRONG = "wrong"
    USED = "used"


def of(session: Session, staff_id: int) -> SecondFactor | None:
    """The member's second factor, if it is set up to the end."""
    factor = session.get(SecondFactor, staff_id)
    return factor if factor is not None and factor.confirmed_at is not None else None


def begin(session: Session, staff_id: int, now: datetime) -> SecondFactor:
    """What an app is set up with. Until it is confirmed, the same again; a confirmed one is left as it is."""
    factor = session.get(SecondFactor, staff_id)
    if factor is None:
        factor = SecondFactor(staff_id=staff_id, salt=secrets.token_hex(32), made_at=now, last_step=0)
        session.add(factor)
        session.flush()
    return factor


def key_of(factor: SecondFactor) -> str:
    """The key for the app: 160 bits in base32 (RFC 4226, section 4)."""
    about = f"aftercare second factor:{factor.staff_id}:{factor.salt}"
    return base64.b32encode(
        hmac.new(app_secret().encode(), about.encode(), hashlib.sha256).digest()[:20]
    ).decode()


def address_of(factor: SecondFactor, member: StaffMember, clinic: str) -> str:
    """The otpauth address that an app reads from a QR code."""
    return pyotp.TOTP(key_of(factor)).provisioning_uri(name=str(member.email), issuer_name=clinic)


def confirm(session: Session, member: StaffMember, code: str, now: datetime) -> list[str] | None:
    """The app shows the right code: from now on it is asked for. Returns the recovery codes, None for a wrong code."""
    factor = session.get(SecondFactor, member.id, with_for_update=True)
    if factor is None or factor.confirmed_at is not None or _use(factor, code, now) is not Outcome.RIGHT:
        return None
    factor.confirmed_at = now
    return new_codes(session, int(member.id))


def check(session: Session, member: StaffMember, code: str, now: datetime) -> Outcome:
    """Use a code of the app or one on paper. Each counts once: two who use the same at once do not both get in."""
    factor = session.get(SecondFactor, member.id, with_for_update=True, populate_existing=True)
    if factor is None or factor.confirmed_at is None:
        return Outcome.WRONG
    if _digits(code):
        return _use(factor, code, now)
    row = session.execute(
        select(RecoveryCode)
        .where(RecoveryCode.staff_id == member.id, RecoveryCode.code_hash == _hash(code))
        .with_for_update()
    ).scalar_one_or_none()
    if row is None:
        return Outcome.WRONG
    if row.used_at is not None:
        return Outcome.USED
    row.used_at = now
    return Outcome.RIGHT


def new_codes(session: Session, staff_id: int) -> list[str]:
    """New recovery codes, 80 random bits each, in place of all earlier ones. Only hashes are stored."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = [_code() for _ in range(HOW_MANY_CODES)]
    session.add_all(RecoveryCode(staff_id=staff_id, code_hash=_hash(code)) for code in codes)
    session.flush()
    return codes


def codes_left(session: Session, staff_id: int) -> int:
    """How many recovery codes were not used."""
    statement = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None)
    )
    return int(session.execute(statement).scalar_one())


def enrolled(session: Session) -> set[int]:
    """The members who have a second factor."""
    statement = select(SecondFactor.staff_id).where(SecondFactor.confirmed_at.is_not(None))
    return {int(one) for one in session.execute(statement).scalars()}


def remove(session: Session, staff_id: int) -> None:
    """Without a second factor from now on, until another is set up."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    session.execute(delete(SecondFactor).where(SecondFactor.staff_id == staff_id))


def _use(factor: SecondFactor, code: str, now: datetime) -> Outcome:
    digits = _digits(code)
    totp = pyotp.TOTP(key_of(factor), interval=_STEP)
    current = int(now.timestamp()) // _STEP
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        if digits and hmac.compare_digest(totp.generate_otp(step), digits):
            if step <= factor.last_step:
                return Outcome.USED
            factor.last_step = step
            return Outcome.RIGHT
    return Outcome.WRONG


def _digits(code: str) -> str:
    """The six digits of an app, however they were grouped; empty for anything else."""
    plain = re.sub(r"[\s-]", "", code)
    return plain if re.fullmatch(r"[0-9]{6}", plain) else ""


def _code() -> str:
    plain = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(plain[at : at + 4] for at in range(0, 16, 4))


def _hash(code: str) -> str:
    return hashlib.sha256(re.sub(r"[\s-]", "", code).lower().encode()).hexdigest()
