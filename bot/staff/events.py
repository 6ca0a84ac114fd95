"""Tell open pages what changed, by server-sent events. They carry counts and identifiers, never a patient's words."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.care import follow_up, roster, staff_accounts
from bot.care.conversation_page import SHOWN
from bot.care.database import transaction
from bot.care.joined import conversations_of
from bot.care.models import Alert, AlertEvent, AlertState, Conversation, Correction, Message
from bot.care.ownership import can_text, open_items, reply_channel
from bot.care.paging_view import outlooks
from bot.care.prepared import constant
from bot.care.queue_entries import ALERT, how_many_wait
from bot.clinic.settings import Clinic
from bot.staff.board import Board, board, digest
from bot.staff.console import Console, View, Visit, find_login
from bot.staff.errors import NotAllowed
from bot.staff.permissions import Permission

log = logging.getLogger(__name__)


def stream(visit: Visit) -> Response:
    """Open the stream of the queue: all that its list shows; with `?conversation=` how much waits, and what a page of
    that conversation shows; with `?counts` how much waits and nothing else."""
    given = visit.request.query_params.get("conversation", "")
    conversation_id = int(given) if given.isdecimal() and len(given) < 10 else None
    if conversation_id is not None and not visit.staff.may(Permission.CONVERSATION_VIEW):
        raise NotAllowed("Your role may not read conversations.")
    return EventSourceResponse(
        _events(visit.console, visit.request, conversation_id, "counts" in visit.request.query_params),
        ping=15,
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(
    console: Console, request: Request, conversation_id: int | None, counts_only: bool
) -> AsyncIterator[ServerSentEvent]:
    """At each wake-up what changed, and `alive` in any case: a page that hears nothing for long says so."""
    told: dict[str, str] = {}
    with console.feed.subscribe(conversation_id, queue=True) as changes:
        async for _ in changes:
            try:
                news = await run_in_threadpool(_look, console, request, conversation_id, counts_only)
            except Exception as error:  # the stream outlives a restart of the database
                log.warning("staff events: cannot look (%s)", type(error).__name__)
                yield ServerSentEvent(event="trouble", data="database")
                continue
            if news is None:
                yield ServerSentEvent(event="signed-out", data="idle")
                return
            for name, data in news.items():
                text = json.dumps(data)
                if told.get(name) != text:
                    told[name] = text
                    yield ServerSentEvent(event=name, data=text)
            yield ServerSentEvent(event="alive", data="ok" if console.feed.connected else "slow")


def _look(
    console: Console, request: Request, conversation_id: int | None, counts_only: bool
) -> dict[str, dict[str, Any]] | None:
    """What the page should know by now; None where the browser is not logged in any more."""
    with transaction(console.engine) as record:
        login = find_login(record, request)
        now, access = console.clock.now(), console.clinic.access
        if login is None or not staff_accounts.is_alive(login, now, access):
            return None
        # The list is read only for the page that shows it: many pages are open, and each looks at every change.
        if counts_only or conversation_id is not None:
            news = {"queue": counts(record)}
        else:
            news = {"queue": summary(board(record, console.clinic, console.disk, now))}
        if conversation_id is not None:
            state = state_of(record, conversation_id, console.clinic, now)
            if state is not None:
                news["conversation"] = state
        return news


def counts(record: Session) -> dict[str, Any]:
    """How much waits, for a page that shows no list."""
    waiting, alerts, newest = how_many_wait(record)
    return {"waiting": waiting, "alerts": alerts, "newest": newest}


def summary(drawn: Board) -> dict[str, Any]:
    """The list of the queue in numbers. version: changes with anything that the list shows."""
    state = drawn.queue
    return {
        "waiting": len(state.waiting),
        "alerts": state.alerts_waiting,
        "highest": state.highest.value,
        "silent": state.silent,
        # Grows when an alert is opened or gets a further message: the page rings then.
        "newest": max((one.seen for one in state.waiting if one.sort == ALERT), default=0),
        "version": drawn.version,
    }


def state_of(record: Session, conversation_id: int, clinic: Clinic, now: datetime) -> dict[str, Any] | None:
    """What an open page of a conversation shows, in numbers and marks; None where there is no such conversation.

    seq: the last message; messages: what became of those shown; panel: the alert, the items and how to reach the
    patient; history: the last line of the history of alerts; owner: who speaks; reply: by what a reply would go out,
    and which items it may deal with. A page says with what it was drawn, so that it hears of what came before its
    stream was connected.
    """
    conversation = record.get(Conversation, conversation_id)
    if conversation is None:
        return None
    together = conversations_of(record, conversation)
    items = [int(item.id) for one in together for item in open_items(record, one)]
    way = [reply_channel(record, conversation_id).value, can_text(record, conversation_id)]
    return {
        "seq": conversation.last_seq,
        "messages": digest([_messages(record, one) for one in together]),
        "panel": digest(_panel(record, conversation, together, items, clinic, now)),
        "history": _history(record, together),
        "owner": conversation.owner_id,
        "reply": digest([way, items]),
    }


def _messages(record: Session, conversation_id: int) -> list[list[Any]]:
    """What is shown below the newest messages: what became of each, and what staff said of it. Words that were erased
    change it as well."""
    said = (
        select(func.max(Correction.id))
        .where(Correction.message_id == Message.id)
        .correlate(Message)
        .scalar_subquery()
    )
    statement = (
        select(Message.id, Message.state, Message.failure, func.length(Message.text), said)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.seq.desc())
        .limit(SHOWN)
    )
    return [list(row) for row in record.execute(statement)]


def _panel(
    record: Session,
    conversation: Conversation,
    together: Sequence[int],
    items: Sequence[int],
    clinic: Clinic,
    now: datetime,
) -> list[Any]:
    """What the panel of a conversation shows: the unresolved alert with all that is known of it, and the items."""
    unresolved = select(Alert).where(
        Alert.conversation_id.in_(together), Alert.state != constant(AlertState.RESOLVED.value)
    )
    alert = record.execute(unresolved.order_by(Alert.id.desc()).limit(1)).scalar_one_or_none()
    if alert is None:
        return [items]
    patient = conversation.patient
    reach = patient and [patient.phone, patient.date_of_birth, patient.address, patient.emergency_contact]
    ladder = None
    if alert.state == AlertState.OPEN.value:
        ladder = outlooks(record, [int(alert.id)], roster.read(record, clinic), now)
    told = follow_up.told(record, alert)
    asked = told and [[one.id for one in told.answers], [one.id for one in told.whereabouts], told.waiting]
    return [items, reach, [getattr(alert, name) for name in _OF_ALERT], ladder, asked]


_OF_ALERT = (
    "id",
    "level",
    "state",
    "reasons",
    "news_id",
    "acknowledged_by_id",
    "acknowledged_at",
    "last_attempt",
    "next_step",
    "next_at",
    "act_by",
)
"""What the panel shows of the alert itself: tries, next steps, deadlines and added words are no further `news_id`."""


def _history(record: Session, together: Sequence[int]) -> int:
    """The last line of the history of all alerts of these conversations; 0 where there is none."""
    statement = select(func.max(AlertEvent.id)).join(Alert).where(Alert.conversation_id.in_(together))
    return record.execute(statement).scalar_one() or 0


VIEWS = [View("GET", "/staff/events", Permission.QUEUE_VIEW, stream, passive=True)]
