"""Check-ins that the clinic sends, and what is stored of them."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import delete, select

from bot.care import alerts, check_in_consent, conversations
from bot.care.check_ins import series
from bot.care.database import transaction
from bot.care.models import (
    Channel,
    CheckIn,
    CheckInState,
    Conversation,
    Disposition,
    Message,
    PhoneNumber,
    StaffMember,
    TrackerState,
    WebSession,
)
from bot.care.numbers import numbers_of
from bot.care.transcript import messages_before
from bot.channels.web_chat.intake import Intake, Place
from bot.channels.web_chat.wire import Incoming
from bot.clinic.instruments import load_instrument
from bot.work.answer import Outcome
from bot.work.check_ins import Rounds
from tests.dialogue.conftest import Talker

BOTH = (Channel.WEB, Channel.SMS)


class Browsing(Talker):
    """A patient in the web chat, with all that its intake does: also what was asked after a crisis text."""

    def deliver(self, text: str, channel: Channel = Channel.WEB, choice: str | None = None) -> int:
        """Take a message in as the web process does. Gives its number."""
        answering = self.answering
        intake = Intake(self.engine, answering.clinic, self.clock, self.screen, answering.phrases)
        with transaction(self.engine) as session:
            before = intake.follow_ups.before(session, self.conversation_id, self.clock.now())
        message = Incoming(str(uuid.uuid4()), text, choice, conversation=None, too_long=False)
        intake.store(Place(self.conversation_id, before), message, intake.assess(message, before))
        with transaction(self.engine) as session:
            statement = select(Message.seq).where(Message.external_id == message.id)
            return int(session.execute(statement).scalar_one())

    def queue(self, *texts: str) -> None:
        """Several messages come in while the answer worker is busy."""
        for text in texts:
            self.deliver(text)

    async def catch_up(self) -> list[str]:
        """The answer worker answers whatever waits. Gives what it says."""
        with transaction(self.engine) as session:
            seq = int(session.get(Conversation, self.conversation_id).last_seq)  # type: ignore[union-attr]
        while await self.answering.next_turn(self.conversation_id) is not Outcome.NOTHING:
            pass
        with transaction(self.engine) as session:
            return [
                str(message.text)
                for message in messages_before(session, self.conversation_id, None)
                if message.seq > seq and message.kind != conversations.FIRST_CONTACT
            ]


def browsing(talker: Talker) -> Browsing:
    """The same patient, in the web chat."""
    return Browsing(talker.engine, talker.answering, talker.screen, talker.clock, talker.conversation_id)


def send(talker: Talker, channel: Channel = Channel.WEB, instrument: str = "daily") -> str:
    """A check-in falls due and the care worker sends it. Gives what the patient reads."""
    now = talker.clock.now()
    with transaction(talker.engine) as session:
        conversation = session.get(Conversation, talker.conversation_id)
        assert conversation is not None and conversation.patient_id is not None
        check_in_consent.give(
            session, int(conversation.patient_id), channel, check_in_consent.How.ON_PAPER, None, now
        )
        if channel is Channel.WEB:
            session.add(
                WebSession(token_hash=uuid.uuid4().hex, conversation_id=conversation.id, verified=True)
            )
        elif not numbers_of(session, int(conversation.id)):
            number = f"+1212555{talker.conversation_id % 10_000:04d}"
            session.add(PhoneNumber(number=number, conversation_id=conversation.id))
        session.add(
            CheckIn(
                conversation_id=conversation.id,
                plan_key="evening",
                instrument=instrument,
                instrument_version=load_instrument(instrument).version,
                state=CheckInState.SCHEDULED.value,
                due_at=now,
                send_by=now + timedelta(hours=2),
                expires_at=now + timedelta(hours=36),
            )
        )
    Rounds(talker.engine, talker.answering.clinic, talker.answering.phrases, talker.clock).run()
    with transaction(talker.engine) as session:
        said = select(Message.text).where(Message.conversation_id == talker.conversation_id)
        return str(session.execute(said.order_by(Message.seq.desc()).limit(1)).scalar_one())


def stored(talker: Talker) -> list[tuple]:
    """The check-ins of a conversation: state, and item, value, raw text, skipped of each answer."""
    with transaction(talker.engine) as session:
        return [
            (one.state, [(a.item, a.value, a.raw, a.skipped) for a in one.answers])
            for one in series(session, talker.conversation_id)
        ]


def resting(talker: Talker) -> tuple[str, str | None]:
    """State of the last check-in, and why it rests."""
    with transaction(talker.engine) as session:
        statement = select(CheckIn).where(CheckIn.conversation_id == talker.conversation_id)
        last = session.execute(statement.order_by(CheckIn.id.desc()).limit(1)).scalar_one()
        return str(last.state), last.paused_because


def numbers(talker: Talker) -> list[tuple]:
    """Item and value of each answer of the last check-in, in the order in which they were logged."""
    return [(item, value) for item, value, *_ in stored(talker)[-1][1]]


def forget(talker: Talker) -> None:
    """Rasa's memory of the conversation is lost."""
    with transaction(talker.engine) as session:
        session.execute(delete(TrackerState).where(TrackerState.conversation_id == talker.conversation_id))


def resolve(talker: Talker) -> None:
    """A nurse has spoken with the patient: the alert is over."""
    with transaction(talker.engine) as session:
        nurse = StaffMember(
            name="Nora Whitfield",
            email=f"{uuid.uuid4().hex}@clinic.example",
            role="nurse",
            password_hash="-",
        )
        session.add(nurse)
        session.flush()
        alert = alerts.unresolved_alert(session, talker.conversation_id)
        assert alert is not None
        now = talker.clock.now()
        alerts.acknowledge(session, int(alert.id), int(nurse.id), now)
        alerts.resolve(session, int(alert.id), int(nurse.id), Disposition.REACHED_SAFE, "Phoned.", now)


def passes(talker: Talker, hours: float) -> None:
    """Time passes, and the care worker looks."""
    talker.clock.move(timedelta(hours=hours))
    Rounds(talker.engine, talker.answering.clinic, talker.answering.phrases, talker.clock).run()
