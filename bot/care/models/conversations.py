"""Conversations, their messages, and how a patient is reached."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import deferred, relationship, validates

from bot.care.models.base import Base, Timestamp


class Channel(str, Enum):
    """Where a message was written or is to be read. SHELL is `rasa shell`, for trying things out."""

    WEB = "web"
    SMS = "sms"
    SHELL = "shell"


class Sender(str, Enum):
    """Who wrote a message."""

    PATIENT = "patient"
    ASSISTANT = "assistant"
    STAFF = "staff"


class MessageState(str, Enum):
    """Life of a message.

    A patient's: RECEIVED > ANSWERED (the assistant or the screen replied) or HELD (a member of staff owns the
    conversation and will reply). Ours: QUEUED > SENT > DELIVERED or FAILED; WITHHELD where a text shall not go out any
    more (a person took the conversation over; the patient was given another one in its place); on the web a message is DELIVERED when it is stored, since
    the browser fetches it from there.
    """

    RECEIVED = "received"
    ANSWERED = "answered"
    HELD = "held"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHHELD = "withheld"


class Conversation(Base):
    """All that one patient (or one visitor whom we do not know) and the clinic have written to each other.

    The owner is the assistant (owner_id empty) or a member of staff. `last_seq` numbers the messages without gaps:
    it is raised under a row lock held until commit, so a reader who has seen number n has seen all before it.
    """

    __tablename__ = "conversation"

    id = Column(Integer, primary_key=True)
    patient_id = Column(ForeignKey("patient.id"), unique=True)
    owner_id = Column(ForeignKey("staff_member.id"))
    last_seq = Column(Integer, nullable=False, server_default="0")
    created_at = Column(Timestamp, nullable=False, server_default=func.now())
    # A visitor's conversation whose browser was verified later: the patient's, which that browser shows since.
    continued_in_id = Column(ForeignKey("conversation.id"), index=True)

    patient = relationship("Patient", back_populates="conversation")
    owner = relationship("StaffMember")
    continued_in = relationship("Conversation", remote_side=[id])


class Message(Base):
    """One message, ours or the patient's, in the order of `seq`."""

    __tablename__ = "message"

    id = Column(BigInteger, primary_key=True)
    conversation_id = Column(ForeignKey("conversation.id"), nullable=False)
    seq = Column(Integer, nullable=False)
    sender = Column(String(16), nullable=False)
    staff_id = Column(ForeignKey("staff_member.id"))
    channel = Column(String(8), nullable=False)
    # Of a text message: the number that it came from or goes to.
    phone_number_id = Column(ForeignKey("phone_number.id", ondelete="SET NULL"))
    # The browser's or the carrier's identifier: the same delivery twice is one row.
    external_id = Column(String(64), nullable=False)
    text = Column(Text, nullable=False)
    choice = Column(String(200))
    media_count = Column(Integer, nullable=False, default=0, server_default="0")
    at = Column(Timestamp, nullable=False)
    state = Column(String(16), nullable=False)
    level = Column(String(16), nullable=False, default="none", server_default="none")
    verdict = Column(JSONB)
    # What the encoder made of a patient's message, for the answer worker only; empty as soon as that is done with it.
    encoded = deferred(Column(LargeBinary))
    kind = Column(String(32), nullable=False, default="message", server_default="message")
    buttons = Column(JSONB, nullable=False, default=list, server_default=sql("'[]'::jsonb"))
    # The question that a message of ours asks, in the words that the reader was trained with: context for what follows.
    question = Column(String(200))
    # Which guidance answers a reply rests on: a list of {topic, phase, version, hash}.
    guidance = Column(JSONB, nullable=False, default=list, server_default=sql("'[]'::jsonb"))
    reply_to_id = Column(ForeignKey("message.id"))
    # Of a text message of ours: the carrier's identifier, how often it was tried, and why it failed.
    carrier_id = Column(String(64), unique=True)
    attempts = Column(Integer, nullable=False, default=0, server_default="0")
    failure = Column(String(64))
    # When its words were removed, after the days that the clinic keeps them.
    expired_at = Column(Timestamp)

    conversation = relationship("Conversation")
    staff = relationship("StaffMember")
    reply_to = relationship("Message", remote_side=[id])
    phone_number = relationship("PhoneNumber")

    @validates("state")
    def _done_with(self, name: str, state: str) -> str:
        if self.id is not None and self.sender == Sender.PATIENT.value and state != MessageState.RECEIVED.value:
            self.encoded = None
        return state

    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "channel", "external_id"),
        # What the answer worker and the sweep look for.
        Index("ix_message_unanswered", "conversation_id", "seq", postgresql_where=sql("state = 'received'")),
        # What the staff queue looks for: messages that wait for the person who owns the conversation.
        Index("ix_message_held", "conversation_id", "seq", postgresql_where=sql("state = 'held'")),
        # What the delivery task looks for.
        Index("ix_message_undelivered", "id", postgresql_where=sql("state = 'queued'")),
        Index("ix_message_reply_to_id", "reply_to_id"),
        Index("ix_message_phone_number_id", "phone_number_id"),
        # What the retention looks for: the oldest that still have their words.
        Index("ix_message_expiring", "at", "id", postgresql_where=sql("expired_at is null")),
        # The carrier's identifier is one in the world: by the second delivery a number may lead elsewhere.
        Index(
            "uq_message_delivery",
            "external_id",
            unique=True,
            postgresql_where=sql("channel = 'sms' and sender = 'patient'"),
        ),
    )


class WebSession(Base):
    """A browser that may read and write one conversation. Only the hash of its token is stored."""

    __tablename__ = "web_session"

    id = Column(Integer, primary_key=True)
    token_hash = Column(String(64), nullable=False, unique=True)
    conversation_id = Column(ForeignKey("conversation.id"), nullable=False, index=True)
    verified = Column(Boolean, nullable=False, server_default="false")
    created_at = Column(Timestamp, nullable=False, server_default=func.now())
    last_seen_at = Column(Timestamp, nullable=False, server_default=func.now())
    revoked_at = Column(Timestamp)

    conversation = relationship("Conversation")


class PhoneNumber(Base):
    """A number that texts us, in E.164, and the conversation it belongs to: a patient's, or one of its own.

    preferred: of a patient's numbers, the one that gets the texts that we start.
    """

    __tablename__ = "phone_number"

    id = Column(Integer, primary_key=True)
    number = Column(String(20), nullable=False, unique=True)
    conversation_id = Column(ForeignKey("conversation.id"), nullable=False, index=True)
    opted_out_at = Column(Timestamp)
    preferred = Column(Boolean, nullable=False, server_default="false")
    created_at = Column(Timestamp, nullable=False, server_default=func.now())
    # The number from its end: it is the last digits that people search for.
    backwards = Column(Text, Computed("reverse((number)\\:\\:text)", persisted=True))

    conversation = relationship("Conversation")
    shares = relationship("PhoneShare", viewonly=True)

    __table_args__ = (
        Index("uq_phone_number_preferred", "conversation_id", unique=True, postgresql_where=sql("preferred")),
        Index("ix_phone_number_backwards", "backwards", postgresql_ops={"backwards": "text_pattern_ops"}),
    )
