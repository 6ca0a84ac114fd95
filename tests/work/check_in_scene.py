"""A clinic with patients who get check-ins, a clock that moves, and what can be seen of it all."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.engine import Engine

from bot.care import alerts, check_in_consent, check_in_plan, people, treatments
from bot.care import check_ins as answering
from bot.care.check_in_consent import How
from bot.care.conversations import conversation_of, receive
from bot.care.database import transaction
from bot.care.models import (
    Alert,
    Channel,
    CheckIn,
    Conversation,
    Disposition,
    Message,
    MessageState,
    Patient,
    StaffMember,
    WebSession,
)
from bot.clinic.clock import FixedClock
from bot.clinic.instruments import Parsed, load_instrument
from bot.clinic.settings import Clinic, load_clinic
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.verdict import Verdict
from bot.work.check_ins import Rounds

NEW_YORK = ZoneInfo("America/New_York")
_numbers = itertools.count(1)


def at(when: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    """A moment of the wall clock, such as 2026-03-16 10:00."""
    return datetime.fromisoformat(when).replace(tzinfo=zone)


def spread_over(minutes: int) -> Clinic:
    """The demo clinic, with its patients spread over so many minutes."""
    clinic = load_clinic()
    return clinic.copy(update={"check_ins": clinic.check_ins.copy(update={"spread_minutes": minutes})})


FIRST, ASKED, REMINDED = "check_in_first", "check_in", "check_in_reminder"


@dataclass
class Scene:
    """begins: where the clock stands at first, New York's wall clock. All are asked in the same minute."""

    engine: Engine
    begins: str = "2026-03-16 08:00"
    clinic: Clinic = field(default_factory=lambda: spread_over(0))

    def __post_init__(self) -> None:
        self.clock = FixedClock(at(self.begins))
        self.rounds = Rounds(self.engine, self.clinic, Phrases.load(), self.clock)

    def patient(self, *channels: Channel, zone: str = "", phone: bool = True) -> int:
        """An enrolled patient who has agreed to check-ins on these channels."""
        number = f"+1212555{next(_numbers):04d}" if phone else ""
        with transaction(self.engine) as session:
            patient = people.enrol(session, people.Details("Maria Lopez", phone=number), self.clock.now())
            patient.time_zone = zone or None
            patient_id = int(patient.id)
            for channel in channels:
                check_in_consent.give(session, patient_id, channel, How.ON_PAPER, None, self.clock.now())
        return patient_id

    def infusion(self, patient_id: int, when: str, zone: ZoneInfo = NEW_YORK) -> int:
        """Record an infusion; gives its identifier."""
        with transaction(self.engine) as session:
            made = treatments.record_treatment(
                session, patient_id, at(when, zone), self.clinic, self.clock.now()
            )
            return int(made.id)

    def move(self, treatment_id: int, when: str) -> None:
        """The infusion begins at another time."""
        with transaction(self.engine) as session:
            treatments.move_treatment(session, treatment_id, at(when), self.clinic, self.clock.now())

    def call_off(self, treatment_id: int) -> None:
        """The infusion does not take place."""
        with transaction(self.engine) as session:
            treatments.cancel_treatment(session, treatment_id, self.clinic, self.clock.now())

    def until(self, when: str, every: timedelta = timedelta(minutes=30)) -> None:
        """Time passes, with a round every now and then."""
        end = at(when)
        while self.clock.now() + every <= end:
            self.clock.move(every)
            self.rounds.run()
        self.jump(when)
        self.rounds.run()

    def jump(self, when: str) -> None:
        """Time passes, and nobody works."""
        self.clock.move(at(when) - self.clock.now())

    def conversation(self, patient_id: int) -> int:
        """The patient's conversation."""
        with transaction(self.engine) as session:
            patient = session.get(Patient, patient_id)
            assert patient is not None
            return int(conversation_of(session, patient).id)

    def browser(self, patient_id: int, verified: bool = True) -> None:
        """The patient, or somebody who may be, has a browser that reads their conversation."""
        conversation_id = self.conversation(patient_id)
        with transaction(self.engine) as session:
            token = uuid.uuid4().hex
            session.add(WebSession(token_hash=token, conversation_id=conversation_id, verified=verified))

    def writes(
        self, patient_id: int, words: str, level: Level = Level.NONE, answered: bool = True
    ) -> Message:
        """The patient writes, and (unless told otherwise) has been answered."""
        with transaction(self.engine) as session:
            received = receive(
                session,
                self.conversation(patient_id),
                channel=Channel.SMS,
                external_id=str(uuid.uuid4()),
                text=words,
                verdict=Verdict(level, 0.9, ("a reason",) if level is not Level.NONE else ()),
                now=self.clock.now(),
            )
            if answered:
                received.message.state = MessageState.ANSWERED.value
            return received.message

    def answers(self, patient_id: int, *values: float) -> CheckIn:
        """The patient answers the first items of the check-in that was sent; all of them: it is finished."""
        conversation_id, now = self.conversation(patient_id), self.clock.now()
        with transaction(self.engine) as session:
            sent = answering.sent_check_in(session, conversation_id, now)
            instrument = load_instrument(sent.instrument if sent is not None else "daily")
            check_in = answering.start(session, conversation_id, instrument, now)
            for item, value in zip(instrument.items, values, strict=False):
                answering.log_answer(session, check_in, item, str(value), Parsed(value), None, now)
            if len(values) >= len(instrument.items):
                answering.end(session, check_in, instrument, now)
            return check_in

    def check_ins(self, patient_id: int) -> list[CheckIn]:
        """All of the patient, in the order in which they are or were due."""
        conversation_id = self.conversation(patient_id)
        with transaction(self.engine) as session:
            statement = select(CheckIn).where(CheckIn.conversation_id == conversation_id)
            return list(session.execute(statement.order_by(CheckIn.due_at, CheckIn.id)).scalars())

    def states(self, patient_id: int) -> list[tuple[str, str, str | None]]:
        """(entry of the plan, state, reason) of all of them."""
        return [(str(one.plan_key), str(one.state), one.reason) for one in self.check_ins(patient_id)]

    def planned(self, patient_id: int, zone: ZoneInfo = NEW_YORK) -> list[tuple[str, str]]:
        """(entry of the plan, local time) of those that are still to come."""
        return [
            (str(one.plan_key), f"{one.due_at.astimezone(zone):%d %b %H:%M}")
            for one in self.check_ins(patient_id)
            if one.state == "scheduled"
        ]

    def sent(self, patient_id: int, zone: ZoneInfo = NEW_YORK) -> list[tuple[str, str]]:
        """(kind, local time) of what we wrote."""
        conversation_id = self.conversation(patient_id)
        with transaction(self.engine) as session:
            statement = select(Message).where(
                Message.conversation_id == conversation_id, Message.sender != "patient"
            )
            messages = session.execute(statement.order_by(Message.seq)).scalars()
            return [(str(one.kind), f"{one.at.astimezone(zone):%d %b %H:%M}") for one in messages]

    def ours(self, patient_id: int) -> list[Message]:
        """What we wrote, in order."""
        conversation_id = self.conversation(patient_id)
        with transaction(self.engine) as session:
            statement = select(Message).where(
                Message.conversation_id == conversation_id, Message.sender != "patient"
            )
            return list(session.execute(statement.order_by(Message.seq)).scalars())

    def deliveries(self) -> int:
        """Jobs that hand a text to the carrier."""
        with transaction(self.engine) as session:
            statement = text("select count(*) from procrastinate_jobs where task_name = 'deliver'")
            return int(session.execute(statement).scalar_one())

    def nurse(self) -> int:
        """A member of staff."""
        with transaction(self.engine) as session:
            member = StaffMember(
                name="Nora Whitfield",
                email=f"nurse{next(_numbers)}@clinic.example",
                role="nurse",
                password_hash="-",
            )
            session.add(member)
            session.flush()
            return int(member.id)

    def take_over(self, patient_id: int, staff_id: int | None) -> None:
        """A member of staff has the conversation, or (None) the assistant has it again."""
        conversation_id = self.conversation(patient_id)
        with transaction(self.engine) as session:
            conversation = session.get(Conversation, conversation_id)
            assert conversation is not None
            conversation.owner_id = staff_id

    def replan(self, patient_id: int, clinic: Clinic | None = None) -> None:
        """Plan anew, as the worker does when it starts."""
        with transaction(self.engine) as session:
            check_in_plan.replan(session, patient_id, clinic or self.clinic, self.clock.now())

    def change(self, work: Any) -> Any:
        """What `work(session)` does in a transaction of its own."""
        with transaction(self.engine) as session:
            return work(session)


def resolve(scene: Scene) -> None:
    nurse = scene.nurse()

    def work_through(session: Any) -> None:
        alert = session.query(Alert).one()
        alerts.acknowledge(session, alert.id, nurse, scene.clock.now())
        alerts.resolve(session, alert.id, nurse, Disposition.REACHED_SAFE, "Phoned.", scene.clock.now())

    scene.change(work_through)
