"""What staff must deal with: alerts (a worrying message) and the other items of the queue."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp


class AlertState(str, Enum):
    """Life of an alert: OPEN > ACKNOWLEDGED by a named person > RESOLVED with a disposition; a new message of the
    same episode opens it again."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Disposition(str, Enum):
    """How an alert ended. "Could not reach" is no end and therefore not here."""

    REACHED_SAFE = "reached_and_safe"
    EMERGENCY_CARE = "sent_to_emergency_care"
    WELFARE_CHECK = "welfare_check_confirmed"
    HANDED_OVER = "handed_to_clinician"
    FALSE_ALARM = "false_alarm"
    DUPLICATE = "duplicate"
    TEST = "test"


class Attempt(str, Enum):
    """What came of a try to reach a patient."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"


class NextStep(str, Enum):
    """What follows a try that failed, when it is due: somebody is paged again."""

    TRY_AGAIN = "try_again"
    WELFARE_CHECK = "welfare_check"


class ItemKind(str, Enum):
    """What else waits for staff besides alerts."""

    QUESTION = "question"
    FAILED_TURN = "failed_turn"
    PERSON_WANTED = "person_wanted"
    UNSIGNED_ANSWER = "unsigned_answer"
    FAILED_DELIVERY = "failed_delivery"
    OWNER_QUIET = "owner_quiet"


class Alert(Base):
    """One episode that staff must deal with. Never deleted, never closed by the assistant."""

    __tablename__ = "alert"

    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversation.id"), nullable=False)
    level = Column(String(16), nullable=False)
    state = Column(String(16), nullable=False)
    reasons = Column(JSONB, nullable=False)
    opened_at = Column(Timestamp, nullable=False)
    # The last message that joined the episode; none where only signals did (missed check-ins, a pattern over days).
    message_id = Column(ForeignKey("message.id"))
    # The last event that was news to staff, and when: what they have not seen they cannot acknowledge.
    news_id = Column(BigInteger, nullable=False, server_default="0")
    last_at = Column(Timestamp, nullable=False)
    # The episode before, where it was resolved lately.
    follows_id = Column(ForeignKey("alert.id"))
    # What came of the last try to reach the patient, and when the next one, or the welfare check, is due.
    last_attempt = Column(String(16))
    next_step = Column(String(16))
    next_at = Column(Timestamp)
    # While it is acknowledged and no next step is set: when it counts as left, unless somebody does something before.
    act_by = Column(Timestamp)
    acknowledged_at = Column(Timestamp)
    acknowledged_by_id = Column(ForeignKey("staff_member.id"))
    resolved_at = Column(Timestamp)
    resolved_by_id = Column(ForeignKey("staff_member.id"))
    disposition = Column(String(32))
    note = Column(Text)

    conversation = relationship("Conversation")
    message = relationship("Message")
    acknowledged_by = relationship("StaffMember", foreign_keys=[acknowledged_by_id])
    resolved_by = relationship("StaffMember", foreign_keys=[resolved_by_id])
    follows = relationship("Alert", remote_side=[id])
    events = relationship("AlertEvent", back_populates="alert", order_by="AlertEvent.id")

    __table_args__ = (
        # The staff queue; and one unresolved alert a conversation, whatever two processes do at once.
        Index(
            "uq_alert_unresolved",
            "conversation_id",
            unique=True,
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index("ix_alert_conversation_id", "conversation_id"),
        Index("ix_alert_next_at", "next_at", postgresql_where=text("next_at is not null")),
        Index("ix_alert_act_by", "act_by", postgresql_where=text("act_by is not null")),
    )


class AlertEvent(Base):
    """Append-only history of an alert: opened, joined, raised, reopened, acknowledged, attempt, due, left, continued,
    resolved.

    The database refuses to change or delete a row, except where a patient is erased, which begins with
    `set local aftercare.erasing = 'yes'`.
    """

    __tablename__ = "alert_event"

    id = Column(BigInteger, primary_key=True)
    alert_id = Column(ForeignKey("alert.id"), nullable=False, index=True)
    at = Column(Timestamp, nullable=False)
    kind = Column(String(32), nullable=False)
    level = Column(String(16), nullable=False)
    message_id = Column(ForeignKey("message.id"))
    staff_id = Column(ForeignKey("staff_member.id"))
    # Of a signal: what tells it from every other one.
    key = Column(String(128))
    detail = Column(JSONB, nullable=False, server_default=text("'{}'::jsonb"))

    alert = relationship("Alert", back_populates="events")
    message = relationship("Message")
    staff = relationship("StaffMember")

    # One message tells of an alert once, whether the channel, Rasa or both raise it; so does one signal.
    __table_args__ = (
        Index(
            "uq_alert_event_message_id",
            "message_id",
            unique=True,
            postgresql_where=text("message_id is not null"),
        ),
        Index("uq_alert_event_key", "key", unique=True, postgresql_where=text("key is not null")),
    )


class Item(Base):
    """Something else for staff: a question that the guidance does not cover, a turn that failed, a wish for a person."""

    __tablename__ = "item"

    id = Column(Integer, primary_key=True)
    kind = Column(String(32), nullable=False)
    conversation_id = Column(ForeignKey("conversation.id"), nullable=False, index=True)
    message_id = Column(ForeignKey("message.id"), nullable=False)
    reason = Column(Text, nullable=False)
    opened_at = Column(Timestamp, nullable=False)
    closed_at = Column(Timestamp)
    closed_by_id = Column(ForeignKey("staff_member.id"))

    conversation = relationship("Conversation")
    message = relationship("Message")
    closed_by = relationship("StaffMember")

    __table_args__ = (
        UniqueConstraint("kind", "message_id"),
        Index("ix_item_open", "opened_at", postgresql_where=text("closed_at is null")),  # the staff queue
    )
