"""What a test of an outage waits for and looks at."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.care.models import Message
from bot.channels.spool import Spool
from bot.clinic.settings import load_clinic
from tests.channels.sms.support import Carrier

CRISIS = "i want to kill myself"


def carrier_at(base: str) -> Carrier:
    return Carrier(base, public=load_clinic().web.public_url, token="0" * 32)


def until(what: Callable[[], Any]) -> Any:
    """Wait until something is so, for as long as a loaded machine may need."""
    for _ in range(600):
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to be")


def taken_in(spool: Spool) -> None:
    until(lambda: not spool.anything() and spool.waiting() == 0)


def of(engine: Engine, external_id: str) -> list[Message]:
    """All messages of the conversation that a message with this identifier stands in, in order."""
    with transaction(engine) as session:
        (found,) = session.query(Message).filter_by(external_id=external_id).all()
        rows = session.query(Message).filter_by(conversation_id=found.conversation_id)
        return list(rows.order_by(Message.seq))
