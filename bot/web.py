"""The web process: the only one that faces the network. `python -m bot.web` needs DATABASE_URL.

It proves who is writing, stores, screens and acknowledges; it imports no Rasa and waits for no worker.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import uvicorn
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from bot.care import pools
from bot.care.database import engine_for, transaction
from bot.care.listen import LiveFeed
from bot.channels.assessing import Assessing
from bot.channels.demo.app import demo_routes
from bot.channels.demo.pager import pager_routes
from bot.channels.demo.people import seed
from bot.channels.limits import Limits
from bot.channels.simulator.app import simulator_routes
from bot.channels.sms.app import sms_routes
from bot.channels.sms.providers import make_provider
from bot.channels.sms.sending import Sending
from bot.channels.sms.settings import SmsSettings, load_settings
from bot.channels.spool import Spool, spool_folder
from bot.channels.take_in import EVERY as TAKE_IN_EVERY
from bot.channels.take_in import TakeIn
from bot.channels.web_chat.app import web_chat_routes
from bot.channels.web_chat.identity import load_identity_secret
from bot.clinic.clock import Clock, SystemClock
from bot.clinic.errors import AftercareError
from bot.clinic.paths import ROOT
from bot.clinic.secret import app_secret, fingerprint
from bot.clinic.settings import Clinic, load_clinic
from bot.connections import PromptConnection
from bot.garbage import keep_what_is_loaded
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.health import health_routes
from bot.openapi import openapi_routes
from bot.safety.screen import Screen
from bot.security import QuietErrors, SecurityHeaders
from bot.staff.app import staff_routes
from bot.staff.faults import DEAD, KEPT, OnDisk
from bot.work.misled import tell_of_differing_settings
from bot.work.nobody_yet import tell_of_nobody_yet
from bot.work.pager import make_pager
from bot.work.paging import Paging
from bot.work.sweep import stand_in_for_care_worker
from bot.workers.process import STUCK_AFTER, Repeating, beating

log = logging.getLogger(__name__)

SWITCH = 0.001
"""Seconds after which a thread that computes lets another one on. A message passes from the event loop to threads and
back four times; with Python's five milliseconds each of them may wait that long behind another message's screen."""

WIDGET = ROOT / "widget" / "dist"
DEMO_PAGE = ROOT / "widget" / "demo"
DEFAULT_PORT = 8080
STAND_IN_EVERY = 30.0
"""Seconds between two looks whether a care worker is there."""
TELL_EVERY = 15.0
"""Seconds between two looks whether a patient is to be told of a trouble of ours. A care worker looks as often: who is
told that nobody could be paged must not depend on what pages."""


@dataclass(frozen=True)
class Parts:
    """What the web process is put together from.

    model_loaded: the screen has its reader, or is to have none; identity_secret: shared with the clinic's portal.
    """

    url: str
    engine: Engine
    clinic: Clinic
    clock: Clock
    screen: Assessing
    phrases: Phrases
    library: Library
    sms: SmsSettings
    model_loaded: bool = True
    identity_secret: bytes | None = None
    spool: Spool = field(default_factory=lambda: Spool(spool_folder()))


def load_parts(url: str) -> Parts:
    """Load everything that the web process needs. Raises AftercareError where settings or guidance are wrong."""
    clinic = load_clinic()
    app_secret()  # made or found wrong now, not when the first patient comes
    screen = Screen.load(clinic.safety_reading)
    return Parts(
        url=url,
        engine=engine_for(url, pool_size=pools.WEB),
        clinic=clinic,
        clock=SystemClock(),
        screen=screen,
        phrases=Phrases.load(),
        library=Library.load(),
        sms=load_settings(clinic),
        model_loaded=clinic.safety_reading != "full" or screen.reader is not None,
        identity_secret=load_identity_secret(),
    )


def create_app(parts: Parts) -> Starlette:
    """The application. Starts and stops the live feed and the heartbeat with itself."""
    feed, limits, sending = LiveFeed(), Limits(parts.clinic), Sending()
    take_in = TakeIn(parts.engine, parts.clock.now, parts.spool)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if parts.clinic.demo:
            _seed_demo(parts)
        await feed.start(parts.url)
        started_at = parts.clock.now()

        paging = Paging(
            parts.engine,
            parts.clinic,
            parts.clock,
            make_pager(parts.clinic, make_provider(parts.sms), parts.sms),
        )

        on_disk = {KEPT: parts.spool.waiting, DEAD: parts.spool.dead_letters}
        told_by = (parts.engine, parts.phrases, parts.clinic, parts.clock)

        async def stand_in() -> None:
            sending.stopped = await run_in_threadpool(stand_in_for_care_worker, *told_by, started_at, paging)

        async def nobody_yet() -> None:
            await run_in_threadpool(tell_of_nobody_yet, *told_by)

        async def differing_settings() -> None:
            await run_in_threadpool(tell_of_differing_settings, *told_by)

        async def take_in_kept() -> None:
            await run_in_threadpool(take_in.run)

        async with (
            beating(parts.engine, "web", clinic=parts.clinic.version, secret=fingerprint, **on_disk),
            Repeating(TELL_EVERY, nobody_yet),
            Repeating(TELL_EVERY, differing_settings),
            Repeating(STAND_IN_EVERY, stand_in),
            Repeating(TAKE_IN_EVERY, take_in_kept),
        ):
            yield
        await feed.stop()

    routes: list[BaseRoute] = [
        *health_routes(
            engine=parts.engine,
            clock=parts.clock,
            clinic=parts.clinic,
            spool=parts.spool,
            model_loaded=parts.model_loaded,
        ),
        *openapi_routes(),
        *web_chat_routes(
            engine=parts.engine,
            clinic=parts.clinic,
            clock=parts.clock,
            screen=parts.screen,
            phrases=parts.phrases,
            feed=feed,
            take_in=take_in,
            limits=limits,
            identity_secret=parts.identity_secret,
        ),
        *sms_routes(
            engine=parts.engine,
            clinic=parts.clinic,
            clock=parts.clock,
            screen=parts.screen,
            phrases=parts.phrases,
            settings=parts.sms,
            limits=limits,
            take_in=take_in,
            sending=sending,
        ),
        *staff_routes(
            parts.engine,
            parts.clinic,
            parts.clock,
            parts.library,
            parts.phrases,
            feed,
            parts.sms.warnings(),
            OnDisk(parts.spool.waiting, parts.spool.dead_letters),
        ),
        Mount("/widget", app=StaticFiles(directory=WIDGET), name="widget"),
    ]
    if parts.clinic.demo:
        routes += simulator_routes(engine=parts.engine, clinic=parts.clinic, settings=parts.sms)
        routes += pager_routes(engine=parts.engine, clinic=parts.clinic)
        routes += demo_routes(engine=parts.engine, clinic=parts.clinic, clock=parts.clock, page=DEMO_PAGE)
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders), Middleware(QuietErrors)],
        exception_handlers={404: _not_found, 405: _not_found, AftercareError: _refused},
    )


def _seed_demo(parts: Parts) -> None:
    try:
        with transaction(parts.engine) as session:
            seed(session, parts.clinic, parts.clock.now())
    except (AftercareError, SQLAlchemyError) as error:
        log.warning("The demo's people could not be enrolled: %s", type(error).__name__)


async def _not_found(request: Request, error: Exception) -> Response:
    body = {"error": {"code": "AC100", "message": "There is nothing at this address. Check it, or go back."}}
    return JSONResponse(body, status_code=getattr(error, "status_code", 404))


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, AftercareError):
        raise error
    return JSONResponse({"error": {"code": error.code, "message": str(error)}}, status_code=error.status)


class EndingWhenStuck(uvicorn.Server):
    """A server whose process ends where its event loop stands still for `seconds`, as the workers' do."""

    seconds = STUCK_AFTER

    async def on_tick(self, counter: int) -> bool:
        """Called by uvicorn ten times a second."""
        signal.alarm(self.seconds)
        return await super().on_tick(counter)


def main() -> int:
    """Serve until told to stop; 1 where it cannot start."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sys.setswitchinterval(SWITCH)
    url = os.environ.get("DATABASE_URL")
    if not url:
        log.error("DATABASE_URL is not set. Start everything with `aftercare run`.")
        return 2
    try:
        app = create_app(load_parts(url))
    except AftercareError as error:
        log.error("web cannot start: %s", error)
        return 1
    keep_what_is_loaded()
    host, port = os.environ.get("AFTERCARE_HOST", "127.0.0.1"), os.environ.get("AFTERCARE_PORT", DEFAULT_PORT)
    server = EndingWhenStuck(server_settings(app, host, int(port)))
    with suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else 1


def server_settings(app: Starlette, host: str, port: int) -> uvicorn.Config:
    """How the application is served. port: 0 for any that is free."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=PromptConnection,
        ws="none",  # server-sent events only; and uvicorn's websockets do not import beside those that Rasa pins
        log_level="warning",
        access_log=False,  # addresses of patients in a log help nobody
        timeout_graceful_shutdown=3,  # open event streams would keep it for ever
        server_header=False,
        proxy_headers=False,  # whom X-Forwarded-For is believed of stands in clinic.yml
    )


if __name__ == "__main__":
    sys.exit(main())
