"""The routes of the web chat, to be mounted by the web process."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.care import conversations
from bot.care.alerts import in_crisis
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.listen import LiveFeed
from bot.care.models import Channel
from bot.channels.follow_up import Before
from bot.channels.spool import NotKept
from bot.channels.take_in import DISK_PATIENCE, StillKept, TakeIn
from bot.channels.web_chat.errors import BadMessage, CannotStore, ChatAway, OtherOrigin
from bot.channels.web_chat.events import event_stream
from bot.channels.web_chat.intake import Assessing, Intake, Place
from bot.channels.web_chat.sessions import (
    COOKIE,
    LASTS,
    greet,
    open_session,
    public_name,
    require,
    session_of,
)
from bot.channels.web_chat.wire import Incoming, incoming, json_body, message_json
from bot.clinic.clock import Clock
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

PAGE = 50

PATIENCE = 5.0
"""Seconds for one look at the database. The widget waits 20; the answer to a person in crisis must be out before."""

T = TypeVar("T")


def web_chat_routes(
    *,
    engine: Engine,
    clinic: Clinic,
    clock: Clock,
    screen: Assessing,
    phrases: Phrases,
    feed: LiveFeed,
    take_in: TakeIn,
    patience: float = PATIENCE,
) -> list[Route]:
    """`/chat/...`.

    feed: started by the caller; take_in: keeps what cannot be stored; patience: seconds that a look at the database may
    take.
    """
    intake = Intake(engine, clinic, clock, screen, phrases)
    take_in.register(Channel.WEB, intake)
    chat = _WebChat(intake, feed, take_in, patience)
    return [
        Route("/chat/session", chat.guarded(chat.session), methods=["POST"]),
        Route("/chat/messages", chat.guarded(chat.post), methods=["POST"]),
        Route("/chat/messages", chat.guarded(chat.history), methods=["GET"]),
        Route("/chat/events", chat.guarded(chat.events), methods=["GET"]),
        Route("/chat/{what}", chat.guarded(chat.ask_first), methods=["OPTIONS"]),
    ]


class _WebChat:
    def __init__(self, intake: Intake, feed: LiveFeed, take_in: TakeIn, patience: float) -> None:
        self._intake, self._feed, self._take_in, self._patience = intake, feed, take_in, patience
        self._engine, self._clinic, self._clock = intake.engine, intake.clinic, intake.clock
        self._allowed = frozenset(map(_origin, intake.clinic.web.allowed_origins))
        # Threads of their own: those that wait for a database which is away must never keep the screen waiting.
        self._screening = anyio.CapacityLimiter(4)
        self._storing = anyio.CapacityLimiter(16)
        self._keeping = anyio.CapacityLimiter(16)

    def guarded(
        self, view: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """`view` for pages of allowed origins, with every error in the form that the widget understands."""

        async def answer(request: Request) -> Response:
            try:
                self._check_origin(request)
                response = await view(request)
            except (DatabaseUnavailable, SQLAlchemyError) as error:
                log.error("%s failed: %s", request.url.path, type(error).__name__)
                response = self._refused(ChatAway())
            except AftercareError as error:
                response = self._refused(error)
            if request.headers.get("origin") in self._allowed:
                response.headers["Access-Control-Allow-Origin"] = request.headers["origin"]
                response.headers["Access-Control-Allow-Credentials"] = "true"
                response.headers.add_vary_header("Origin")
            return response

        return answer

    async def ask_first(self, request: Request) -> Response:
        """What a browser asks before it lets a page of another, allowed origin use the chat."""
        headers = {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Content-Type, Last-Event-ID",
            "Access-Control-Max-Age": "600",
        }
        return Response(status_code=204, headers=headers)

    async def session(self, request: Request) -> Response:
        """The session of this browser, made where there is none. Sets the cookie."""
        state, token = await run_in_threadpool(self._session, request.cookies.get(COOKIE))
        response = JSONResponse(state)
        if token is not None:
            set_cookie(response, token, secure=self._encrypted(request))
        return response

    async def post(self, request: Request) -> Response:
        """Take in one message: screen it, store it once, answer at once where the screen calls for it.

        With the database away it is kept on disk. In crisis the text comes whatever is broken: the session unknown, the
        database away or slow, the disk full.
        """
        message = incoming(await json_body(request))
        token = request.cookies.get(COOKIE)
        place, trouble = None, None
        try:
            place = await self._in_time(lambda: self._place(token, message.conversation))
        except Exception as error:
            trouble = error
        before = place.before if place is not None else Before()
        verdict = await anyio.to_thread.run_sync(
            self._intake.assess, message, before, limiter=self._screening
        )
        if place is not None:
            where = place
            try:
                stored = await self._in_time(lambda: self._intake.store(where, message, verdict))
                return JSONResponse(stored, status_code=202)
            except Exception as error:
                trouble = error
        if _ours(trouble):
            # The name only: a traceback may hold the patient's words.
            log.error("a message could not be stored: %s", type(trouble).__name__)
            try:
                return JSONResponse(await self._keep(token, place, message, verdict), status_code=202)
            except Exception as error:
                log.error("a message could not be kept: %s", type(error).__name__)
                trouble = error if isinstance(error, AftercareError) and not _ours(error) else CannotStore()
        reply = await anyio.to_thread.run_sync(
            self._intake.unstored_reply, message, verdict, limiter=self._screening
        )
        assert isinstance(trouble, AftercareError)
        return self._refused(trouble, reply)

    async def history(self, request: Request) -> Response:
        """Messages before a number (or the newest), oldest first."""
        before = _number(request.query_params.get("before"), "before")
        limit = min(_number(request.query_params.get("limit"), "limit") or PAGE, 200)
        page = await run_in_threadpool(
            self._history, request.cookies.get(COOKIE), _named(request), before, limit
        )
        return JSONResponse(page)

    async def events(self, request: Request) -> Response:
        """The stream of server-sent events, from the number in Last-Event-ID or `after` on."""
        after = _number(request.headers.get("last-event-id") or request.query_params.get("after"), "after")
        conversation_id = await run_in_threadpool(
            self._conversation, request.cookies.get(COOKIE), _named(request)
        )
        return event_stream(self._engine, self._feed, self._clinic, self._clock, conversation_id, after or 0)

    def _session(self, token: str | None) -> tuple[dict[str, Any], str | None]:
        now = self._clock.now()
        with transaction(self._engine) as session:
            new_token = None
            web_session = session_of(session, token)
            if web_session is None:
                new_token, web_session = open_session(session, now)
            web_session.last_seen_at = now
            greet(session, web_session, self._clinic, self._intake.phrases, now)
            patient = web_session.conversation.patient
            state = {
                "session": "ok",
                "clinic": {
                    "name": self._clinic.name,
                    "phone": self._clinic.phone,
                    "after_hours_phone": self._clinic.after_hours_phone,
                    "crisis_line": self._clinic.crisis_line,
                    "ambulance": self._clinic.ambulance,
                    "on_shift": self._clinic.is_open(now),
                },
                "conversation": public_name(int(web_session.conversation_id)),
                "verified": bool(web_session.verified),
                "name": patient.name if patient is not None and web_session.verified else None,
                "crisis": in_crisis(session, int(web_session.conversation_id)),
                "last_seq": web_session.conversation.last_seq,
            }
        return state, new_token

    def _history(
        self, token: str | None, conversation: str | None, before: int | None, limit: int
    ) -> dict[str, Any]:
        with transaction(self._engine) as session:
            conversation_id = int(require(session, token, conversation).conversation_id)
            messages = conversations.messages_before(session, conversation_id, before, limit + 1)
            more = len(messages) > limit
            return {"messages": [message_json(message) for message in messages[-limit:]], "more": more}

    def _conversation(self, token: str | None, conversation: str | None) -> int:
        with transaction(self._engine) as session:
            return int(require(session, token, conversation).conversation_id)

    def _place(self, token: str | None, conversation: str | None) -> Place:
        self._take_in.first()
        return self._intake.place(token, conversation)

    async def _keep(
        self, token: str | None, place: Place | None, message: Incoming, verdict: Verdict
    ) -> dict[str, Any]:
        with anyio.fail_after(DISK_PATIENCE):
            return await anyio.to_thread.run_sync(
                self._intake.keep,
                token,
                place,
                message,
                verdict,
                self._take_in.spool,
                limiter=self._keeping,
                abandon_on_cancel=True,
            )

    async def _in_time(self, work: Callable[[], T]) -> T:
        """`work` in a thread. Raises TimeoutError when it takes too long; it is then left to end by itself."""
        with anyio.fail_after(self._patience):
            return await anyio.to_thread.run_sync(work, limiter=self._storing, abandon_on_cancel=True)

    def _check_origin(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin is None or request.headers.get("sec-fetch-site") in ("same-origin", "none"):
            return
        own = f"{request.url.scheme}://{request.headers.get('host', '')}"
        if origin not in {own, _origin(self._clinic.web.public_url), *self._allowed}:
            raise OtherOrigin()

    def _encrypted(self, request: Request) -> bool:
        """Whether the browser came over TLS, be it that something in front of us ended it."""
        public = urlsplit(self._clinic.web.public_url)
        return request.url.scheme == "https" or (
            public.scheme == "https" and request.headers.get("host", "") == public.netloc
        )

    def _refused(self, error: AftercareError, reply: dict[str, Any] | None = None) -> Response:
        phone = (
            self._clinic.phone if self._clinic.is_open(self._clock.now()) else self._clinic.after_hours_phone
        )
        body: dict[str, Any] = {"error": {"code": error.code, "message": str(error), "phone": phone}}
        if reply is not None:
            body["reply"] = reply
        return JSONResponse(body, status_code=error.status)


def set_cookie(response: Response, token: str, secure: bool) -> None:
    """Give the browser its session. secure: the page came over TLS."""
    seconds = int(LASTS.total_seconds())
    response.set_cookie(
        COOKIE, token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=secure
    )


def _ours(trouble: Exception | None) -> bool:
    """Whether the fault is on our side, and not in what was sent."""
    return not isinstance(trouble, AftercareError) or isinstance(
        trouble, (DatabaseUnavailable, StillKept, NotKept)
    )


def _named(request: Request) -> str | None:
    return request.query_params.get("conversation")


def _origin(address: str) -> str:
    """Scheme, host and port of an address, as browsers write them in Origin."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _number(value: str | None, name: str) -> int | None:
    if value is None or value == "":
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise BadMessage(f"{name} is not a number. Leave it out, or send the number of a message.")
    return int(value)
