"""The stream of server-sent events: every message once, in order, from where the browser left off."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from bot.care import conversations
from bot.care.alerts import in_crisis
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.listen import LiveFeed
from bot.care.models import Conversation, WebSession
from bot.care.roster import open_now
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
) -> EventSourceResponse:
    """Events of one conversation: `message` (its id is the number up to which all was sent) and `state` (without one).

    session_id: of the browser's session; the stream ends with it. A text of ours comes when it is out to the phone, be
    that after messages that were written later.
    """
    waiting: set[int] | None = None

    def read(last: int) -> tuple[list[dict[str, Any]], int, int, dict[str, Any]] | None:
        nonlocal waiting
        with transaction(engine) as session:
            web_session = session.get(WebSession, session_id)
            if web_session is None or not is_open(web_session, clinic, clock.now()):
                return None
            if waiting is None:
                waiting = {
                    int(one.seq) for one in conversations.texts_under_way(session, conversation_id, last)
                }
            messages = conversations.messages_after(session, conversation_id, last, BATCH)
            late = conversations.messages_numbered(session, conversation_id, waiting)
            waiting = {int(one.seq) for one in (*late, *messages) if waits_for_phone(one)}
            read_to = int(messages[-1].seq) if messages else last
            conversation = session.get(Conversation, conversation_id)
            owner = conversation.owner if conversation is not None else None
            state = {
                "typing": owner is None and conversations.waiting_for_answer(session, conversation_id),
                "owner": "assistant" if owner is None else "staff",
                "owner_name": None if owner is None else owner.name,
                "on_shift": open_now(session, clinic, clock.now()),
                "crisis": in_crisis(session, conversation_id),
            }
            shown = [message_json(one) for one in (*late, *messages) if is_shown(one)]
            return shown, read_to, len(messages), state

    async def events() -> AsyncIterator[ServerSentEvent]:
        last, known_state = after, None
        with feed.subscribe(conversation_id=conversation_id) as subscription:
            async for _ in subscription:
                while True:
                    try:
                        news = await run_in_threadpool(read, last)
                    except (DatabaseUnavailable, SQLAlchemyError) as error:
                        log.warning("an events stream could not read: %s", type(error).__name__)
                        break  # the next wake-up tries again; the browser sees that nothing arrives by the pings alone
                    if news is None:
                        return
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
