"""What the carrier reports of messages that it has taken."""

from __future__ import annotations

import logging

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import follow_up, live, pages, paging
from bot.care.database import transaction
from bot.care.models import Channel, Message, MessageState, Sender
from bot.channels.sms.delivery import fail
from bot.channels.sms.webhook import Form
from bot.clinic.clock import Clock

log = logging.getLogger(__name__)

_REPORTS = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), MessageState.SENT),
    **dict.fromkeys(("delivered", "read"), MessageState.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), MessageState.FAILED),
}
# Reports overtake each other: a message only ever moves up this ladder.
_RUNG = {
    MessageState.QUEUED: 0,
    MessageState.WITHHELD: 0,
    MessageState.SENT: 1,
    MessageState.DELIVERED: 2,
    MessageState.FAILED: 3,
}


def record_report(engine: Engine, form: Form, query: dict[str, str], clock: Clock) -> bool:
    """Take in one status report; False where it is about no message of ours. The same report twice changes nothing.

    query: `message`, `part` and `of`, which we gave the carrier with the message: they tell which one it is even where
    the process died before the carrier's identifier was stored; or `page`, of a page to staff. Raises
    DatabaseUnavailable.
    """
    reported = _REPORTS.get(form.get("MessageStatus", "").strip().lower())
    # PostgreSQL stores no NUL, and would fail each time that the carrier sends the report again.
    carrier_id = (form.get("MessageSid") or form.get("SmsSid") or "").replace("\x00", "").strip()[:64]
    error = form.get("ErrorCode", "").replace("\x00", "").strip() or "undelivered"
    if reported is None or not carrier_id:
        return False
    if page_id := _whole(query.get("page"), 0):
        return reported is MessageState.FAILED and _page_failed(engine, page_id, clock)
    part, of = _whole(query.get("part"), 1), _whole(query.get("of"), 1)
    with transaction(engine) as session:
        message = _message(session, _whole(query.get("message"), 0), carrier_id)
        if message is None:
            log.info("status report about a message that is not ours")
            return False
        state = MessageState(message.state)
        if part == of and message.carrier_id is None:
            message.carrier_id = carrier_id
        if part != of and reported is not MessageState.FAILED:
            return True  # of a message in pieces, the last one speaks for the whole; a failure is everybody's
        if _RUNG[reported] <= _RUNG[state] or (state is MessageState.DELIVERED and of == 1):
            return True
        if reported is MessageState.FAILED:
            fail(session, message, error, clock.now())
            return True
        if state is MessageState.WITHHELD:  # another process had given it to the carrier, and nobody knew
            follow_up.asked_after_all(session, message)
        message.state = reported.value
        message.failure = None
        live.conversation_changed(session, int(message.conversation_id))
    return True


def _page_failed(engine: Engine, page_id: int, clock: Clock) -> bool:
    """A page did not arrive: it is red, and where nobody else heard of that rung the next one follows at once."""
    with transaction(engine) as session:
        page = pages.not_delivered(session, page_id, clock.now())
        if page is not None and page.alert_id is not None:
            paging.defer_page(session, int(page.alert_id))
        return page is not None


def _message(session: Session, message_id: int, carrier_id: str) -> Message | None:
    ours = (Message.channel == Channel.SMS.value) & (Message.sender != Sender.PATIENT.value)
    which = Message.id == message_id if message_id else Message.carrier_id == carrier_id
    # The row first and the conversation after it, in the order of the delivery, which may be at this message now.
    statement = select(Message).where(which, ours).with_for_update(key_share=True)
    found: Message | None = session.execute(statement).scalar_one_or_none()
    return found


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else otherwise
