"""The links of pages: unguessable, signed, known by their hash only, and good for one acknowledgement within a day.

A token is 160 random bits and 80 of a signature with the clinic's secret, in 48 letters and digits: a text message with
it is one part. What we did not sign, or what was mangled on its way, is refused before anything is asked of the
database. After the secret was changed, links of before are refused as well: that page leads to the queue.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import secrets
from datetime import datetime, timedelta

from itsdangerous import Signer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.models import PageLink
from bot.clinic.secret import BadSecret, app_secret

log = logging.getLogger(__name__)

LASTS = timedelta(hours=24)
_RANDOM, _SIGNED = 20, 10
"""Octets."""
_SALT = "aftercare.page-link.v1"


def new_token() -> str:
    """A token of ours, for one link. Where there is no secret to sign with it is none of ours, and opens nothing."""
    name = secrets.token_bytes(_RANDOM)
    try:
        signature = _signature(name)
    except BadSecret as error:  # no reason to page nobody: the link leads to the queue
        log.error("%s", error)
        signature = secrets.token_bytes(_SIGNED)
    return base64.b32encode(name + signature).decode("ascii").lower()


def is_ours(token: str) -> bool:
    """Whether we signed this token. Asks nothing of the database."""
    try:
        content = base64.b32decode(token.encode("ascii").upper())
    except (UnicodeEncodeError, binascii.Error):
        return False
    name, signature = content[:_RANDOM], content[_RANDOM:]
    return hmac.compare_digest(signature, _signature(name))


def link_of(session: Session, token: str) -> PageLink | None:
    """The link that a token of ours opens, locked; None where there is none, or the token is not ours."""
    if not is_ours(token):
        return None
    statement = select(PageLink).where(PageLink.token_hash == hash_of(token.lower()))
    found: PageLink | None = session.execute(statement.with_for_update()).scalar_one_or_none()
    return found


def is_spent(link: PageLink, now: datetime) -> bool:
    """Whether it acknowledges nothing any more: used, or older than a day."""
    return link.used_at is not None or now - link.made_at > LASTS


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _signature(name: bytes) -> bytes:
    signer = Signer(app_secret(), salt=_SALT, digest_method=hashlib.sha256)
    return signer.algorithm.get_signature(signer.derive_key(), name)[:_SIGNED]
