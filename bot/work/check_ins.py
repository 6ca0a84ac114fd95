"""Check-ins in time: the first question when it is due, one reminder, and an end when no answer is waited for any more.

The rows are the truth and there is no job for later: every few seconds a round takes what is due. Each check-in is one
transaction with its conversation locked, so that two workers, or one that is killed anywhere, neither lose nor repeat
one; the text itself goes through the queue in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.care import check_in_consent, check_in_plan
from bot.care.alerts import unresolved_alert
from bot.care.conversations import Reply, lock, say, waiting_for_answer
from bot.care.database import transaction
from bot.care.models import (
    Channel,
    CheckIn,
    CheckInPause,
    CheckInReason,
    CheckInState,
    Conversation,
)
from bot.care.numbers import number_to_start, numbers_of
from bot.care.prepared import constant
from bot.care.signals import assess_missed
from bot.clinic.clock import Clock
from bot.clinic.errors import AftercareError
from bot.clinic.instruments import load_instrument
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.work.check_in_looks import (
    FIRST_CHECK_IN,
    STILL_WRITING,
    answering_now,
    has_browser,
    introduced,
    just_answered,
    last_touched,
)

log = logging.getLogger(__name__)

CHECK_IN, REMINDER = "check_in", "check_in_reminder"
"""Kinds of the messages that we start, besides FIRST_CHECK_IN."""

Step = Callable[[Session, CheckIn, Conversation, datetime], None]


@dataclass(frozen=True)
class Rounds:
    """One round after the other. Any number of processes may run them at once."""

    engine: Engine
    clinic: Clinic
    phrases: Phrases
    clock: Clock

    def run(self) -> None:
        """End what is over, send what is due, remind once. One that fails is logged and left for the next round."""
        self._each(self._over(), (CheckInState.SENT, CheckInState.OPEN), self._end)
        self._each(self._due(), (CheckInState.SCHEDULED,), self._send)
        self._each(self._to_remind(), (CheckInState.SENT,), self._remind)

    def plan_anew(self) -> None:
        """Bring every plan that is not over up to what clinic.yml says now. Run when a worker starts."""
        now = self.clock.now()
        with transaction(self.engine) as session:
            patients = check_in_plan.with_plans(session, self.clinic.check_ins, now)
        for patient_id in patients:
            with transaction(self.engine) as session:
                check_in_plan.replan(session, patient_id, self.clinic, now)

    def _each(self, ids: list[int], states: tuple[CheckInState, ...], step: Step) -> None:
        for check_in_id in ids:
            try:
                self._one(check_in_id, states, step)
            except (AftercareError, SQLAlchemyError) as error:
                log.error("Check-in %d: %s; it is tried again.", check_in_id, type(error).__name__)

    def _one(self, check_in_id: int, states: tuple[CheckInState, ...], step: Step) -> None:
        with transaction(self.engine) as session:
            row = session.get(CheckIn, check_in_id)
            if row is None:
                return
            conversation = lock(session, int(row.conversation_id))
            # A turn that is answering it has the row; it is looked at again in the next round.
            statement = select(CheckIn).where(
                CheckIn.id == check_in_id, CheckIn.state.in_([state.value for state in states])
            )
            row = session.execute(
                statement.with_for_update(key_share=True, skip_locked=True).execution_options(
                    populate_existing=True
                )
            ).scalar_one_or_none()
            if row is not None:
                step(session, row, conversation, self.clock.now())

    def _over(self) -> list[int]:
        now = self.clock.now()
        longest = timedelta(hours=self.clinic.check_ins.expire_after_hours)
        waiting = CheckIn.state.in_((CheckInState.SENT.value, CheckInState.OPEN.value))
        # One that the patient asked for has no end of its own.
        ends = func.coalesce(CheckIn.expires_at, CheckIn.started_at + longest)
        return self._ids(select(CheckIn.id).where(waiting, ends <= now).order_by(CheckIn.id))

    def _due(self) -> list[int]:
        statement = select(CheckIn.id).where(
            CheckIn.state == constant(CheckInState.SCHEDULED.value), CheckIn.due_at <= self.clock.now()
        )
        return self._ids(statement.order_by(CheckIn.due_at, CheckIn.id))

    def _to_remind(self) -> list[int]:
        statement = select(CheckIn.id).where(
            CheckIn.state == constant(CheckInState.SENT.value),
            CheckIn.remind_at <= self.clock.now(),
            CheckIn.reminded_at.is_(None),
        )
        return self._ids(statement.order_by(CheckIn.remind_at, CheckIn.id))

    def _ids(self, statement: object) -> list[int]:
        with transaction(self.engine) as session:
            return [int(one) for one in session.execute(statement).scalars()]

    def _end(self, session: Session, row: CheckIn, conversation: Conversation, now: datetime) -> None:
        if row.state == CheckInState.SENT.value:
            _unanswered(session, row, now)
        elif now - last_touched(session, row) >= STILL_WRITING:
            row.state, row.ended_at = CheckInState.PARTIAL.value, now

    def _send(self, session: Session, row: CheckIn, conversation: Conversation, now: datetime) -> None:
        if now < row.due_at:
            return  # moved meanwhile
        if now > row.send_by:
            # What held it back is why it was not sent; otherwise nobody was there to send it.
            held = CheckInReason(row.held_because) if row.held_because else CheckInReason.LATE
            _expire(row, held, now)
            return
        channel = self._channel(session, conversation, now)
        if channel is None and not self._agreed(session, conversation):
            check_in_plan.cancel_row(row, CheckInReason.NO_CONSENT, now)
            return
        held_by = self._held_by(session, row, conversation, channel, now)
        if held_by is not None or channel is None:
            reason = held_by or CheckInReason.UNREACHABLE
            row.held_at, row.held_because = row.held_at or now, reason.value
            return
        if row.requested_by_id is None and just_answered(session, row, now):
            check_in_plan.cancel_row(row, CheckInReason.JUST_ANSWERED, now)
            return
        self._replace_earlier(session, row, now)
        self._ask(session, row, conversation, channel, now)

    def _agreed(self, session: Session, conversation: Conversation) -> bool:
        patient_id = conversation.patient_id
        return patient_id is not None and bool(check_in_consent.channels(session, int(patient_id)))

    def _channel(self, session: Session, conversation: Conversation, now: datetime) -> Channel | None:
        """The channel that a check-in goes out on, or None where the patient cannot be reached on one they agreed to.

        A patient who told the carrier to stop, and not us, has taken their consent back as well.
        """
        if conversation.patient_id is None:
            return None
        for channel in check_in_consent.channels(session, int(conversation.patient_id)):
            if channel is Channel.WEB and has_browser(session, int(conversation.id)):
                return channel
            if channel is Channel.SMS:
                phone = number_to_start(session, int(conversation.id))
                if phone is not None and phone.opted_out_at is None:
                    return channel
                if any(one.opted_out_at for one in numbers_of(session, int(conversation.id))):
                    how = check_in_consent.How.TO_THE_CARRIER
                    check_in_consent.withdraw_all(session, conversation, how, now)
                    return None
        return None

    def _held_by(
        self,
        session: Session,
        row: CheckIn,
        conversation: Conversation,
        channel: Channel | None,
        now: datetime,
    ) -> CheckInReason | None:
        if channel is None:
            return CheckInReason.UNREACHABLE
        if conversation.owner_id is not None:
            return CheckInReason.STAFF_SPEAKS
        if row.requested_by_id is None and unresolved_alert(session, int(conversation.id)) is not None:
            return CheckInReason.ALERT
        if self._quiet(conversation, now):
            return CheckInReason.QUIET_HOURS
        if waiting_for_answer(session, int(conversation.id)) or answering_now(session, row, now):
            return CheckInReason.WRITING
        return None

    def _quiet(self, conversation: Conversation, at: datetime) -> bool:
        zone = check_in_plan.zone_of(conversation.patient, self.clinic)
        return self.clinic.check_ins.is_quiet(at.astimezone(zone))

    def _replace_earlier(self, session: Session, row: CheckIn, now: datetime) -> None:
        """Two sets of questions at once help nobody: what still waits for an answer ends."""
        earlier = select(CheckIn).where(
            CheckIn.conversation_id == row.conversation_id,
            CheckIn.state.in_((CheckInState.SENT.value, CheckInState.OPEN.value)),
        )
        for one in session.execute(earlier.with_for_update(key_share=True, skip_locked=True)).scalars():
            if one.state == CheckInState.SENT.value:
                _unanswered(session, one, now)
            else:
                one.state, one.ended_at = CheckInState.PARTIAL.value, now
        session.flush()

    def _ask(
        self, session: Session, row: CheckIn, conversation: Conversation, channel: Channel, now: datetime
    ) -> None:
        sober = unresolved_alert(session, int(conversation.id)) is not None
        if not introduced(session, conversation, channel):
            self._say(session, conversation, channel, FIRST_CHECK_IN, now)
        opening = self._opening(row, channel, "check_in_opening_sober" if sober else "check_in_opening")
        say(session, conversation, opening, channel=channel, now=now)
        settings = self.clinic.check_ins
        remind_at = now + timedelta(hours=settings.remind_after_hours)
        reminds = settings.remind_after_hours > 0 and not self._quiet(conversation, remind_at)
        row.state = CheckInState.SENT.value
        row.channel = channel.value
        row.instrument_version = load_instrument(row.instrument).version
        row.sent_at = now
        row.remind_at = remind_at if reminds and remind_at < row.expires_at else None
        row.held_at = row.held_because = None

    def _opening(self, row: CheckIn, channel: Channel, key: str) -> Reply:
        """The first question straight away, so that a number is an answer."""
        item = load_instrument(row.instrument).items[0]
        asked = f"check_in_{item.wording}"
        question = self.phrases.say(asked, channel.value, self.clinic)
        sender = self.clinic.check_ins.sender
        text = self.phrases.say(key, channel.value, self.clinic, sender=sender, question=question)
        buttons = tuple({"title": one.title, "payload": one.payload} for one in self.phrases.buttons(asked))
        kind = REMINDER if key == "check_in_reminder" else CHECK_IN
        return Reply(
            text, kind=kind, question=item.context, buttons=buttons if channel is Channel.WEB else ()
        )

    def _say(
        self, session: Session, conversation: Conversation, channel: Channel, key: str, now: datetime
    ) -> None:
        settings = self.clinic.check_ins
        fields = {
            "sender": settings.sender,
            "count": str(len(settings.plan)),
            "weeks": "week" if settings.weeks == 1 else f"{settings.weeks} weeks",
        }
        text = self.phrases.say(key, channel.value, self.clinic, **fields)
        say(session, conversation, Reply(text, kind=key), channel=channel, now=now)

    def _remind(self, session: Session, row: CheckIn, conversation: Conversation, now: datetime) -> None:
        if row.remind_at is None or row.reminded_at is not None:
            return  # another worker was quicker
        if waiting_for_answer(session, int(conversation.id)):
            return
        channel = self._channel(session, conversation, now)
        held = self._held_by(session, row, conversation, channel, now)
        alert = unresolved_alert(session, int(conversation.id))
        if held is not None or channel is None or channel.value != row.channel or alert is not None:
            # The hour has passed; nobody is reminded in the wrong moment, nor elsewhere than they were asked.
            row.remind_at = None
            return
        opening = self._opening(row, channel, "check_in_reminder")
        say(session, conversation, opening, channel=channel, now=now)
        row.reminded_at = now


def _expire(row: CheckIn, reason: CheckInReason, now: datetime) -> None:
    row.state, row.reason, row.ended_at = CheckInState.EXPIRED.value, reason.value, now


def _unanswered(session: Session, row: CheckIn, now: datetime) -> None:
    worried = row.paused_because == CheckInPause.WORRY.value
    _expire(row, CheckInReason.WORRY_INSTEAD if worried else CheckInReason.UNANSWERED, now)
    session.flush()
    assess_missed(session, int(row.conversation_id), now)
