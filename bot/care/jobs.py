"""Hand work to the workers, in the caller's own transaction.

Tasks are named, not imported, so that channels, actions and staff pages know nothing of `bot.work`. A job exists if and
only if the transaction commits.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from procrastinate import App
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

ANSWER_QUEUE = "answer"
CARE_QUEUE = "care"
URGENT = 10
"""Priority of what must not wait behind a hundred texts: a page."""


@lru_cache(maxsize=1)
def _queue() -> App:
    return App(connector=SQLAlchemyPsycopg2Connector())


def defer(
    session: Session,
    task: str,
    *,
    queue: str,
    lock: str | None = None,
    at: datetime | None = None,
    priority: int = 0,
    **arguments: Any,
) -> int:
    """Queue `task` with `arguments` (identifiers only: they reach the log) and return the job's number.

    lock: jobs of one lock run one after the other, oldest first. A job with a time (`at`) must hold none: it would
    block all later jobs of that lock until it is due; raises ValueError where it does, and what SQLAlchemy raised where
    the job cannot be stored. priority: higher ones are taken first.
    """
    if at is not None and lock is not None:
        raise ValueError(f"Task {task!r}: a job for later must hold no lock.")
    # A connector is opened on an engine only to defer outside a transaction; here the connection is the caller's.
    options: dict[str, Any] = {
        "queue": queue,
        "lock": lock,
        "priority": priority,
        "connection": session.connection(),
    }
    if at is not None:
        options["schedule_at"] = at
    try:
        return int(_queue().configure_task(task, allow_unknown=True, **options).defer(**arguments))
    except ConnectorException as error:
        # So that a database that goes away at this very statement is what it is at every other one.
        if isinstance(error.__cause__, SQLAlchemyError):
            raise error.__cause__ from None
        raise


def defer_answer(session: Session, conversation_id: int) -> None:
    """Have the oldest unanswered message of the conversation answered; turns of one conversation never overlap."""
    defer(
        session,
        "answer",
        queue=ANSWER_QUEUE,
        lock=f"conversation:{conversation_id}",
        conversation_id=conversation_id,
    )


def defer_delivery(session: Session, message_id: int, conversation_id: int) -> None:
    """Have a queued text message sent; those of one conversation in order."""
    defer(
        session,
        "deliver",
        queue=CARE_QUEUE,
        lock=f"delivery:{conversation_id}",
        message_id=message_id,
    )
