"""Check-ins written into the record as a plan and a patient would have left them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.care import check_ins
from bot.care.database import transaction
from bot.care.models import CheckIn, CheckInState, Conversation, Patient, Treatment
from bot.clinic.instruments import Parsed, load_instrument


@dataclass
class Course:
    """One conversation's check-ins, each `day` days after `begin`."""

    engine: Engine
    conversation_id: int
    begin: datetime

    def at(self, day: float) -> datetime:
        return self.begin + timedelta(days=day)

    def infusion(self, day: float, cancelled: bool = False) -> None:
        """A treatment; the conversation becomes a patient's where it is nobody's yet."""
        with transaction(self.engine) as session:
            conversation = session.get(Conversation, self.conversation_id)
            if conversation.patient is None:
                conversation.patient = Patient(name="Maria Lopez")
            at = self.at(day)
            conversation.patient.treatments.append(
                Treatment(infusion_at=at, cancelled_at=at if cancelled else None)
            )

    def patient_id(self) -> int:
        with transaction(self.engine) as session:
            statement = select(Conversation.patient_id).where(Conversation.id == self.conversation_id)
            return int(session.execute(statement).scalar_one())

    def answered(
        self, day: float, instrument: str = "daily", state: str = "finished", **values: float | str | None
    ) -> int:
        """A check-in with these answers: a number, words, or None for skipped. Gives its identifier."""
        known, at = load_instrument(instrument), self.at(day)
        with transaction(self.engine) as session:
            made = CheckIn(
                conversation_id=self.conversation_id,
                plan_key="evening",
                instrument=instrument,
                instrument_version=known.version,
                state=state,
                due_at=at,
                sent_at=at,
                started_at=at,
                ended_at=None if state == "open" else at,
            )
            session.add(made)
            session.flush()
            for place, (item, value) in enumerate(values.items()):
                self._log(session, made, item, value, at + timedelta(minutes=place))
            return int(made.id)

    def corrected(self, check_in_id: int, item: str, value: float | str | None, after: timedelta) -> None:
        """A further answer to an item that has one."""
        with transaction(self.engine) as session:
            made = session.get(CheckIn, check_in_id)
            self._log(session, made, item, value, made.started_at + after)

    def _log(self, session, made: CheckIn, item: str, value: float | str | None, at: datetime) -> None:
        known = load_instrument(made.instrument).item(item)
        number = float(value) if isinstance(value, (int, float)) else None
        raw = "skip" if value is None else f"{value:g}" if number is not None else str(value)
        check_ins.log_answer(session, made, known, raw, Parsed(number, skipped=value is None), None, at)

    def expired(self, day: float, sent: bool = True, instrument: str = "daily") -> int:
        """A planned check-in that nobody answered, or that could not be sent."""
        at = self.at(day)
        with transaction(self.engine) as session:
            made = CheckIn(
                conversation_id=self.conversation_id,
                plan_key="evening",
                instrument=instrument,
                instrument_version=load_instrument(instrument).version,
                state=CheckInState.EXPIRED.value,
                due_at=at,
                sent_at=at if sent else None,
            )
            session.add(made)
            session.flush()
            return int(made.id)
