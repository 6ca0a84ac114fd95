"""Between the chat and a browser: which pages may use it, its cookie, and errors in the form that the widget knows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import Engine
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.limits import TooMany
from bot.channels.web_chat.errors import CannotStore, ChatAway, OtherOrigin, Unproven
from bot.channels.web_chat.tokens import COOKIE, HEADER, KEPT_BY_PAGE, lasts
from bot.channels.web_chat.working import Working
from bot.clinic.clock import Clock
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic

WITHOUT_DATABASE = (ChatAway, CannotStore, Unproven)
"""The database has just failed or is slow: what says so asks it nothing more."""


class Boundary:
    """What every answer of the chat goes through."""

    def __init__(self, engine: Engine, clinic: Clinic, clock: Clock) -> None:
        self._clinic, self._clock = clinic, clock
        self._working = Working(engine, clinic)
        self._allowed = frozenset(map(_origin, clinic.web.allowed_origins))

    def check_origin(self, request: Request) -> None:
        """Raises OtherOrigin for a page that may not use the chat.

        Browsers name the page's origin, or at least whether it is ours, with whatever changes something; what names
        neither is no browser, and has no cookie that somebody else could use.
        """
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        if site in ("same-origin", "none"):
            return
        if origin is None:
            if site is not None and request.method not in ("GET", "HEAD"):
                raise OtherOrigin()
            return
        own = f"{request.url.scheme}://{request.headers.get('host', '')}"
        if origin not in {own, _origin(self._clinic.web.public_url), *self._allowed}:
            raise OtherOrigin()

    def let_read(self, request: Request, response: Response) -> None:
        """Let a page of an allowed origin read the answer."""
        if request.headers.get("origin") in self._allowed:
            response.headers["Access-Control-Allow-Origin"] = request.headers["origin"]
            response.headers["Access-Control-Allow-Credentials"] = "true"
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
            response.headers.add_vary_header("Origin")

    def look_ahead(self, response: Response) -> None:
        """Once this answer is out, read what later refusals need to know, where that is due: a refusal itself may come
        because the database is away."""
        if response.background is None and self._working.due:
            response.background = BackgroundTask(self._working.look)

    def ask_first(self) -> Response:
        """What a browser asks before it lets a page of another, allowed origin use the chat."""
        headers = {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": f"Content-Type, Last-Event-ID, {HEADER}",
            "Access-Control-Max-Age": "600",
        }
        return Response(status_code=204, headers=headers)

    def by_page(self, request: Request, asked: object = None) -> bool:
        """Whether the page keeps its token: it is one of another origin that we allow, and sends the header or asks for
        it. asked: what the body says under `keep`."""
        return request.headers.get("origin") in self._allowed and (
            HEADER in request.headers or asked == "page"
        )

    def give(self, request: Request, body: dict[str, Any], status: int, token: str | None) -> Response:
        """An answer with a session that is new, if `token` names one: in the cookie, or in the body for a page that
        keeps it itself."""
        if token is not None and token.startswith(KEPT_BY_PAGE):
            return JSONResponse({**body, "token": token}, status_code=status)
        response = JSONResponse(body, status_code=status)
        if token is not None:
            self._give_cookie(request, response, token)
        return response

    async def refused(
        self,
        error: AftercareError,
        reply: dict[str, Any] | None = None,
        *,
        request: Request | None = None,
        token: str | None = None,
    ) -> Response:
        """The error with the number that is answered now, holidays of the roster considered. reply: a safety text that
        goes with it; token: of a session that `request` is given all the same."""
        if reply is None and not isinstance(error, WITHOUT_DATABASE):
            await self._working.look()
        open_now = self._working.open_at(self._clock.now())
        phone = self._clinic.phone if open_now else self._clinic.after_hours_phone
        body: dict[str, Any] = {"error": {"code": error.code, "message": str(error), "phone": phone}}
        if reply is not None:
            body["reply"] = reply
        if request is not None:
            return self.give(request, body, error.status, token)
        headers = {"Retry-After": str(error.after)} if isinstance(error, TooMany) else None
        return JSONResponse(body, status_code=error.status, headers=headers)

    def _give_cookie(self, request: Request, response: Response, token: str) -> None:
        """Give the browser its session.

        A page of another site keeps it in a jar of its own (CHIPS, `Partitioned`): no other site can use it there, and
        no browser counts it as tracking.
        """
        if request.headers.get("origin") in self._allowed and self._from_other_site(request):
            age = int(lasts(self._clinic).total_seconds())
            cookie = f"{COOKIE}={token}; Max-Age={age}; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"
            response.headers.append("Set-Cookie", cookie)
        else:
            set_cookie(response, token, self._clinic, secure=self._encrypted(request))

    def _from_other_site(self, request: Request) -> bool:
        site = request.headers.get("sec-fetch-site")
        # Older browsers do not say; then it is safer to reckon with another site than to lose the session.
        return site == "cross-site" or site is None

    def _encrypted(self, request: Request) -> bool:
        """Whether the browser came over TLS, be it that something in front of us ended it."""
        public = urlsplit(self._clinic.web.public_url)
        return request.url.scheme == "https" or (
            public.scheme == "https" and request.headers.get("host", "") == public.netloc
        )


def set_cookie(response: Response, token: str, clinic: Clinic, secure: bool) -> None:
    """Give a browser its session, for pages of our own site. secure: the page came over TLS."""
    age = int(lasts(clinic).total_seconds())
    response.set_cookie(COOKIE, token, max_age=age, path="/", httponly=True, samesite="lax", secure=secure)


def _origin(address: str) -> str:
    """Scheme, host and port of an address, as browsers write them in Origin."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()
