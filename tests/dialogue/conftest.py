"""A patient who talks to the assistant: the real screen, the real Rasa model, the real database, a clock we move."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.care import conversations
from bot.care.database import transaction
from bot.care.models import Alert, Channel, Conversation, Item, Message, Patient, Treatment
from bot.care.transcript import messages_before
from bot.channels.immediate import immediate_reply
from bot.clinic.clock import FixedClock
from bot.clinic.settings import Clinic, load_clinic
from bot.dialogue.host import DialogueHost
from bot.guidance.phrases import Phrases
from bot.safety.screen import Screen
from bot.work.answer import Answering, Outcome

# Saturday, 21 November 2026, 15:00 in New York: the demo clinic is closed, the next day is a Sunday.
AFTERNOON = datetime(2026, 11, 21, 20, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="session")
def host() -> DialogueHost:
    """The trained model, loaded once. What Rasa's pinned libraries warn of while they load is not ours to mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return DialogueHost.load()


@pytest.fixture(scope="session")
def screen() -> Screen:
    """The screen as the web process has it."""
    return Screen.load("full")


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    """The demo clinic."""
    return load_clinic()


@dataclass
class Talker:
    """One patient (or visitor). `says` gives what they read in reply, in order."""

    engine: Engine
    answering: Answering
    screen: Screen
    clock: FixedClock
    conversation_id: int
    outcomes: list[Outcome] = field(default_factory=list)

    async def says(self, text: str, channel: Channel = Channel.WEB, choice: str | None = None) -> list[str]:
        """Send a text through the steps of a channel, let the worker take its turn, and read the replies."""
        return [message.text for message in await self.turn(text, channel, choice)]

    async def turn(
        self, text: str, channel: Channel = Channel.WEB, choice: str | None = None
    ) -> list[Message]:
        """The same, as stored messages; the notice of first contact is left out."""
        seq = self.deliver(text, channel, choice)
        self.outcomes.append(await self.answering.next_turn(self.conversation_id))
        self.clock.move(timedelta(seconds=30))
        with transaction(self.engine) as session:
            return [
                message
                for message in messages_before(session, self.conversation_id, None)
                if message.seq > seq and message.kind != conversations.FIRST_CONTACT
            ]

    def deliver(self, text: str, channel: Channel = Channel.WEB, choice: str | None = None) -> int:
        """What a channel does with a text: screen, store, reply at once where it must. Gives the message's number."""
        with transaction(self.engine) as session:
            question = conversations.question_just_asked(session, self.conversation_id)
        verdict = self.screen.assess_with((), text, question)
        now = self.clock.now()
        reply = immediate_reply(verdict, text, channel, self.answering.phrases, self.answering.clinic, now)
        with transaction(self.engine) as session:
            received = conversations.receive(
                session,
                self.conversation_id,
                channel=channel,
                external_id=str(uuid.uuid4()),
                text=text,
                verdict=verdict,
                now=now,
                immediate_reply=reply,
                choice=choice,
            )
            return int(received.message.seq)

    def had_infusion(self, ago: timedelta) -> None:
        """Record an infusion, in the past or (negative) to come."""
        with transaction(self.engine) as session:
            conversation = session.get(Conversation, self.conversation_id)
            assert conversation is not None
            if conversation.patient is None:
                conversation.patient = Patient(name="Test Patient")
            at = self.clock.now() - ago
            conversation.patient.treatments.append(Treatment(infusion_at=at))

    def items(self) -> list[Item]:
        """What lies in the staff queue for this conversation, oldest first."""
        with transaction(self.engine) as session:
            statement = select(Item).where(Item.conversation_id == self.conversation_id).order_by(Item.id)
            return list(session.execute(statement).scalars())

    def alerts(self) -> list[Alert]:
        """The alerts of this conversation."""
        with transaction(self.engine) as session:
            statement = select(Alert).where(Alert.conversation_id == self.conversation_id).order_by(Alert.id)
            return list(session.execute(statement).scalars())


@pytest.fixture
def clock() -> FixedClock:
    """Stands at AFTERNOON until it is moved."""
    return FixedClock(AFTERNOON)


@pytest.fixture
def answering(engine: Engine, host: DialogueHost, clinic: Clinic, clock: FixedClock) -> Answering:
    """The answer worker's task."""
    return Answering(engine, host, Phrases.load(), clinic, clock)


@pytest.fixture
def visitor(engine: Engine, answering: Answering, screen: Screen, clock: FixedClock) -> Iterator[Talker]:
    """Somebody whom the clinic does not know."""
    with transaction(engine) as session:
        conversation_id = int(conversations.start_conversation(session).id)
    yield Talker(engine, answering, screen, clock, conversation_id)


@pytest.fixture
def patient(visitor: Talker) -> Talker:
    """A patient who had an infusion two hours ago."""
    visitor.had_infusion(timedelta(hours=2))
    return visitor
