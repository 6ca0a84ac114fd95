"""The routes of the web chat, to be mounted by the web process."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.care import conversations
from bot.care.alerts import in_crisis
from bot.care.conversations import Reply
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.listen import LiveFeed
from bot.care.models import Channel, WebSession
from bot.channels.immediate import immediate_reply
from bot.channels.web_chat.errors import BadMessage, CannotStore, OtherOrigin, TooLong, UnknownSession
from bot.channels.web_chat.events import event_stream
from bot.channels.web_chat.sessions import COOKIE, greet, open_session, session_of
from bot.channels.web_chat.wire import (
    LONGEST_TEXT,
    Incoming,
    incoming,
    json_body,
    message_json,
    unstored_reply_json,
)
from bot.clinic.clock import Clock
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

COOKIE_DAYS = 90
PAGE = 50


class Assessing(Protocol):
    """What the web chat needs of the screen."""

    def assess(self, text: str, context: str | None = None) -> Verdict:
        """The verdict on a text. Never raises."""


def web_chat_routes(
    *, engine: Engine, clinic: Clinic, clock: Clock, screen: Assessing, phrases: Phrases, feed: LiveFeed
) -> list[Route]:
    """`/chat/...`. feed: started by the caller."""
    chat = _WebChat(engine, clinic, clock, screen, phrases, feed)
    return [
        Route("/chat/session", chat.guarded(chat.session), methods=["POST"]),
        Route("/chat/messages", chat.guarded(chat.post), methods=["POST"]),
        Route("/chat/messages", chat.guarded(chat.history), methods=["GET"]),
        Route("/chat/events", chat.guarded(chat.events), methods=["GET"]),
    ]


class _WebChat:
    def __init__(
        self,
        engine: Engine,
        clinic: Clinic,
        clock: Clock,
        screen: Assessing,
        phrases: Phrases,
        feed: LiveFeed,
    ) -> None:
        self._engine, self._clinic, self._clock = engine, clinic, clock
        self._screen, self._phrases, self._feed = screen, phrases, feed

    def guarded(
        self, view: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """`view` for pages of allowed origins, with every error in the form that the widget understands."""

        async def answer(request: Request) -> Response:
            try:
                self._check_origin(request)
                return await view(request)
            except AftercareError as error:
                return self._refused(error)
            except SQLAlchemyError as error:
                log.error("%s failed: %s", request.url.path, type(error).__name__)
                return self._refused(CannotStore())

        return answer

    async def session(self, request: Request) -> Response:
        """The session of this browser, made where there is none. Sets the cookie."""
        state, token = await run_in_threadpool(self._session, request.cookies.get(COOKIE))
        response = JSONResponse(state)
        if token is not None:
            set_cookie(response, token, secure=request.url.scheme == "https")
        return response

    async def post(self, request: Request) -> Response:
        """Take in one message: screen it, store it once, answer at once where the screen calls for it."""
        message = incoming(await json_body(request))
        token = request.cookies.get(COOKIE)
        try:
            return JSONResponse(await run_in_threadpool(self._receive, token, message), status_code=202)
        except (AftercareError, SQLAlchemyError) as error:
            # In crisis the text comes whatever else is broken: the session unknown, the database away.
            reply = await run_in_threadpool(self._unstored_reply, message)
            if not isinstance(error, AftercareError):
                log.error("a message could not be stored: %s", type(error).__name__)
                error = CannotStore()
            return self._refused(CannotStore() if isinstance(error, DatabaseUnavailable) else error, reply)

    async def history(self, request: Request) -> Response:
        """Messages before a number (or the newest), oldest first."""
        before = _number(request.query_params.get("before"), "before")
        limit = min(_number(request.query_params.get("limit"), "limit") or PAGE, 200)
        return JSONResponse(
            await run_in_threadpool(self._history, request.cookies.get(COOKIE), before, limit)
        )

    async def events(self, request: Request) -> Response:
        """The stream of server-sent events, from the number in Last-Event-ID or `after` on."""
        after = _number(request.headers.get("last-event-id") or request.query_params.get("after"), "after")
        conversation_id = await run_in_threadpool(self._conversation, request.cookies.get(COOKIE))
        return event_stream(self._engine, self._feed, self._clinic, self._clock, conversation_id, after or 0)

    def _session(self, token: str | None) -> tuple[dict[str, Any], str | None]:
        now = self._clock.now()
        with transaction(self._engine) as session:
            new_token = None
            web_session = session_of(session, token)
            if web_session is None:
                new_token, web_session = open_session(session, now)
            web_session.last_seen_at = now
            greet(session, web_session, self._clinic, self._phrases, now)
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
                "verified": bool(web_session.verified),
                "name": patient.name if patient is not None and web_session.verified else None,
                "crisis": in_crisis(session, int(web_session.conversation_id)),
                "last_seq": web_session.conversation.last_seq,
            }
        return state, new_token

    def _receive(self, token: str | None, message: Incoming) -> dict[str, Any]:
        with transaction(self._engine) as session:
            conversation_id = _required(session_of(session, token))
            question = conversations.question_just_asked(session, conversation_id)
        # Outside a transaction: the screen needs no database and takes its time.
        verdict = self._assess(message, question)
        now = self._clock.now()
        reply = immediate_reply(verdict, message.text, Channel.WEB, self._phrases, self._clinic, now)
        if message.too_long and not verdict.level.needs_staff:
            raise TooLong(
                f"This message is longer than {LONGEST_TEXT} characters. Send the main point in a few sentences."
            )
        with transaction(self._engine) as session:
            received = conversations.receive(
                session,
                conversation_id,
                channel=Channel.WEB,
                external_id=message.id,
                text=message.text[:LONGEST_TEXT],
                verdict=verdict,
                now=now,
                immediate_reply=reply,
                choice=message.choice,
            )
            return {
                "message": message_json(received.message),
                "reply": message_json(received.reply, int(received.message.seq)) if received.reply else None,
            }

    def _assess(self, message: Incoming, question: str | None) -> Verdict:
        """The verdict on what was typed; for a tapped button, on the number it stands for as well."""
        verdict = self._screen.assess(message.text, question)
        if message.choice is not None:
            verdict = max(
                verdict, self._screen.assess(message.choice, question), key=lambda one: one.level.rank
            )
        return verdict

    def _unstored_reply(self, message: Incoming) -> dict[str, Any] | None:
        verdict = self._assess(message, None)
        now = self._clock.now()
        reply: Reply | None = immediate_reply(
            verdict, message.text, Channel.WEB, self._phrases, self._clinic, now
        )
        return unstored_reply_json(reply, verdict.level) if reply else None

    def _history(self, token: str | None, before: int | None, limit: int) -> dict[str, Any]:
        with transaction(self._engine) as session:
            conversation_id = _required(session_of(session, token))
            messages = conversations.messages_before(session, conversation_id, before, limit + 1)
            more = len(messages) > limit
            return {"messages": [message_json(message) for message in messages[-limit:]], "more": more}

    def _conversation(self, token: str | None) -> int:
        with transaction(self._engine) as session:
            return _required(session_of(session, token))

    def _check_origin(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin is None or request.headers.get("sec-fetch-site") in ("same-origin", "none"):
            return
        own = f"{request.url.scheme}://{request.headers.get('host', '')}"
        if origin.rstrip("/") not in {
            own,
            *(allowed.rstrip("/") for allowed in self._clinic.web.allowed_origins),
        }:
            raise OtherOrigin()

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
    response.set_cookie(
        COOKIE, token, max_age=COOKIE_DAYS * 86_400, path="/", httponly=True, samesite="lax", secure=secure
    )


def _required(web_session: WebSession | None) -> int:
    if web_session is None:
        raise UnknownSession()
    return int(web_session.conversation_id)


def _number(value: str | None, name: str) -> int | None:
    if value is None or value == "":
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise BadMessage(f"{name} is not a number. Leave it out, or send the number of a message.")
    return int(value)
