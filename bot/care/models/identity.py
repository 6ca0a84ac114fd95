"""How somebody proves who they are, and who else uses a phone."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, func
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp


class Invite(Base):
    """A link that staff gave a patient: the browser that opens it first is verified. Only its hash is stored."""

    __tablename__ = "invite"

    id = Column(Integer, primary_key=True)
    token_hash = Column(String(64), nullable=False, unique=True)
    patient_id = Column(ForeignKey("patient.id"), nullable=False, index=True)
    made_by_id = Column(ForeignKey("staff_member.id"), nullable=False)
    made_at = Column(Timestamp, nullable=False, server_default=func.now())
    expires_at = Column(Timestamp, nullable=False)
    used_at = Column(Timestamp)
    withdrawn_at = Column(Timestamp)

    patient = relationship("Patient")
    made_by = relationship("StaffMember")


class IdentityUse(Base):
    """A signed identity of the clinic's portal that was used, kept until it expires: it opens no second browser."""

    __tablename__ = "identity_use"

    nonce_hash = Column(String(64), primary_key=True)
    expires_at = Column(Timestamp, nullable=False, index=True)


class PhoneShare(Base):
    """A patient who shares a phone number with another. The number then leads to no patient's conversation."""

    __tablename__ = "phone_share"

    phone_number_id = Column(ForeignKey("phone_number.id", ondelete="CASCADE"), primary_key=True)
    patient_id = Column(ForeignKey("patient.id"), primary_key=True, index=True)

    phone_number = relationship("PhoneNumber")
    patient = relationship("Patient")
