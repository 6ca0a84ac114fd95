"""Mood check-ins and their answers."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp


class CheckInState(str, Enum):
    """Life of a check-in: OPEN > FINISHED; or OPEN > PARTIAL when it ends with items unanswered."""

    OPEN = "open"
    FINISHED = "finished"
    PARTIAL = "partial"


class CheckIn(Base):
    """One run through an instrument with one patient (or visitor)."""

    __tablename__ = "check_in"

    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversation.id"), nullable=False)
    instrument = Column(String(64), nullable=False)
    instrument_version = Column(String(16), nullable=False)
    state = Column(String(16), nullable=False)
    started_at = Column(Timestamp, nullable=False)
    ended_at = Column(Timestamp)

    conversation = relationship("Conversation")
    answers = relationship("CheckInAnswer", back_populates="check_in", order_by="CheckInAnswer.id")

    __table_args__ = (
        Index("ix_check_in_conversation_id_started_at", "conversation_id", "started_at"),  # the patient's series
        Index("uq_check_in_open", "conversation_id", unique=True, postgresql_where=text("state = 'open'")),
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

    # The same turn repeated after a crash writes the same row.
    __table_args__ = (UniqueConstraint("check_in_id", "item", "message_id"),)
