"""Members of staff, their log-ins, what they signed off, and the audit."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import backref, relationship

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
    # Empty: logged in. Otherwise the password was right, and nothing is open until this is done: a code, an enrolment.
    waits_for = Column(String(16), nullable=False, server_default="")
    browser = Column(String(200), nullable=False, server_default="")

    staff = relationship("StaffMember")


class SecondFactor(Base):
    """An authenticator app that a member logs in with. Its key is not here: see bot/care/second_factor.py."""

    __tablename__ = "second_factor"

    staff_id = Column(ForeignKey("staff_member.id"), primary_key=True)
    salt = Column(String(64), nullable=False)
    made_at = Column(Timestamp, nullable=False)
    confirmed_at = Column(Timestamp)
    # The 30-second step of the last code that was used: none of it, or of an earlier one, counts again.
    last_step = Column(BigInteger, nullable=False, server_default="0")


class RecoveryCode(Base):
    """A code on paper for whoever has lost the phone. It works once; only its hash is stored."""

    __tablename__ = "recovery_code"

    id = Column(Integer, primary_key=True)
    staff_id = Column(ForeignKey("staff_member.id"), nullable=False, index=True)
    code_hash = Column(String(64), nullable=False, unique=True)
    used_at = Column(Timestamp)


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
    at = Column(Timestamp, nullable=False, index=True)
    staff_id = Column(ForeignKey("staff_member.id"), index=True)
    action = Column(String(64), nullable=False, index=True)
    subject = Column(String(64), nullable=False, server_default="", index=True)
    detail = Column(JSONB, nullable=False, server_default=text("'{}'::jsonb"))

    staff = relationship("StaffMember")


class AuditLink(Base):
    """The place of an entry in the chain, in the order of commits. The database writes it by itself (0006)."""

    __tablename__ = "audit_link"

    position = Column(BigInteger, primary_key=True, autoincrement=False)
    entry_id = Column(ForeignKey("audit_entry.id"), nullable=False, unique=True)
    hash = Column(String(64), nullable=False)

    entry = relationship("AuditEntry", backref=backref("link", uselist=False))
