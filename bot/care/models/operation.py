"""Tables that keep the assistant itself going."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, text
from sqlalchemy.dialects.postgresql import JSONB

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
