"""Tell open pages what changed, by server-sent events. They carry counts and identifiers, never a patient's words."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy.orm import Session
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.care import roster, staff_accounts
from bot.care.alerts import unresolved_alert
from bot.care.database import transaction
from bot.care.models import Conversation
from bot.care.ownership import open_items
from bot.care.paging_view import Standing, standing
from bot.care.queue import Queue, queue
from bot.staff.console import Console, View, Visit, find_login
from bot.staff.errors import NotAllowed
from bot.staff.faults import Faults, look
from bot.staff.permissions import Permission

log = logging.getLogger(__name__)


def stream(visit: Visit) -> Response:
    """Open the stream of the queue; with `?conversation=` of that conversation as well."""
    given = visit.request.query_params.get("conversation", "")
    conversation_id = int(given) if given.isdecimal() and len(given) < 10 else None
    if conversation_id is not None and not visit.staff.may(Permission.CONVERSATION_VIEW):
        raise NotAllowed("Your role may not read conversations.")
    return EventSourceResponse(
        _events(visit.console, visit.request, conversation_id),
        ping=15,
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(
    console: Console, request: Request, conversation_id: int | None
) -> AsyncIterator[ServerSentEvent]:
    """At each wake-up what changed, and `alive` in any case: a page that hears nothing for long says so."""
    told: dict[str, str] = {}
    with console.feed.subscribe(conversation_id, queue=True) as changes:
        async for _ in changes:
            try:
                news = await run_in_threadpool(_look, console, request, conversation_id)
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
    console: Console, request: Request, conversation_id: int | None
) -> dict[str, dict[str, Any]] | None:
    """What the page should know by now; None where the browser is not logged in any more."""
    with transaction(console.engine) as record:
        login = find_login(record, request)
        now, access = console.clock.now(), console.clinic.access
        if login is None or not staff_accounts.is_alive(login, now, access):
            return None
        paging = standing(record, roster.read(record, console.clinic), now)
        faults = look(record, console.disk, console.clinic.version, now)
        news = {"queue": summary(queue(record, now), paging, faults)}
        if conversation_id is not None:
            state = state_of(record, conversation_id)
            if state is not None:
                news["conversation"] = state
        return news


def summary(state: Queue, paging: Standing | None = None, faults: Faults = Faults()) -> dict[str, Any]:
    """The queue in numbers. version: changes with anything that the list shows. paging: whether somebody is paged;
    faults: of the assistant itself."""
    shown = [
        (one.key, one.level.value, one.state, one.seen, one.owner_id, one.taken_by, one.who)
        for one in (*state.waiting, *state.taken)
    ]
    return {
        "waiting": len(state.waiting),
        "alerts": state.alerts_waiting,
        "highest": state.highest.value,
        "silent": state.silent,
        # Grows when an alert is opened or gets a further message: the page rings then.
        "newest": max((one.seen for one in state.waiting if one.sort == "alert"), default=0),
        "version": hashlib.sha256(repr((shown, state.silent, paging, faults)).encode()).hexdigest()[:16],
    }


def state_of(record: Session, conversation_id: int) -> dict[str, Any] | None:
    """What an open page of a conversation shows, in numbers; None where there is no such conversation. A page says with
    what it was drawn, so that it hears of what came before its stream was connected."""
    conversation = record.get(Conversation, conversation_id)
    if conversation is None:
        return None
    alert = unresolved_alert(record, conversation_id)
    items = [item.id for item in open_items(record, conversation_id)]
    return {
        "seq": conversation.last_seq,
        "panel": [alert.id, alert.state, alert.level, alert.news_id, items] if alert else [items],
        "owner": conversation.owner_id,
    }


VIEWS = [View("GET", "/staff/events", Permission.QUEUE_VIEW, stream, passive=True)]
