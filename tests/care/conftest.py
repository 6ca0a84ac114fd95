"""A record of care, and hands to write into it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import conversations
from bot.care.conversations import SAFETY_REPLY, Received, Reply
from bot.care.database import transaction
from bot.care.models import Channel, StaffMember
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

AT = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
HELP = Reply("Call or text 988 now.", kind=SAFETY_REPLY)
_numbers = itertools.count(1)


@dataclass
class Care:
    """One conversation of one visitor, and what is asked of the record about it."""

    engine: Engine
    conversation_id: int = field(init=False)

    def __post_init__(self) -> None:
        with transaction(self.engine) as session:
            self.conversation_id = int(conversations.start_conversation(session).id)

    def receive(
        self, session: Session, text: str = "hello", level: str = "none", *reasons: str, **options: Any
    ) -> Received:
        """A patient's message is delivered, in the caller's transaction."""
        options.setdefault("external_id", f"delivery-{next(_numbers)}")
        options.setdefault("channel", Channel.WEB)
        options.setdefault("now", AT)
        if level in ("crisis", "emergency"):
            options.setdefault("immediate_reply", HELP)
        verdict = Verdict(Level(level), 0.9, reasons)
        return conversations.receive(session, self.conversation_id, text=text, verdict=verdict, **options)

    def delivered(self, text: str = "hello", level: str = "none", *reasons: str, **options: Any) -> Received:
        """The same in a transaction of its own."""
        with transaction(self.engine) as session:
            return self.receive(session, text, level, *reasons, **options)

    def count(self, model: Any) -> int:
        """Rows of this conversation."""
        with transaction(self.engine) as session:
            statement = select(func.count()).select_from(model)
            return int(
                session.execute(statement.where(model.conversation_id == self.conversation_id)).scalar_one()
            )

    def jobs(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(task, queue, arguments) of the jobs of this conversation, oldest first."""
        with transaction(self.engine) as session:
            rows = session.execute(
                text(
                    "select task_name, queue_name, args from procrastinate_jobs where lock like :lock order by id"
                ),
                {"lock": f"%:{self.conversation_id}"},
            )
            return [(row[0], row[1], row[2]) for row in rows]

    def look(self, read: Callable[[Session], Any]) -> Any:
        """What `read` finds in a transaction of its own."""
        with transaction(self.engine) as session:
            return read(session)


@pytest.fixture
def care(engine: Engine) -> Care:
    """A fresh conversation."""
    return Care(engine)


@pytest.fixture
def nurse(engine: Engine) -> int:
    """A member of staff."""
    with transaction(engine) as session:
        member = StaffMember(
            name="Nora Whitfield",
            email=f"nurse{next(_numbers)}@clinic.example",
            role="nurse",
            password_hash="-",
        )
        session.add(member)
        session.flush()
        return int(member.id)
