"""The routes of the phone simulator. They exist in a demo clinic without a carrier's account, and nowhere else."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from sqlalchemy import select
from sqlalchemy.engine import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Channel, Message, PhoneNumber
from bot.care.people import BadNumber, e164
from bot.care.transcript import messages_before
from bot.channels.simulator.calling import call_signed
from bot.channels.sms.segments import LONGEST, cost
from bot.channels.sms.settings import INBOUND, SmsSettings
from bot.clinic.settings import Clinic

PAGE = "/demo/phone"
DEMO_NUMBERS = ("+12125550161", "+12125550162")
"""Two phones that lie ready; 555-01xx numbers belong to nobody."""

_STATIC = Path(__file__).parent / "static"
_FILES = {"phone.css": "text/css", "phone.js": "text/javascript", "phone.svg": "image/svg+xml"}
_BODY_LIMIT = 32_768
_SHOWN = 200
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def simulator_routes(*, engine: Engine, clinic: Clinic, settings: SmsSettings) -> list[Route]:
    """The page `/demo/phone` with what it needs, to be mounted beside `sms_routes`.

    No routes (so 404) where the clinic is not a demo or real phones are texted: the page shows anybody's messages.
    """
    if not clinic.demo or settings.mode != "simulator":
        return []
    phone = _Phone(engine, clinic, settings)
    return [
        Route(PAGE, _page, methods=["GET"]),
        Route(PAGE + "/send", phone.send, methods=["POST"]),
        Route(PAGE + "/messages", phone.messages, methods=["GET"]),
        Route(PAGE + "/{file:str}", _file, methods=["GET"]),
    ]


async def _page(request: Request) -> Response:
    return FileResponse(_STATIC / "phone.html", media_type="text/html", headers=_HEADERS)


async def _file(request: Request) -> Response:
    name = request.path_params["file"]
    if name not in _FILES:
        return _error(404, "There is no such file.")
    return FileResponse(_STATIC / name, media_type=_FILES[name], headers=_HEADERS)


class _Phone:
    def __init__(self, engine: Engine, clinic: Clinic, settings: SmsSettings) -> None:
        self._engine = engine
        self._clinic = clinic
        self._settings = settings

    async def send(self, request: Request) -> Response:
        """Text as a number: JSON {"number", "text", "photos": 0 to 10, "sid": optional, to deliver the same again}.

        200 with {"sid", "number"} once the inbound route has taken it; otherwise its status, or 400, 413, 415.
        """
        # A form of another site could not send this type without asking first.
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return _error(415, "Send JSON.")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _BODY_LIMIT:
                return _error(413, "That is more than a phone can text.")
        try:
            wish = json.loads(body)
            number = e164(str(wish["number"]))
            text, photos = str(wish.get("text") or ""), int(wish.get("photos") or 0)
            sid = str(wish.get("sid") or "SM" + uuid.uuid4().hex)
            text.encode()
        except BadNumber as error:
            return _error(400, str(error))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return _error(400, "This is no text message. Send number and text.")
        if len(text) > LONGEST or not 0 <= photos <= 10:
            return _error(400, f"A text message holds at most {LONGEST} characters and 10 photos.")
        form = {
            "MessageSid": sid,
            "AccountSid": self._settings.account_sid,
            "From": number,
            "To": self._settings.sender,
            "Body": text,
            "NumMedia": str(photos),
            "NumSegments": str(max(cost(text).segments, 1)),
        }
        answered = await call_signed(request.app, self._settings, INBOUND, form)
        if answered.status != 200:
            return _error(answered.status, answered.body.decode("utf-8", "replace"))
        # What the answer says to send back is on this phone now, and the carrier reports it.
        for message in ElementTree.fromstring(answered.body).iter("Message"):
            await self._report(request, message.get("statusCallback"))
        return JSONResponse({"sid": sid, "number": number}, headers=_HEADERS)

    async def messages(self, request: Request) -> Response:
        """What the phone of `?number=` shows: {"number", "clinic", "messages"}, oldest first; 400 for no number."""
        try:
            number = e164(request.query_params.get("number", ""))
        except BadNumber as error:
            return _error(400, str(error))
        try:
            shown = await run_in_threadpool(self._shown, number)
        except DatabaseUnavailable as error:
            return _error(error.status, str(error))
        clinic = {"name": self._clinic.name, "number": self._settings.sender}
        return JSONResponse({"number": number, "clinic": clinic, "messages": shown}, headers=_HEADERS)

    async def _report(self, request: Request, callback: str | None) -> None:
        if not callback:
            return
        address = urlsplit(callback)
        form = {
            "MessageSid": "SM" + uuid.uuid4().hex,
            "AccountSid": self._settings.account_sid,
            "MessageStatus": "delivered",
        }
        path = address.path[len(urlsplit(self._settings.public_url).path) :]
        await call_signed(request.app, self._settings, path, form, address.query)

    def _shown(self, number: str) -> list[dict[str, Any]]:
        with transaction(self._engine) as session:
            phone = session.execute(
                select(PhoneNumber).where(PhoneNumber.number == number)
            ).scalar_one_or_none()
            if phone is None:
                return []
            messages = messages_before(session, int(phone.conversation_id), None, limit=_SHOWN)
            return [_bubble(message) for message in messages if message.channel == Channel.SMS.value]


def _bubble(message: Message) -> dict[str, Any]:
    price = cost(message.text)
    return {
        "id": int(message.id),
        "from": message.sender,
        "text": message.text,
        "at": message.at.isoformat(),
        "state": message.state,
        "failure": message.failure,
        "photos": message.media_count,
        "segments": price.segments,
        "encoding": price.encoding,
    }


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message}}, status_code=status, headers=_HEADERS)
