"""What was asked after a crisis text and answered, and where somebody whom nobody can phone may be found."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp


class FollowUp(Base):
    """The questions after a crisis text, once an alert. It belongs to the patient, not to a channel or a session.

    question: the key of the question that was asked last; asked: how many were; ended_at and ending: from then on no
    further question is asked, but a bare answer to the last one is still taken; conversation_id: where it was asked,
    which may be another one than its alert's by now.
    """

    __tablename__ = "follow_up"

    id = Column(Integer, primary_key=True)
    alert_id = Column(ForeignKey("alert.id"), nullable=False, unique=True)
    conversation_id = Column(ForeignKey("conversation.id"), nullable=False)
    script = Column(String(32), nullable=False)
    language = Column(String(2), nullable=False)
    question = Column(String(32))
    asked = Column(Integer, nullable=False, server_default="0")
    # Our message with the question, by its number in the conversation.
    asked_seq = Column(Integer)
    asked_at = Column(Timestamp)
    started_at = Column(Timestamp, nullable=False)
    ended_at = Column(Timestamp)
    ending = Column(String(16))

    alert = relationship("Alert")
    answers = relationship("FollowUpAnswer", back_populates="follow_up", order_by="FollowUpAnswer.id")

    __table_args__ = (
        # A text of ours that never went out is looked up here: did it ask a question?
        Index("ix_follow_up_conversation_id", "conversation_id"),
    )


class FollowUpAnswer(Base):
    """One answer: what it means, and as a sentence for staff."""

    __tablename__ = "follow_up_answer"

    id = Column(BigInteger, primary_key=True)
    follow_up_id = Column(ForeignKey("follow_up.id"), nullable=False)
    question = Column(String(32), nullable=False)
    meaning = Column(String(16), nullable=False)
    words = Column(Text, nullable=False)
    message_id = Column(ForeignKey("message.id"), nullable=False, index=True)
    at = Column(Timestamp, nullable=False)

    follow_up = relationship("FollowUp", back_populates="answers")
    message = relationship("Message")

    __table_args__ = (UniqueConstraint("follow_up_id", "question"),)


class Whereabouts(Base):
    """What somebody whom nobody can phone wrote of a number and a place. Unproven: nothing is sent there by itself.

    number: E.164, or empty; the place is in the message.
    """

    __tablename__ = "whereabouts"

    id = Column(BigInteger, primary_key=True)
    alert_id = Column(ForeignKey("alert.id"), nullable=False, index=True)
    message_id = Column(ForeignKey("message.id"), nullable=False, unique=True)
    number = Column(String(20))
    at = Column(Timestamp, nullable=False)

    alert = relationship("Alert")
    message = relationship("Message")
