"""The routes of the web chat, to be mounted by the web process."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.care.database import DatabaseUnavailable, transaction
from bot.care.listen import LiveFeed
from bot.care.models import Channel
from bot.care.transcript import messages_before
from bot.channels.assessing import Assessing
from bot.channels.follow_up import Before
from bot.channels.in_thread import in_thread
from bot.channels.limits import Addresses, Limits, hold_up
from bot.channels.spool import NotKept
from bot.channels.take_in import DISK_PATIENCE, StillKept, TakeIn
from bot.channels.web_chat.boundary import Boundary
from bot.channels.web_chat.errors import BadMessage, CannotStore, ChatAway, UnknownSession
from bot.channels.web_chat.events import event_stream
from bot.channels.web_chat.intake import Intake, Place
from bot.channels.web_chat.opening import Opening, Proofs
from bot.channels.web_chat.page import page_routes
from bot.channels.web_chat.picture import picture
from bot.channels.web_chat.sessions import require
from bot.channels.web_chat.tokens import carried, token_hash
from bot.channels.web_chat.wire import Incoming, incoming, is_shown, json_body, kept_json, message_json
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
    limits: Limits,
    identity_secret: bytes | None = None,
    patience: float = PATIENCE,
) -> list[Route]:
    """`/chat/...`.

    feed: started by the caller; take_in: keeps what cannot be stored; identity_secret: shared with the clinic's portal,
    None where there is none; patience: seconds that a look at the database may take.
    """
    intake = Intake(engine, clinic, clock, screen, phrases)
    take_in.register(Channel.WEB, intake)
    opening = Opening(engine, clinic, clock, phrases, limits, identity_secret)
    chat = _WebChat(intake, opening, feed, take_in, patience)
    return [
        *page_routes(clinic),
        Route("/chat/session", chat.guarded(chat.session), methods=["POST"]),
        Route("/chat/messages", chat.guarded(chat.post), methods=["POST"]),
        Route("/chat/messages", chat.guarded(chat.history), methods=["GET"]),
        Route("/chat/events", chat.guarded(chat.events), methods=["GET"]),
        Route("/chat/series.svg", chat.guarded(chat.picture), methods=["GET"]),
        Route("/chat/{what}", chat.guarded(chat.ask_first), methods=["OPTIONS"]),
    ]


class _WebChat:
    def __init__(
        self, intake: Intake, opening: Opening, feed: LiveFeed, take_in: TakeIn, patience: float
    ) -> None:
        self._intake, self._feed, self._take_in, self._patience = intake, feed, take_in, patience
        self._engine, self._clinic, self._clock = intake.engine, intake.clinic, intake.clock
        self._opening, self._limits = opening, opening.limits
        self._addresses = Addresses(intake.clinic.web.trusted_proxies)
        self._boundary = Boundary(intake.engine, intake.clinic, intake.clock)
        # Threads of their own: those that wait for a database which is away must never keep the screen waiting.
        self._screening = anyio.CapacityLimiter(4)
        self._storing = anyio.CapacityLimiter(16)
        self._keeping = anyio.CapacityLimiter(16)
        # After an outage every open page reads at once; those that write must not wait behind them for a connection.
        self._reading = anyio.CapacityLimiter(4)

    def guarded(
        self, view: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """`view` for pages of allowed origins, with every error in the form that the widget understands."""

        async def answer(request: Request) -> Response:
            try:
                self._boundary.check_origin(request)
                response = await view(request)
                self._boundary.look_ahead(response)
            except (DatabaseUnavailable, SQLAlchemyError) as error:
                log.error("%s failed: %s", request.url.path, type(error).__name__)
                response = await self._boundary.refused(ChatAway())
            except AftercareError as error:
                response = await self._boundary.refused(error)
            self._boundary.let_read(request, response)
            return response

        return answer

    async def ask_first(self, request: Request) -> Response:
        """What a browser asks before it lets a page of another, allowed origin use the chat."""
        return self._boundary.ask_first()

    async def session(self, request: Request) -> Response:
        """The session of this browser, made where there is none; with proof, the patient's. Sets the cookie.

        With the database away it is refused; a browser without a session gets one all the same, so that what it writes
        can be kept.
        """
        body = await json_body(request)
        token, address = carried(request), self._addresses.of(request)
        by_page = self._boundary.by_page(request, body.get("keep"))
        proofs = Proofs.of(body)
        try:
            state, given = await self._in_time(
                lambda: self._opening.open(token, proofs, address, by_page=by_page)
            )
        except (DatabaseUnavailable, SQLAlchemyError, TimeoutError) as error:
            log.error("a chat could not be opened: %s", type(error).__name__)
            given = None if token else self._opening.without_database(address, by_page=by_page)
            return await self._boundary.refused(ChatAway(), request=request, token=given)
        return self._boundary.give(request, state, 200, given)

    async def post(self, request: Request) -> Response:
        """Take in one message: screen it, store it once, answer at once where the screen calls for it.

        With the database away it is kept on disk. In crisis the text comes whatever is broken: the session unknown, the
        database away or slow, the disk full; and no limit counts.
        """
        message = incoming(await json_body(request))
        token, by_page = carried(request), self._boundary.by_page(request)
        if token and (kept := self._take_in.known(Channel.WEB, token_hash(token), message.id)):
            return JSONResponse(kept_json(kept), status_code=202)
        place, trouble, address = None, None, self._addresses.of(request)
        try:
            place = await self._in_time(lambda: self._place(token, message.conversation, address))
        except Exception as error:
            trouble = error
        before = place.before if place is not None else Before()
        verdict = await in_thread(lambda: self._intake.assess(message, before), self._screening)
        heard = _always_heard(verdict, before)
        if not heard:
            hold_up(place.wait if place is not None else self._count(token, address))
        opened = None
        if isinstance(trouble, UnknownSession) and verdict.level.immediate:
            try:
                opened, place = await self._in_time(lambda: self._intake.open_for_grave(by_page=by_page))
            except Exception as error:
                trouble = error
        if place is not None:
            where = place
            try:
                stored = await self._in_time(lambda: self._intake.store(where, message, verdict))
                return self._boundary.give(request, stored, 202, opened)
            except Exception as error:
                trouble = error
        if _ours(trouble):
            # The name only: a traceback may hold the patient's words.
            log.error("a message could not be stored: %s", type(trouble).__name__)
            try:
                if token is None and opened is None:
                    opened = self._opening.without_database(None if heard else address, by_page=by_page)
                told = await self._keep(opened or token, place, message, verdict)
                return self._boundary.give(request, told, 202, opened)
            except Exception as error:
                log.error("a message could not be kept: %s", type(error).__name__)
                trouble = error if isinstance(error, AftercareError) and not _ours(error) else CannotStore()
        reply = await in_thread(lambda: self._intake.unstored_reply(message, verdict), self._screening)
        assert isinstance(trouble, AftercareError)
        return await self._boundary.refused(trouble, reply)

    def _count(self, token: str | None, address: str, counting: Session | None = None) -> int:
        """Count a message against the limits; 0, or the seconds for which its sender has to wait."""
        return self._limits.message(token_hash(token) if token else address, address, counting)

    async def history(self, request: Request) -> Response:
        """Messages before a number (or the newest), oldest first."""
        before = _number(request.query_params.get("before"), "before")
        limit = min(_number(request.query_params.get("limit"), "limit") or PAGE, 200)
        token, name = carried(request), _named(request)
        return JSONResponse(await self._read(lambda: self._history(token, name, before, limit)))

    async def events(self, request: Request) -> Response:
        """The stream of server-sent events, from the number in Last-Event-ID or `after` on."""
        after = _number(request.headers.get("last-event-id") or request.query_params.get("after"), "after")
        token, name = carried(request), _named(request)
        reader = await self._read(lambda: self._reader(token, name))
        return event_stream(
            self._engine, self._feed, self._clinic, self._clock, *reader, after or 0, self._reading
        )

    async def picture(self, request: Request) -> Response:
        """The picture that belongs to a message, named by its number in `seq`."""
        seq = _number(request.query_params.get("seq"), "seq") or 0
        token = carried(request)
        drawn = await self._read(lambda: self._picture(token, seq))
        return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})

    def _picture(self, token: str | None, seq: int) -> str:
        with transaction(self._engine) as session:
            return picture(session, token, seq, self._clinic, self._intake.phrases, self._clock.now())

    def _history(
        self, token: str | None, conversation: str | None, before: int | None, limit: int
    ) -> dict[str, Any]:
        with transaction(self._engine) as session:
            found = require(session, token, self._clinic, self._clock.now(), conversation)
            conversation_id = int(found.conversation_id)
            messages = messages_before(session, conversation_id, before, limit + 1)
            more = len(messages) > limit
            shown = [one for one in messages[-limit:] if one.expired_at is None and is_shown(one)]
            return {"messages": [message_json(message) for message in shown], "more": more}

    def _reader(self, token: str | None, conversation: str | None) -> tuple[int, int]:
        """The conversation that a browser reads, and its session."""
        with transaction(self._engine) as session:
            found = require(session, token, self._clinic, self._clock.now(), conversation)
            return int(found.conversation_id), int(found.id)

    def _place(self, token: str | None, conversation: str | None, address: str) -> Place:
        if token:
            self._take_in.first(Channel.WEB, token_hash(token))
        return self._intake.place(token, conversation, partial(self._count, token, address))

    async def _keep(
        self, token: str | None, place: Place | None, message: Incoming, verdict: Verdict
    ) -> dict[str, Any]:
        with anyio.fail_after(DISK_PATIENCE):
            spool = self._take_in.spool
            return await in_thread(
                lambda: self._intake.keep(token, place, message, verdict, spool), self._keeping, abandon=True
            )

    async def _read(self, work: Callable[[], T]) -> T:
        """`work`, which only reads, in a thread of its kind."""
        return await anyio.to_thread.run_sync(work, limiter=self._reading)

    async def _in_time(self, work: Callable[[], T]) -> T:
        """`work` in a thread. Raises TimeoutError when it takes too long; it is then left to end by itself."""
        with anyio.fail_after(self._patience):
            return await anyio.to_thread.run_sync(work, limiter=self._storing, abandon_on_cancel=True)


def _always_heard(verdict: Verdict, before: Before) -> bool:
    """Whether no limit may hold a message up: staff must see it, or it answers what we asked in a crisis."""
    return verdict.level.needs_staff or before.waiting is not None


def _ours(trouble: Exception | None) -> bool:
    """Whether the fault is on our side, and not in what was sent: 500 is a fault that nobody foresaw for a request,
    such as a questionnaire whose file is gone."""
    return (
        not isinstance(trouble, AftercareError)
        or isinstance(trouble, (DatabaseUnavailable, StillKept, NotKept))
        or trouble.status == 500
    )


def _named(request: Request) -> str | None:
    return request.query_params.get("conversation")


def _number(value: str | None, name: str) -> int | None:
    if value is None or value == "":
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise BadMessage(f"{name} is not a number. Leave it out, or send the number of a message.")
    return int(value)
