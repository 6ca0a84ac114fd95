"""A message comes in from a browser: placed, screened, stored once. Blocking; the route runs each step in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.engine import Engine

from bot.care import conversations
from bot.care.database import transaction
from bot.care.models import Channel
from bot.channels.immediate import immediate_reply
from bot.channels.web_chat.errors import TooLong
from bot.channels.web_chat.sessions import require
from bot.channels.web_chat.wire import LONGEST_TEXT, Incoming, message_json, unstored_reply_json
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

FOUND = 0.2
"""The least score with which the screen raises an alarm. Below it, an over-long text is `unassessed` only because the
screen read it in parts, and found them harmless."""


class Assessing(Protocol):
    """What the web chat needs of the screen."""

    def assess(self, text: str, context: str | None = None) -> Verdict:
        """The verdict on a text. Never raises."""


@dataclass(frozen=True)
class Place:
    """Where a message belongs. question: what our last message there asked, or None."""

    conversation_id: int
    question: str | None


@dataclass(frozen=True)
class Intake:
    """What taking in a message needs."""

    engine: Engine
    clinic: Clinic
    clock: Clock
    screen: Assessing
    phrases: Phrases

    def place(self, token: str | None, conversation: str | None) -> Place:
        """Where a browser's message belongs. Raises UnknownSession, OtherConversation, DatabaseUnavailable."""
        with transaction(self.engine) as session:
            conversation_id = int(require(session, token, conversation).conversation_id)
            return Place(conversation_id, conversations.question_just_asked(session, conversation_id))

    def assess(self, message: Incoming, question: str | None) -> Verdict:
        """The verdict on what was typed; for a tapped button, on the number it stands for as well."""
        verdict = self.screen.assess(message.text, question)
        if message.choice is not None:
            chosen = self.screen.assess(message.choice, question)
            verdict = max(verdict, chosen, key=lambda one: one.level.rank)
        return verdict

    def store(self, place: Place, message: Incoming, verdict: Verdict) -> dict[str, Any]:
        """Store a message once and say so. Raises TooLong, DatabaseUnavailable.

        A worrying message is never too long: it is stored whole, since what matters may stand anywhere in it.
        """
        if message.too_long and not _worrying(verdict):
            raise TooLong(
                f"This message is longer than {LONGEST_TEXT} characters, and nobody has read it. "
                "Send the main point in a few sentences. If it cannot wait, please call."
            )
        now = self.clock.now()
        reply = immediate_reply(verdict, message.text, Channel.WEB, self.phrases, self.clinic, now)
        with transaction(self.engine) as session:
            received = conversations.receive(
                session,
                place.conversation_id,
                channel=Channel.WEB,
                external_id=message.id,
                text=message.text,
                verdict=verdict,
                now=now,
                immediate_reply=reply,
                choice=message.choice,
            )
            return {
                "message": message_json(received.message),
                "reply": message_json(received.reply, int(received.message.seq)) if received.reply else None,
            }

    def unstored_reply(self, message: Incoming, verdict: Verdict) -> dict[str, Any] | None:
        """The safety text for a message that could not be stored: it says that nobody could be told."""
        now = self.clock.now()
        reply = immediate_reply(
            verdict, message.text, Channel.WEB, self.phrases, self.clinic, now, stored=False
        )
        return unstored_reply_json(reply, verdict.level) if reply else None


def _worrying(verdict: Verdict) -> bool:
    """Whether the screen found something, be it in the parts of an over-long text that it read, or failed."""
    return verdict.level.needs_staff and (verdict.level is not Level.UNASSESSED or verdict.score >= FOUND)
