"""Whether a message is for a check-in: an answer to what was asked last, or words that go on with one that rests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.check_ins import current, next_item, taken_back, waiting
from bot.care.conversations import safety_reply_after
from bot.care.models import CheckIn, Message, Sender
from bot.clinic.going_on import answers_what_was_asked, goes_on
from bot.clinic.instruments import Instrument, load_instrument


def awaits(session: Session, message: Message, text: str, question: str | None, now: datetime) -> bool:
    """True where a message is for a check-in: the dialogue is in its form then, whatever it remembers itself.

    text: what it says; question: what we asked last, in the reader's words, or None. That is the open item's; or
    nothing was asked, and `text` answers it all the same, says to go on, or takes back an answer that was given lately;
    or the message was written before something worrying that got the last word. What a member of staff wrote is
    answered to them.
    """
    conversation_id = int(message.conversation_id)
    check_in = current(session, conversation_id, now)
    if check_in is not None:
        instrument = load_instrument(str(check_in.instrument))
        item = next_item(check_in, instrument)
        if item is not None and item.context == question:
            return True
        if item is not None and question is None:
            if safety_reply_after(session, conversation_id, int(message.seq)):
                if _still_answers(session, check_in, instrument, message, text):
                    return True
            elif goes_on(item, waiting(check_in, instrument), text):
                return not _staff_spoke_last(session, conversation_id)
    return question is None and taken_back(session, conversation_id, text, now) is not None


def question_before(session: Session, message: Message) -> str | None:
    """What our last message before `message` asked, or None: the patient, and the screen, knew what it answers."""
    statement = select(Message.question).where(
        Message.conversation_id == message.conversation_id,
        Message.sender != Sender.PATIENT.value,
        Message.seq < message.seq,
    )
    found: str | None = session.execute(statement.order_by(Message.seq.desc()).limit(1)).scalar_one_or_none()
    return found


def _still_answers(
    session: Session, check_in: CheckIn, instrument: Instrument, message: Message, text: str
) -> bool:
    """Whether a message that waited for the assistant while something worrying came answers the open item: it does
    where a question of this check-in was the last one before it, and no later message has answered already."""
    asked = question_before(session, message)
    later = any(one.message_id is not None and one.message_id > message.id for one in check_in.answers)
    if later or asked not in {item.context for item in instrument.items}:
        return False
    left = waiting(check_in, instrument)
    return bool(left) and answers_what_was_asked(left[0], left, text)


def _staff_spoke_last(session: Session, conversation_id: int) -> bool:
    statement = select(Message.sender).where(
        Message.conversation_id == conversation_id, Message.sender != Sender.PATIENT.value
    )
    last = session.execute(statement.order_by(Message.seq.desc()).limit(1)).scalar_one_or_none()
    return last == Sender.STAFF.value
