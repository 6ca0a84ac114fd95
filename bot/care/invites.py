"""Links that staff give to a patient: the browser that opens one first is verified. Each works once, for some days."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.models import Invite, Patient
from bot.care.people import UnknownPatient, patient_by_id
from bot.clinic.errors import AftercareError

LASTS = timedelta(days=3)
"""Long enough for a link that is handed over on a Friday, short enough that a found slip of paper opens nothing."""


class InviteRefused(AftercareError):
    """The link was used, has expired, was withdrawn, or never was one of ours. It is not said which."""

    code, status = "AC215", 403

    def __init__(self) -> None:
        super().__init__(
            "This link does not work any more. Ask the clinic for a new one. You can use the chat all the same; it "
            "just does not know who you are."
        )


def make_invite(session: Session, patient_id: int, staff_id: int, now: datetime) -> tuple[str, Invite]:
    """A new link's token, which is stored nowhere, and its row. Raises UnknownPatient."""
    token = secrets.token_urlsafe(24)
    invite = Invite(
        token_hash=_hash(token),
        patient_id=patient_by_id(session, patient_id).id,
        made_by_id=staff_id,
        made_at=now,
        expires_at=now + LASTS,
    )
    session.add(invite)
    session.flush()
    return token, invite


def redeem(session: Session, token: str, now: datetime) -> Patient:
    """Whose link it is; from now on it is used. Raises InviteRefused.

    Two browsers at once: the second waits for the first, and finds it used.
    """
    statement = select(Invite).where(Invite.token_hash == _hash(token)).with_for_update()
    invite = session.execute(statement).scalar_one_or_none()
    if (
        invite is None
        or invite.used_at is not None
        or invite.withdrawn_at is not None
        or invite.expires_at <= now
    ):
        raise InviteRefused()
    invite.used_at = now
    patient: Patient = invite.patient
    return patient


def withdraw(session: Session, invite_id: int, now: datetime) -> Invite:
    """A link that was not used works no more. Raises UnknownPatient where there is no such link."""
    invite = session.get(Invite, invite_id, with_for_update=True)
    if invite is None:
        raise UnknownPatient(f"There is no link {invite_id}. Go back to the patient.")
    if invite.used_at is None and invite.withdrawn_at is None:
        invite.withdrawn_at = now
    return invite


def invites_of(session: Session, patient_id: int, limit: int = 20) -> list[Invite]:
    """The links made for a patient, newest first."""
    statement = select(Invite).where(Invite.patient_id == patient_id)
    return list(session.execute(statement.order_by(Invite.id.desc()).limit(limit)).scalars())


def _hash(token: str) -> str:
    # A browser may send what is no text at all, such as half a surrogate pair.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
