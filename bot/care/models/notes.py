"""Private notes of staff. Nothing but the pages of staff may import this module: no note ever reaches a patient.

It is not exported by `bot.care.models`, so that whoever reads notes has to name this module, and import-linter sees it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Text
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp


class Note(Base):
    """One note of a member of staff beside a conversation. It is never changed; one that is wrong is struck out, and
    stays readable."""

    __tablename__ = "note"

    id = Column(BigInteger, primary_key=True)
    conversation_id = Column(ForeignKey("conversation.id"), nullable=False, index=True)
    staff_id = Column(ForeignKey("staff_member.id"), nullable=False)
    text = Column(Text, nullable=False)
    at = Column(Timestamp, nullable=False)
    struck_at = Column(Timestamp)
    struck_by_id = Column(ForeignKey("staff_member.id"))

    staff = relationship("StaffMember", foreign_keys=[staff_id])
    struck_by = relationship("StaffMember", foreign_keys=[struck_by_id])
