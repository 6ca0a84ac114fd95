"""What every answer goes through: its headers, and errors that say nothing of a patient."""

from __future__ import annotations

import logging
import re
import traceback

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class SecurityHeaders:
    """ASGI middleware; it touches headers only, so that event streams pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to an HTTP answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class QuietErrors:
    """ASGI middleware: an unforeseen error ends here, as an honest answer and one line in the log.

    Starlette and uvicorn would print its text and its traceback, which may quote a patient.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 where the answer has not begun yet; otherwise the connection is closed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noticing(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noticing)
        except Exception as error:
            log.error("%s %s failed: %s", scope["method"], loggable(scope["path"]), _kind_and_place(error))
            if not begun:
                body = {
                    "error": {
                        "code": "AC001",
                        "message": "Something went wrong on our side. Please try again, or call the clinic.",
                    }
                }
                await JSONResponse(body, status_code=500)(scope, receive, send)


def loggable(path: str) -> str:
    """A path for the log, which anybody on the network may have made up: one line, and no token that stands in it."""
    return re.sub(r"[^/]{20,}", "...", re.sub(r"[^\w/.~:-]", "?", path, flags=re.ASCII))


def _kind_and_place(error: Exception) -> str:
    """Enough to find the fault, without its words: the kind, and where in the code it came up."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frames[-1].filename}:{frames[-1].lineno}"
