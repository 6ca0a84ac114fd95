"""Call our own webhooks as the carrier does: a signed form, through the whole application, without a socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.types import ASGIApp
from twilio.request_validator import RequestValidator

from bot.channels.sms.settings import SmsSettings
from bot.channels.sms.webhook import SIGNATURE


@dataclass(frozen=True)
class Answered:
    """What a webhook answered."""

    status: int
    body: bytes


async def call_signed(
    app: ASGIApp, settings: SmsSettings, path: str, form: dict[str, str], query: str = ""
) -> Answered:
    """POST `form` to one of our webhooks (path, query), signed with the account's secret over the public address.

    app: the whole application, so that the request takes the very way of the carrier's, middleware included.
    """
    signature = RequestValidator(settings.auth_token).compute_signature(settings.address(path, query), form)
    body = urlencode(form).encode()
    host = urlsplit(settings.public_url).netloc
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (b"host", host.encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", str(len(body)).encode()),
            (SIGNATURE.lower().encode(), signature.encode()),
        ],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
    status, received, sent = 500, bytearray(), False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = int(message["status"])
        elif message["type"] == "http.response.body":
            received.extend(message.get("body", b""))

    await app(scope, receive, send)
    return Answered(status, bytes(received))
