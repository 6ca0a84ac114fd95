"""Members of staff, their log-ins, what they signed off, and the audit."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp


class StaffMember(Base):
    """A named person who may use the console. Leaving sets `active` to false; the row stays for the history."""

    __tablename__ = "staff_member"

    id = Column(Integer, primary_key=True)
    name = Column(String(200), nullable=False)
    email = Column(String(320), nullable=False, unique=True)
    role = Column(String(16), nullable=False)
    password_hash = Column(String(200), nullable=False)
    active = Column(Boolean, nullable=False, server_default="true")
    failed_logins = Column(Integer, nullable=False, server_default="0")
    locked_until = Column(Timestamp)
    created_at = Column(Timestamp, nullable=False, server_default=func.now())


class StaffSession(Base):
    """A browser in which a member of staff is logged in. Only the hash of its token is stored."""

    __tablename__ = "staff_session"

    id = Column(Integer, primary_key=True)
    token_hash = Column(String(64), nullable=False, unique=True)
    staff_id = Column(ForeignKey("staff_member.id"), nullable=False, index=True)
    created_at = Column(Timestamp, nullable=False, server_default=func.now())
    last_seen_at = Column(Timestamp, nullable=False, server_default=func.now())
    revoked_at = Column(Timestamp)

    staff = relationship("StaffMember")


class GuidanceSignOff(Base):
    """A clinician's signature under one guidance entry, bound to its content by the hash."""

    __tablename__ = "guidance_sign_off"

    id = Column(Integer, primary_key=True)
    topic = Column(String(64), nullable=False)
    version = Column(String(16), nullable=False)
    hash = Column(String(64), nullable=False, index=True)
    staff_id = Column(ForeignKey("staff_member.id"), nullable=False)
    at = Column(Timestamp, nullable=False)

    staff = relationship("StaffMember")

    __table_args__ = (UniqueConstraint("topic", "hash", "staff_id"),)


class AuditEntry(Base):
    """Who of the staff looked at or did what, and when. Append-only; holds no patient's words."""

    __tablename__ = "audit_entry"

    id = Column(BigInteger, primary_key=True)
    at = Column(Timestamp, nullable=False)
    staff_id = Column(ForeignKey("staff_member.id"))
    action = Column(String(64), nullable=False)
    subject = Column(String(64), nullable=False, server_default="")
    detail = Column(JSONB, nullable=False, server_default=text("'{}'::jsonb"))

    staff = relationship("StaffMember")
