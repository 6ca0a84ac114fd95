"""Which phone number a text goes to, and whose a number is.

A number leads to one conversation: a patient's, or one of its own. One that several patients share leads to one of its
own for good: who holds the phone cannot be told, so it counts as unverified and nothing about a patient is said there.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from bot.care.models import Channel, Conversation, Message, Patient, PhoneNumber, PhoneShare, Sender


def hold(session: Session, number: str) -> PhoneNumber | None:
    """The row of a number in E.164, if it is known; until the end of the transaction nobody else decides about it."""
    # Also where there is no row to lock: two first texts of a new number at once.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(number))))
    statement = select(PhoneNumber).where(PhoneNumber.number == number)
    found: PhoneNumber | None = session.execute(
        statement.execution_options(populate_existing=True)
    ).scalar_one_or_none()
    return found


def numbers_of(session: Session, conversation_id: int) -> list[PhoneNumber]:
    """The phone numbers that lead to the conversation, oldest first."""
    statement = select(PhoneNumber).where(PhoneNumber.conversation_id == conversation_id)
    return list(session.execute(statement.order_by(PhoneNumber.id)).scalars())


def number_to_start(session: Session, conversation_id: int) -> PhoneNumber | None:
    """Where a text that we start goes: of the numbers that take texts the preferred one, otherwise the newest.

    Where all have opted out it is one of those: sending it fails with that reason, and staff are told.
    """
    numbers = numbers_of(session, conversation_id)
    return max(
        numbers, key=lambda one: (one.opted_out_at is None, bool(one.preferred), int(one.id)), default=None
    )


def number_to_answer(session: Session, conversation_id: int) -> PhoneNumber | None:
    """Where an answer goes: the number that last wrote, as long as it leads here; otherwise as for a text of ours."""
    statement = (
        select(PhoneNumber)
        .join(Message, Message.phone_number_id == PhoneNumber.id)
        .where(
            Message.conversation_id == conversation_id,
            Message.channel == Channel.SMS.value,
            Message.sender == Sender.PATIENT.value,
            PhoneNumber.conversation_id == conversation_id,
        )
    )
    wrote = session.execute(statement.order_by(Message.seq.desc()).limit(1)).scalar_one_or_none()
    return wrote or number_to_start(session, conversation_id)


def sharers(session: Session, phone_id: int) -> list[Patient]:
    """The patients who share a number, by name; empty where it is not a shared one."""
    statement = select(Patient).join(PhoneShare).where(PhoneShare.phone_number_id == phone_id)
    return list(session.execute(statement.order_by(Patient.name, Patient.id)).scalars())


def is_shared(session: Session, phone_id: int) -> bool:
    """Whether several patients use the number."""
    statement = select(PhoneShare.patient_id).where(PhoneShare.phone_number_id == phone_id)
    return session.execute(statement.limit(1)).first() is not None


def shared_conversation(session: Session, conversation_id: int) -> bool:
    """Whether the conversation is that of a shared number: it never becomes a patient's."""
    statement = select(PhoneShare.patient_id).join(PhoneNumber)
    statement = statement.where(PhoneNumber.conversation_id == conversation_id)
    return session.execute(statement.limit(1)).first() is not None


def shared_numbers_of(session: Session, patient_id: int) -> list[PhoneNumber]:
    """The numbers that a patient shares with others, oldest first."""
    statement = select(PhoneNumber).join(PhoneShare).where(PhoneShare.patient_id == patient_id)
    loaded = statement.options(joinedload(PhoneNumber.conversation))
    return list(session.execute(loaded.order_by(PhoneNumber.id)).scalars())


def set_apart(session: Session, phone: PhoneNumber) -> Conversation:
    """Give a number a conversation of its own, with nobody whom we know. An opt-out stays with the number."""
    apart = Conversation(last_seq=0)
    session.add(apart)
    session.flush()
    phone.conversation_id = apart.id
    phone.preferred = False
    session.flush()
    session.expire(phone, ["conversation"])
    return apart
