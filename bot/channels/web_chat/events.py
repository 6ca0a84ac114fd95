"""The stream of server-sent events: every message once, in order, from where the browser left off."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.to_thread
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.care import transcript
from bot.care.browsers import standing
from bot.care.database import DatabaseUnavailable, single_statements
from bot.care.listen import LiveFeed
from bot.care.opening import decided
from bot.channels.discreet import crisis_shown
from bot.channels.web_chat.sessions import is_open
from bot.channels.web_chat.wire import is_shown, message_json, waits_for_phone
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic

log = logging.getLogger(__name__)

PING_SECONDS = 15
BATCH = 100


def event_stream(
    engine: Engine,
    feed: LiveFeed,
    clinic: Clinic,
    clock: Clock,
    conversation_id: int,
    session_id: int,
    after: int,
    limiter: anyio.CapacityLimiter,
) -> EventSourceResponse:
    """Events of one conversation: `message` (its id is the number up to which all was sent) and `state` (without one).

    session_id: of the browser's session; the stream ends with it. limiter: how many streams may read at once. A text of
    ours comes when it is out to the phone, be that after messages that were written later.
    """
    waiting: set[int] | None = None

    def read(last: int) -> tuple[list[dict[str, Any]], int, int, dict[str, Any]] | None:
        nonlocal waiting
        with single_statements(engine) as session:
            now = clock.now()
            found = standing(session, session_id, conversation_id, clinic, now, after=last, most=BATCH)
            if found is None or not is_open(found, clinic, now):
                return None
            if waiting is None:
                waiting = {int(one.seq) for one in transcript.texts_under_way(session, conversation_id, last)}
            late = transcript.messages_numbered(session, conversation_id, waiting)
            waiting = {int(one.seq) for one in (*late, *found.news) if waits_for_phone(one)}
            read_to = int(found.news[-1].seq) if found.news else last
            state = {
                "typing": found.owner is None and found.waiting,
                "owner": "assistant" if found.owner is None else "staff",
                "owner_name": found.owner,
                "on_shift": decided(found.open, clinic, now),
                "crisis": crisis_shown(session, conversation_id, found.crisis),
            }
            shown = [message_json(one) for one in (*late, *found.news) if is_shown(one)]
            return shown, read_to, len(found.news), state

    async def events() -> AsyncIterator[ServerSentEvent]:
        last, known_state, in_time = after, None, True
        with feed.subscribe(conversation_id=conversation_id, calm=True) as subscription:
            while await subscription.wait(None if in_time else feed.wake_every):
                while True:
                    try:
                        news = await anyio.to_thread.run_sync(read, last, limiter=limiter)
                    except (DatabaseUnavailable, SQLAlchemyError) as error:
                        log.warning("an events stream could not read: %s", type(error).__name__)
                        in_time = False
                        break  # the next wake-up tries again; the browser sees that nothing arrives by the pings alone
                    if news is None:
                        return
                    in_time = True
                    messages, read_to, count, state = news
                    for message in messages:
                        last = max(last, message["seq"])
                        yield ServerSentEvent(json.dumps(message), event="message", id=str(last))
                    last = read_to
                    if state != known_state:
                        known_state = state
                        yield ServerSentEvent(json.dumps(state), event="state")
                    if count < BATCH:
                        break

    return EventSourceResponse(
        events(),
        ping=PING_SECONDS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
