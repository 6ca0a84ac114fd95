"""What staff say about how messages were taken, as examples to learn from: corrections, and how alerts ended.

How an alert ended is in the record already and is read from there; only what staff say of a single message has a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from bot.care import live
from bot.care.alerts import raise_signal
from bot.care.models import Alert, AlertEvent, Correction, Disposition, Message, Sender
from bot.clinic.errors import AftercareError
from bot.safety.levels import Level

LEVELS = (Level.NONE, Level.URGENT, Level.EMERGENCY, Level.CRISIS)
"""What a message can be said to be; `unassessed` is a failure of the screen, not a judgement."""
OTHER_INTENTS = (
    "greet", "goodbye", "thank", "affirm", "deny", "bot_challenge", "help", "checkin", "mood_good", "mood_bad",
    "human", "stop", "out_of_scope", "safety",
)  # fmt: skip
"""What a message can ask for besides a topic of the guidance, which is `ask_` and the topic (see data/nlu)."""

WORRYING_INTENT = "safety"
_SAY_NOTHING = frozenset({Disposition.DUPLICATE.value, Disposition.TEST.value})
"""Ends that say nothing of the messages themselves."""
_FLAGGED = "A member of staff says that a message should have been flagged, and how: read the conversation."
_AT_ONCE = 500


class NothingJudged(AftercareError):
    """A correction names neither a level nor an intent that there is, or no message of a patient."""

    code, status = "AC261", 422


@dataclass(frozen=True)
class Judged:
    """What staff say of a message: the newest level and intent (None: nobody has said), who said last, and when."""

    level: str | None
    intent: str | None
    by: str
    at: datetime


@dataclass(frozen=True)
class Label:
    """One labelled message. intent or safety is None where nobody has judged it: such a line cannot be learnt from.

    source: a disposition, or `corrected`.
    """

    text: str
    intent: str | None
    safety: str | None
    context: str | None
    source: str

    @property
    def finished(self) -> bool:
        """Whether it says all that data/safety/messages needs."""
        return self.intent is not None and self.safety is not None

    def as_json(self) -> dict[str, Any]:
        """A line of data/safety/messages; a part that nobody has judged is null, for somebody to fill in."""
        line: dict[str, Any] = {"text": self.text, "intent": self.intent, "safety": self.safety}
        if self.context:
            line["context"] = self.context
        return {**line, "tags": [self.source]}


def correct(
    session: Session,
    message_id: int,
    staff_id: int,
    now: datetime,
    *,
    level: Level | None = None,
    intent: str | None = None,
    open_alert: bool = False,
) -> Correction:
    """Say what a patient's message should have been taken for. Nothing that was said or decided changes.

    intent: must be one that there is, which the caller knows. open_alert: put it before staff as well, at `level`.
    Raises NothingJudged.
    """
    message = session.get(Message, message_id)
    if message is None or message.sender != Sender.PATIENT.value:
        raise NothingJudged(f"Message {message_id} is no message of a patient. Go back to the conversation.")
    if (level is None and intent is None) or level is Level.UNASSESSED:
        raise NothingJudged("Choose how worrying the message was, or what it asked for.")
    row = Correction(
        message_id=message_id, staff_id=staff_id, at=now, level=level.value if level else None, intent=intent
    )
    session.add(row)
    session.flush()
    live.conversation_changed(session, int(message.conversation_id))
    if open_alert and level is not None and level.needs_staff:
        raise_signal(
            session, int(message.conversation_id), level, [_FLAGGED], now, key=f"correction:{row.id}"
        )
    return row


def judged(session: Session, message_ids: Iterable[int]) -> dict[int, Judged]:
    """What staff say of these messages, by message; one that nobody has judged is not in it."""
    statement = select(Correction).options(joinedload(Correction.staff))
    found: dict[int, Judged] = {}
    for row in session.execute(
        statement.where(Correction.message_id.in_(list(message_ids))).order_by(Correction.id)
    ).scalars():
        before = found.get(row.message_id)
        found[row.message_id] = Judged(
            row.level or (before.level if before else None),
            row.intent or (before.intent if before else None),
            str(row.staff.name),
            row.at,
        )
    return found


def context_of(session: Session, message: Message) -> str | None:
    """The question that our last message before this one asked, if it asked one."""
    statement = select(Message.question).where(
        Message.conversation_id == message.conversation_id,
        Message.seq < message.seq,
        Message.sender != Sender.PATIENT.value,
    )
    return session.execute(statement.order_by(Message.seq.desc()).limit(1)).scalar_one_or_none()


def labels(session: Session) -> Iterator[Label]:
    """Every message of which staff have said something, oldest first. Erased messages are not there any more.

    What staff say of the message itself counts before how its alert ended. A false alarm was not worrying; duplicate
    and test judge nothing, and their lines wait for somebody who does; any other end confirms the level that the screen
    gave. Who corrects only what a message asked for lets
    its level stand. A worrying message has the intent `safety`, as in data/safety/messages.
    """
    ended = _ended(session)
    corrected = set(session.execute(select(Correction.message_id).distinct()).scalars())
    ids = sorted(corrected | set(ended))
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        said = judged(session, some)
        statement = select(Message).where(Message.id.in_(some), Message.text != "").order_by(Message.id)
        for message in session.execute(statement).scalars():
            yield _label(session, message, said.get(int(message.id)), ended.get(int(message.id)))


def _ended(session: Session) -> dict[int, str]:
    """How the alert of each worrying message ended; of several the one that says something of the message."""
    message = aliased(Message)
    statement = (
        select(AlertEvent.message_id, Alert.disposition)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .join(message, message.id == AlertEvent.message_id)
        .where(
            Alert.disposition.is_not(None),
            message.sender == Sender.PATIENT.value,
            message.level != Level.NONE.value,
        )
        .order_by(AlertEvent.id)
    )
    found: dict[int, str] = {}
    for message_id, disposition in session.execute(statement):
        if disposition not in _SAY_NOTHING or int(message_id) not in found:
            found[int(message_id)] = str(disposition)
    return found


def _label(session: Session, message: Message, said: Judged | None, ended: str | None) -> Label:
    level = said.level if said else None
    if level is None and ended == Disposition.FALSE_ALARM.value:
        level = Level.NONE.value
    if level is None and ended not in _SAY_NOTHING and message.level != Level.UNASSESSED.value:
        level = str(message.level)
    intent = said.intent if said else None
    if intent is None and level is not None and level != Level.NONE.value:
        intent = WORRYING_INTENT
    return Label(
        str(message.text), intent, level, context_of(session, message), "corrected" if said else str(ended)
    )
