"""What a browser carries to prove its session: made and signed by the server, unguessable, read without the database.

A token proves by itself which conversation it opens, so that a message can be kept while the database is away: the
session's random name, the conversation and the time of issue, signed. One that is made while the database is away names
no conversation yet; it gets one when its first message is taken in. With the database there, the database decides, by
the token's hash, which is all that it holds of it: whoever learns the signing secret still opens nothing.

It is carried in a cookie. Where a browser refuses the cookie of a page on another origin, the page itself keeps it and
sends it in a header. The two kinds differ: neither is taken where the other belongs.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request

from bot.channels.web_chat.errors import OtherConversation, Unproven
from bot.clinic.secret import app_secret
from bot.clinic.settings import Clinic

COOKIE = "aftercare_session"
HEADER = "Aftercare-Session"
KEPT_BY_PAGE = "page."
"""How a token begins that the page keeps."""

_SALTS = {False: "aftercare.web-session.v1", True: "aftercare.web-session.page.v1"}
_NONE_YET = 0


@dataclass(frozen=True)
class Proof:
    """What a token proves without the database. Whether the session was revoked is known to the database only.

    token_hash: names the session in the database; conversation_id: as it was when the token was issued, None where that
    was while the database was away.
    """

    token_hash: str
    conversation_id: int | None
    issued_at: datetime


def carried(request: Request) -> str | None:
    """The token that a request brings, in the header where the page keeps it; None where there is none."""
    if HEADER in request.headers:
        token = request.headers[HEADER]
        return token if token.startswith(KEPT_BY_PAGE) else None
    token = request.cookies.get(COOKIE, "")
    return token if token and not token.startswith(KEPT_BY_PAGE) else None


def new_token(conversation_id: int | None, now: datetime, *, by_page: bool = False) -> str:
    """A token for a new session. conversation_id: None where the database is away; by_page: the page keeps it."""
    # The random name alone has 256 bits: a token cannot be guessed, signed or not.
    content = [secrets.token_urlsafe(32), conversation_id or _NONE_YET, int(now.timestamp())]
    return (KEPT_BY_PAGE if by_page else "") + str(_signer(by_page).dumps(content))


def token_hash(token: str) -> str:
    """What the database and the spool hold of a token: it names a session, and opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def public_name(conversation_id: int) -> str:
    """What a page calls a conversation, to tell it from others. It opens nothing."""
    return token_hash(f"conversation {conversation_id}")[:16]


def lasts(clinic: Clinic) -> timedelta:
    """How long a browser keeps its session, and how long a token proves anything by itself."""
    return timedelta(days=clinic.web.session_days)


def proven(token: str | None, clinic: Clinic, now: datetime) -> Proof | None:
    """What a token proves by its signature; None where it is not ours, or has expired. now: aware."""
    if not token:
        return None
    by_page = token.startswith(KEPT_BY_PAGE)
    try:
        content = _signer(by_page).loads(token.removeprefix(KEPT_BY_PAGE))
        if token.removeprefix(KEPT_BY_PAGE) != _signer(by_page).dumps(content):
            return None  # the same signature in other letters: a token has one spelling, and one hash
        _, conversation_id, issued = content
        issued_at = datetime.fromtimestamp(int(issued), timezone.utc)
        proof = Proof(token_hash(token), int(conversation_id) or None, issued_at)
    except (BadData, TypeError, ValueError, OverflowError):
        return None
    return proof if now - proof.issued_at <= lasts(clinic) else None


def prove(token: str | None, clinic: Clinic, now: datetime, conversation: str | None = None) -> Proof:
    """What a message that is kept belongs to. conversation: the name of the one that the page shows, if it says so.

    Raises Unproven, OtherConversation: what was typed to one conversation must not land in another.
    """
    proof = proven(token, clinic, now)
    if proof is None:
        raise Unproven()
    if conversation and proof.conversation_id and conversation != public_name(proof.conversation_id):
        raise OtherConversation()
    return proof


def _signer(by_page: bool) -> URLSafeSerializer:
    return URLSafeSerializer(
        app_secret(), salt=_SALTS[by_page], signer_kwargs={"digest_method": hashlib.sha256}
    )
