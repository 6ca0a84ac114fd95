"""What is kept of one browser in an outage, and who takes it in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Engine

from bot.care import conversations
from bot.care.conversations import Reply
from bot.care.database import transaction
from bot.care.models import Channel, Patient, WebSession
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept
from bot.channels.take_in import TakeIn
from bot.channels.web_chat.intake import Intake
from bot.channels.web_chat.sessions import open_session
from bot.channels.web_chat.tokens import token_hash
from bot.clinic.clock import FixedClock
from bot.clinic.settings import load_clinic
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from tests.channels.web_chat.support import TUESDAY_NOON, FakeScreen

CRISIS = Verdict(Level.CRISIS, 0.99, ("Thoughts of suicide",), danger="own")
NOTICE = Reply("Saved, and not read yet.", kind="kept")
OPENED = TUESDAY_NOON - timedelta(days=1)


def taking(engine: Engine, clock: FixedClock, spool: Spool) -> TakeIn:
    take_in = TakeIn(engine, clock.now, spool)
    intake = Intake(engine, load_clinic(), clock, FakeScreen(), Phrases.load())
    take_in.register(Channel.WEB, intake)
    return take_in


class Chat:
    """One browser's session, and what it writes in an outage."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with transaction(engine) as session:
            patient = Patient(name="Maria Lopez")
            session.add(patient)
            session.flush()
            token, opened = open_session(session, OPENED, patient)
            self.id = int(opened.conversation_id)
        self.token = token_hash(token)

    def writes(
        self,
        words: str,
        name: str,
        minute: int = 0,
        verdict: Verdict | None = None,
        told: Reply | None = None,
    ) -> Kept:
        at = TUESDAY_NOON + timedelta(minutes=minute)
        what = {"text": words, "choice": None, "conversation_id": self.id}
        return Kept("web", self.token, name, at, what, verdict or Verdict(Level.NONE), told)

    def revoke(self, at: datetime) -> None:
        with transaction(self.engine) as session:
            session.query(WebSession).filter_by(token_hash=self.token).update({"revoked_at": at})

    def rows(self, model: Any) -> list[Any]:
        with transaction(self.engine) as session:
            return list(session.query(model).filter_by(conversation_id=self.id).order_by(model.id))

    def asks(self, question: str) -> None:
        with transaction(self.engine) as session:
            conversation = conversations.lock(session, self.id)
            reply = Reply("A question?", question=question)
            conversations.say(session, conversation, reply, channel=Channel.WEB, now=OPENED)
