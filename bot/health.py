"""`/healthz`, `/readyz` and `/metrics`: is the process there, does the whole work, and the figures behind it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.care import heartbeats
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Alert, AlertState, Item, Message, MessageState
from bot.care.prepared import constant
from bot.channels.spool import Spool
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic

UP, UP_MEANS = "aftercare_database_up", "1 where the database answers"

QUEUE_MOVES_WITHIN = timedelta(seconds=60)
"""The oldest unanswered message must not be older than this."""


def health_routes(
    *, engine: Engine, clock: Clock, clinic: Clinic, spool: Spool, model_loaded: bool = True
) -> list[Route]:
    """The three routes. None of them names a patient or needs a log-in.

    spool: where messages are kept while the database is away; model_loaded: this process screens with everything that
    it should; without its trained reader it goes on with the rules alone, and is not ready.
    """

    def look() -> dict[str, Any]:
        ours = {"model": model_loaded, "spool_empty": spool.waiting() == 0}
        try:
            with transaction(engine) as session:
                return {"database": True, **ours, **_checks(session, clock.now(), clinic)}
        except (DatabaseUnavailable, SQLAlchemyError):
            return {
                "database": False,
                **ours,
                "answer_worker": False,
                "care_worker": False,
                "queue_moves": False,
                "settings_agree": True,
            }

    def measure() -> bytes:
        figures = [
            (
                "aftercare_spool_records",
                "Messages on disk that wait for the database",
                float(spool.waiting()),
            ),
            ("aftercare_dead_letters", "Messages that cannot be stored", float(spool.dead_letters())),
        ]
        try:
            with transaction(engine) as session:
                figures += [(UP, UP_MEANS, 1.0), *_figures(session, clock.now())]
        except (DatabaseUnavailable, SQLAlchemyError):
            # What is known without it matters most now; the other figures are missing, not nought.
            figures.append((UP, UP_MEANS, 0.0))
        registry = CollectorRegistry()
        for name, text, value in figures:
            Gauge(name, text, registry=registry).set(value)
        return generate_latest(registry)

    async def healthz(request: Request) -> Response:
        return JSONResponse({"ok": True})

    async def readyz(request: Request) -> Response:
        checks = await run_in_threadpool(look)
        ready = all(checks.values())
        return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)

    async def metrics(request: Request) -> Response:
        return Response(await run_in_threadpool(measure), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


def _checks(session: Session, now: datetime, clinic: Clinic) -> dict[str, bool]:
    answering = heartbeats.alive(session, "answer", now)
    caring = heartbeats.alive(session, "care", now)
    versions = {beat.detail.get("clinic") for beat in (*answering, *caring)} - {None}
    return {
        "answer_worker": bool(answering),
        "care_worker": bool(caring),
        "queue_moves": _oldest_waiting(session, now) < QUEUE_MOVES_WITHIN.total_seconds(),
        "settings_agree": versions <= {clinic.version},
    }


def _oldest_waiting(session: Session, now: datetime) -> float:
    oldest = session.execute(
        select(func.min(Message.at)).where(Message.state == constant(MessageState.RECEIVED.value))
    ).scalar_one()
    return (now - oldest).total_seconds() if oldest is not None else 0.0


def _figures(session: Session, now: datetime) -> list[tuple[str, str, float]]:
    def count(model: Any, *conditions: Any) -> float:
        return float(session.execute(select(func.count()).select_from(model).where(*conditions)).scalar_one())

    def age(kind: str) -> float:
        alive = heartbeats.alive(session, kind, now)
        return (now - alive[0].at).total_seconds() if alive else float("inf")

    waiting = MessageState.RECEIVED.value
    return [
        (
            "aftercare_messages_waiting",
            "Messages without an answer",
            count(Message, Message.state == constant(waiting)),
        ),
        ("aftercare_oldest_waiting_seconds", "Age of the oldest of them", _oldest_waiting(session, now)),
        (
            "aftercare_alerts_open",
            "Alerts nobody acknowledged",
            count(Alert, Alert.state == constant(AlertState.OPEN.value)),
        ),
        (
            "aftercare_items_open",
            "Other open items of the staff queue",
            count(Item, Item.closed_at.is_(None)),
        ),
        (
            "aftercare_answer_worker_age_seconds",
            "Since the last heartbeat of an answer worker",
            age("answer"),
        ),
        ("aftercare_care_worker_age_seconds", "Since the last heartbeat of a care worker", age("care")),
    ]
