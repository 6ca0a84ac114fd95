"""Mood check-ins and their answers."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp


class CheckInState(str, Enum):
    """Life of a check-in.

    A planned one: SCHEDULED > SENT (the first question is asked) > OPEN (the patient has begun) > FINISHED, or PARTIAL
    when it ends with items unanswered. EXPIRED: nobody answered, or it could not be sent while it made sense. CANCELLED:
    it is not wanted any more. One that the patient asks for begins as OPEN.
    """

    SCHEDULED = "scheduled"
    SENT = "sent"
    OPEN = "open"
    FINISHED = "finished"
    PARTIAL = "partial"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CheckInReason(str, Enum):
    """Why a planned check-in is held back, was cancelled or expired."""

    # held back: it is sent when this has passed, if still in its window
    ALERT = "alert"
    STAFF_SPEAKS = "staff_speaks"
    WRITING = "writing"
    UNREACHABLE = "unreachable"
    QUIET_HOURS = "quiet_hours"
    # cancelled
    TREATMENT_CHANGED = "treatment_changed"
    NEXT_TREATMENT = "next_treatment"
    PLAN_CHANGED = "plan_changed"
    NO_CONSENT = "no_consent"
    STAFF_CANCELLED = "staff_cancelled"
    JUST_ANSWERED = "just_answered"
    # expired
    UNANSWERED = "unanswered"
    LATE = "late"
    WORRY_INSTEAD = "worry_instead"


class CheckInPause(str, Enum):
    """Why a check-in that was sent or begun rests: the patient wrote something worrying, or wants to go on later."""

    WORRY = "worry"
    NOT_NOW = "not_now"


class CheckIn(Base):
    """One run through an instrument with one patient (or visitor), from the plan on.

    plan_key: which entry of the clinic's plan it is, such as "evening"; empty for one that the patient asked for.
    due_at: when the first question is to be asked; send_by: after this it is not asked any more; expires_at: after this
    no answer is waited for. held_because: why a due one has not been sent yet; reason: why it was cancelled or expired
    (both a CheckInReason). paused_at: since when it rests, and paused_because, a CheckInPause; both are empty again once
    the patient goes on. requested_by_id: the member of staff who wants it sent now.
    """

    __tablename__ = "check_in"

    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversation.id"), nullable=False)
    treatment_id = Column(ForeignKey("treatment.id"))
    plan_key = Column(String(32), nullable=False, server_default="")
    instrument = Column(String(64), nullable=False)
    instrument_version = Column(String(16), nullable=False)
    state = Column(String(16), nullable=False)
    channel = Column(String(8))
    due_at = Column(Timestamp)
    send_by = Column(Timestamp)
    expires_at = Column(Timestamp)
    held_at = Column(Timestamp)
    held_because = Column(String(32))
    sent_at = Column(Timestamp)
    remind_at = Column(Timestamp)
    reminded_at = Column(Timestamp)
    paused_at = Column(Timestamp)
    paused_because = Column(String(16))
    started_at = Column(Timestamp)
    ended_at = Column(Timestamp)
    reason = Column(String(32))
    requested_by_id = Column(ForeignKey("staff_member.id"))

    conversation = relationship("Conversation")
    treatment = relationship("Treatment")
    answers = relationship("CheckInAnswer", back_populates="check_in", order_by="CheckInAnswer.id")

    __table_args__ = (
        Index(
            "ix_check_in_conversation_id_started_at", "conversation_id", "started_at"
        ),  # the patient's series
        Index("uq_check_in_open", "conversation_id", unique=True, postgresql_where=text("state = 'open'")),
        # The same entry of the plan is never planned twice, whoever plans at the same time.
        Index(
            "uq_check_in_planned",
            "treatment_id",
            "plan_key",
            unique=True,
            postgresql_where=text("state = 'scheduled'"),
        ),
        # What the care worker looks for every few seconds.
        Index("ix_check_in_due", "due_at", postgresql_where=text("state = 'scheduled'")),
        Index("ix_check_in_waiting", "expires_at", postgresql_where=text("state in ('sent', 'open')")),
        # What staff are shown of what was not sent.
        Index(
            "ix_check_in_not_sent",
            "ended_at",
            postgresql_where=text("state = 'expired' and sent_at is null"),
        ),
    )


class CheckInConsent(Base):
    """A patient's consent to check-ins on one channel: who recorded it and how it was given, until it is withdrawn.

    A later consent is a further row. recorded_by_id is empty only in the demo; withdrawn_by_id is empty where the
    patient wrote to us that they want no more.
    """

    __tablename__ = "check_in_consent"

    id = Column(Integer, primary_key=True)
    patient_id = Column(ForeignKey("patient.id"), nullable=False)
    channel = Column(String(8), nullable=False)
    how = Column(String(32), nullable=False)
    given_at = Column(Timestamp, nullable=False)
    recorded_by_id = Column(ForeignKey("staff_member.id"))
    withdrawn_at = Column(Timestamp)
    withdrawn_how = Column(String(32))
    withdrawn_by_id = Column(ForeignKey("staff_member.id"))

    patient = relationship("Patient")
    recorded_by = relationship("StaffMember", foreign_keys=[recorded_by_id])
    withdrawn_by = relationship("StaffMember", foreign_keys=[withdrawn_by_id])

    __table_args__ = (
        Index("ix_check_in_consent_patient_id", "patient_id"),
        Index(
            "uq_check_in_consent_standing",
            "patient_id",
            "channel",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
    )


class CheckInAnswer(Base):
    """One answer, as typed and as understood. A correction is a further row; nothing is overwritten.

    value: the number on the item's scale; empty where the item was skipped or is answered in words.
    """

    __tablename__ = "check_in_answer"

    id = Column(BigInteger, primary_key=True)
    check_in_id = Column(ForeignKey("check_in.id"), nullable=False)
    item = Column(String(32), nullable=False)
    raw = Column(Text, nullable=False)
    value = Column(Float)
    skipped = Column(Boolean, nullable=False, server_default="false")
    message_id = Column(ForeignKey("message.id"))
    at = Column(Timestamp, nullable=False)

    check_in = relationship("CheckIn", back_populates="answers")

    __table_args__ = (
        # The same turn repeated after a crash writes the same row.
        UniqueConstraint("check_in_id", "item", "message_id"),
        # What quotes a message loses its words with it.
        Index(
            "ix_check_in_answer_message_id",
            "message_id",
            postgresql_where=text("message_id is not null"),
        ),
    )
