"""A patient who is signed in at the clinic's portal: the portal's signature tells who they are.

`<payload>.<signature>`: the payload is base64url of a JSON object, the signature is HMAC-SHA256 over the payload as it
stands there, in base64url as well, both without padding (RFC 4648, section 5).

    {"patient": "MRN-1042", "nonce": "<16 to 64 random characters>", "issued": 1772557200, "expires": 1772557320}

`patient` is what the portal calls them; staff enter it on the patient's page. Times are seconds since 1970, UTC.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.care.models import IdentityUse, Patient
from bot.clinic.errors import AftercareError

VARIABLE = "AFTERCARE_IDENTITY_SECRET"
SHORTEST = 32
LONGEST = 2_000
LONGEST_LIFE = timedelta(minutes=5)
"""Between issue and expiry. The page that carries it is loaded in seconds."""
SKEW = timedelta(seconds=60)
"""By how much the portal's clock may be ahead of ours."""


class IdentityRefused(AftercareError):
    """The signed identity of a portal was not taken. The message is for whoever builds the portal's page."""

    code, status = "AC113", 403


class BadIdentitySecret(AftercareError):
    """The secret shared with the portal is too short to be one."""

    code = "AC114"


@dataclass(frozen=True)
class Identity:
    """What the portal has signed. expires_at: aware."""

    patient: str
    nonce: str
    expires_at: datetime


def load_identity_secret(environment: Mapping[str, str] | None = None) -> bytes | None:
    """The secret shared with the clinic's portal; None where there is none, and then nobody is verified this way.

    Raises BadIdentitySecret.
    """
    environment = os.environ if environment is None else environment
    given = environment.get(VARIABLE, "").strip()
    if given and len(given) < SHORTEST:
        raise BadIdentitySecret(
            f"{VARIABLE} is shorter than {SHORTEST} characters. Set a long random one, such as the output of "
            "`openssl rand -hex 32`, the same as at the portal, or unset it."
        )
    return given.encode() if given else None


def sign_identity(patient: str, nonce: str, issued: datetime, expires: datetime, secret: bytes) -> str:
    """What a portal writes into its page. For portals in Python, and for tests. issued, expires: aware."""
    content = {
        "patient": patient,
        "nonce": nonce,
        "issued": int(issued.timestamp()),
        "expires": int(expires.timestamp()),
    }
    payload = _encoded(json.dumps(content).encode())
    return f"{payload}.{_signature(payload, secret)}"


def read_identity(raw: str, secret: bytes | None, now: datetime) -> Identity:
    """Check signature and times. Raises IdentityRefused. now: aware."""
    if secret is None:
        raise IdentityRefused(
            f"No portal is set up. Set {VARIABLE}, the same secret as at the portal, and start again."
        )
    payload, _, signature = raw.partition(".")
    # Compared in constant time, and before anything in it is looked at.
    right = _signature(payload[:LONGEST], secret)
    if len(raw) > LONGEST or not hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace")):
        raise IdentityRefused(
            "The signature is not right. Sign the payload as it stands there, with the same secret."
        )
    try:
        content = json.loads(_decoded(payload))
        identity = Identity(
            content["patient"], content["nonce"], datetime.fromtimestamp(content["expires"], timezone.utc)
        )
        issued = datetime.fromtimestamp(content["issued"], timezone.utc)
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        raise IdentityRefused(
            "The payload is not as it should be. It holds patient, nonce, issued and expires."
        ) from None
    if not isinstance(identity.patient, str) or not isinstance(identity.nonce, str):
        raise IdentityRefused("The payload is not as it should be: patient and nonce are texts.")
    if re.search("[\x00\ud800-\udfff]", identity.patient):
        raise IdentityRefused("The payload is not as it should be: patient holds what no text can hold.")
    if not 16 <= len(identity.nonce) <= 64:
        raise IdentityRefused("The nonce is not 16 to 64 characters long. Make a random one for each page.")
    if not timedelta(0) < identity.expires_at - issued <= LONGEST_LIFE:
        raise IdentityRefused(
            f"It is valid for longer than {LONGEST_LIFE.seconds // 60} minutes. Sign one each time."
        )
    if issued > now + SKEW:
        raise IdentityRefused("It was issued in the future. Set the portal's clock.")
    if identity.expires_at <= now:
        raise IdentityRefused("It has expired. Load the page again.")
    return identity


def patient_of(session: Session, identity: Identity) -> Patient:
    """The patient whom an identity names. Raises IdentityRefused where staff have not entered that name."""
    found = session.execute(select(Patient).where(Patient.portal_id == identity.patient)).scalar_one_or_none()
    if found is None:
        raise IdentityRefused(
            "No patient has this name of the portal's. Staff enter it on the patient's page."
        )
    patient: Patient = found
    return patient


def use(session: Session, identity: Identity, now: datetime) -> None:
    """It opens no second browser. Raises IdentityRefused where it was used before, by two at once as well."""
    if not spend(session, identity, now):
        raise IdentityRefused("It was used before. Load the page again.")


def spend(session: Session, identity: Identity, now: datetime) -> bool:
    """It opens no browser from now on. False where it was used before."""
    session.execute(delete(IdentityUse).where(IdentityUse.expires_at < now - LONGEST_LIFE))
    nonce_hash = hashlib.sha256(identity.nonce.encode("utf-8", "replace")).hexdigest()
    statement = insert(IdentityUse).values(nonce_hash=nonce_hash, expires_at=identity.expires_at)
    return bool(session.execute(statement.on_conflict_do_nothing()).rowcount)


def _signature(payload: str, secret: bytes) -> str:
    return _encoded(hmac.new(secret, payload.encode("utf-8", "replace"), hashlib.sha256).digest())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
