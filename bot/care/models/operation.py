"""Tables that keep the assistant itself going."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp


class TrackerState(Base):
    """Rasa's memory of a conversation: slots, active loop and the last few turns.

    Small and of constant size; the record of care is in the other tables.
    """

    __tablename__ = "tracker_state"

    conversation_id = Column(ForeignKey("conversation.id"), primary_key=True)
    state = Column(JSONB, nullable=False)
    updated_at = Column(Timestamp, nullable=False)


class Heartbeat(Base):
    """When a process last said that it works, and with which settings and model."""

    __tablename__ = "heartbeat"

    process = Column(String(64), primary_key=True)
    kind = Column(String(16), nullable=False)
    pid = Column(Integer, nullable=False)
    started_at = Column(Timestamp, nullable=False)
    at = Column(Timestamp, nullable=False)
    detail = Column(JSONB, nullable=False, server_default=text("'{}'::jsonb"))


class Lately(Base):
    """How much one sender sent in one step of time, over all processes. sender: a keyed hash; gone_at: from when on the
    row counts no more."""

    __tablename__ = "lately"
    __table_args__ = (Index("ix_lately_gone_at", "gone_at"), {"prefixes": ["UNLOGGED"]})

    sender = Column(String(64), primary_key=True)
    step = Column(BigInteger, primary_key=True, autoincrement=False)
    count = Column(Integer, nullable=False)
    gone_at = Column(Timestamp, nullable=False)


class ReportSnapshot(Base):
    """What the reports of the last `days` days came to at `as_of`: counts and times, nothing of what anybody wrote."""

    __tablename__ = "report_snapshot"

    days = Column(Integer, primary_key=True, autoincrement=False)
    as_of = Column(Timestamp, nullable=False)
    figures = Column(JSONB, nullable=False)


class LegalHold(Base):
    """While it stands, nothing of this patient is removed: by no rule, and by no person.

    reason: such as a letter's date, without anything about the patient; placed_by, lifted_by: who was logged in to the
    machine. A lifted one stays as a row, and a later one is a further row.
    """

    __tablename__ = "legal_hold"

    id = Column(Integer, primary_key=True)
    patient_id = Column(ForeignKey("patient.id"), nullable=False)
    reason = Column(String(200), nullable=False)
    placed_at = Column(Timestamp, nullable=False)
    placed_by = Column(String(100), nullable=False)
    lifted_at = Column(Timestamp)
    lifted_by = Column(String(100))

    patient = relationship("Patient")

    __table_args__ = (
        Index(
            "uq_legal_hold_standing",
            "patient_id",
            unique=True,
            postgresql_where=text("lifted_at is null"),
        ),
    )
