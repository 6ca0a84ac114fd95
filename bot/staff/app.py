"""The console put together: routes, templates, static files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from bot.care.listen import LiveFeed
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.staff import (
    access_views,
    account_views,
    audit_views,
    check_in_views,
    conversation_views,
    correction_views,
    erasure_views,
    events,
    guidance_views,
    import_views,
    labels,
    merge_views,
    note_views,
    openid_views,
    page_labels,
    paging_views,
    password_views,
    patient_views,
    queue_views,
    record_views,
    report_views,
    roster_views,
    second_factor_views,
    series_views,
    session_views,
    unanswered_views,
)
from bot.staff.agents import browser_name
from bot.staff.console import Console, View, endpoint, failure, finish
from bot.staff.errors import NotHere
from bot.staff.faults import OnDisk
from bot.staff.guard import SECURITY_HEADERS
from bot.staff.marking import excerpt, marked

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"

VIEWS: tuple[View, ...] = (
    *account_views.VIEWS,
    *account_views.MEMBER_VIEWS,
    *second_factor_views.VIEWS,
    *openid_views.VIEWS,
    *session_views.VIEWS,
    *password_views.VIEWS,
    *queue_views.VIEWS,
    *paging_views.VIEWS,
    *roster_views.VIEWS,
    *events.VIEWS,
    *conversation_views.VIEWS,
    *correction_views.VIEWS,
    *note_views.VIEWS,
    *patient_views.VIEWS,
    *import_views.VIEWS,
    *record_views.VIEWS,
    *merge_views.VIEWS,
    *erasure_views.VIEWS,
    *access_views.VIEWS,
    *series_views.VIEWS,
    *check_in_views.VIEWS,
    *guidance_views.VIEWS,
    *unanswered_views.VIEWS,
    *report_views.VIEWS,
    *audit_views.VIEWS,
)
"""Every route of the console with the permission that it needs."""


def staff_routes(
    engine: Engine,
    clinic: Clinic,
    clock: Clock,
    guidance_library: Library,
    phrases: Phrases,
    feed: LiveFeed,
    warnings: Sequence[str] = (),
    disk: OnDisk = OnDisk(),
) -> list[BaseRoute]:
    """The console's routes, all below /staff, for the web process to serve beside its own.

    feed: started and stopped by the caller, and shared with the patients' streams. phrases: must hold `taken_over`
    (with the field `name`) and `handed_back`. warnings: what cannot work as it is set up; the queue shows them, and
    what `disk` counts.
    """
    templates = _templates(clinic)
    templates.globals["warnings"] = tuple(warnings)
    console = Console(engine, clinic, clock, guidance_library, phrases, feed, templates, disk)

    async def no_such_page(request: Request) -> Response:
        return finish(failure(console, request, NotHere("There is no such page. Go back to the queue.")))

    return [
        Mount("/staff/static", app=_Static(directory=STATIC), name="staff-static"),
        *(Route(view.path, endpoint(console, view), methods=[view.method]) for view in VIEWS),
        Route("/staff/{rest:path}", no_such_page, methods=["GET", "POST"]),
    ]


def staff_app(
    engine: Engine,
    clinic: Clinic,
    clock: Clock,
    guidance_library: Library,
    phrases: Phrases,
    feed: LiveFeed,
    disk: OnDisk = OnDisk(),
) -> Starlette:
    """The console as an application of its own, with the same routes."""
    return Starlette(routes=staff_routes(engine, clinic, clock, guidance_library, phrases, feed, disk=disk))


def _templates(clinic: Clinic) -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def local(at: datetime, now: datetime) -> str:
        return labels.local(at, clinic, now)

    env.filters.update(
        marked=marked,
        excerpt=excerpt,
        ago=labels.ago,
        local=local,
        plain=labels.plain,
        clock=lambda at: labels.day_and_time(at, clinic.zone),
        phone=labels.phone,
        born=labels.born,
        age=lambda day, now: labels.age(day, now.astimezone(clinic.zone).date()),
        initial=labels.initial,
        soon=page_labels.soon,
        plain_service=page_labels.service,
        browser_name=browser_name,
        process_name=lambda kind: labels.PROCESSES.get(kind, kind),
    )
    env.globals.update(
        labels=labels, page_labels=page_labels, static="/staff/static", version=_static_version()
    )
    return env


def _static_version() -> str:
    """Changes with any static file, so that browsers never mix old and new ones."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


class _Static(StaticFiles):
    """Static files with the headers of every other page."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                # Asked again each time (304 when unchanged): staff must not run last week's script.
                extra = {**SECURITY_HEADERS, "Cache-Control": "no-cache"}
                headers.extend((k.lower().encode(), v.encode()) for k, v in extra.items())  # type: ignore[attr-defined]
            await send(message)

        await super().__call__(scope, receive, with_headers)  # type: ignore[arg-type]
