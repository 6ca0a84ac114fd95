"""Who is on call when, how each is reached, and every page: to whom, by what, when, and what became of it."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    Time,
    text,
)
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp


class Responder(Base):
    """Somebody of the roster. Leaving sets `active` to false; the row stays, since pages name it.

    place: first in line first. email: also tells which account of the console is theirs.
    """

    __tablename__ = "responder"

    id = Column(Integer, primary_key=True)
    name = Column(String(200), nullable=False)
    email = Column(String(320), nullable=False, unique=True)
    role = Column(String(16), nullable=False)
    place = Column(Integer, nullable=False)
    active = Column(Boolean, nullable=False, server_default="true")

    contacts = relationship("ContactPoint", back_populates="responder", order_by="ContactPoint.id")
    shifts = relationship("Shift", back_populates="responder", order_by="Shift.id")
    absences = relationship("Absence", back_populates="responder", order_by="Absence.first_day")


class ContactPoint(Base):
    """One way to reach a person. kind: text (a number in E.164), email, or app (an Apprise URL)."""

    __tablename__ = "contact_point"

    id = Column(Integer, primary_key=True)
    responder_id = Column(ForeignKey("responder.id"), nullable=False, index=True)
    kind = Column(String(16), nullable=False)
    address = Column(Text, nullable=False)
    # Taken out by somebody; the row stays, since pages name it.
    active = Column(Boolean, nullable=False, server_default="true")

    responder = relationship("Responder", back_populates="contacts")


class Shift(Base):
    """On call on a weekday (0: Monday) or on one day, from `starts` to `ends` on the clinic's wall clock. An end that
    is not after the start is on the next day."""

    __tablename__ = "shift"

    id = Column(Integer, primary_key=True)
    responder_id = Column(ForeignKey("responder.id"), nullable=False, index=True)
    weekday = Column(Integer)
    day = Column(Date)
    starts = Column(Time, nullable=False)
    ends = Column(Time, nullable=False)

    responder = relationship("Responder", back_populates="shifts")

    @property
    def order(self) -> tuple[int, int]:
        """Weekly shifts by weekday, then single days by date."""
        return (0, int(self.weekday)) if self.day is None else (1, self.day.toordinal())

    __table_args__ = (
        CheckConstraint("(weekday is null) <> (day is null)", name="weekday_or_day"),
        CheckConstraint("weekday between 0 and 6", name="weekday"),
    )


class Absence(Base):
    """Days, the last one included, on which a person is not paged: their shifts that begin on them do not count."""

    __tablename__ = "absence"

    id = Column(Integer, primary_key=True)
    responder_id = Column(ForeignKey("responder.id"), nullable=False, index=True)
    first_day = Column(Date, nullable=False)
    last_day = Column(Date, nullable=False)

    responder = relationship("Responder", back_populates="absences")

    __table_args__ = (CheckConstraint("first_day <= last_day", name="days_in_order"),)


class Holiday(Base):
    """A day on which the clinic is closed and weekly shifts do not count; shifts of that very day do."""

    __tablename__ = "holiday"

    day = Column(Date, primary_key=True)
    name = Column(String(100), nullable=False)


class OpeningHours(Base):
    """When the clinic is open on a weekday (0: Monday), on its wall clock; without times it is closed. Closing at 00:00
    is the end of that day. There are seven, or none before the roster is made."""

    __tablename__ = "opening_hours"

    weekday = Column(Integer, primary_key=True, autoincrement=False)
    opens = Column(Time)
    closes = Column(Time)

    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint(
            "(opens is null) = (closes is null) and (closes > opens or closes = time '00:00')",
            name="times_in_order",
        ),
    )


class ClimbState(str, Enum):
    """CLIMBING > EXHAUSTED (everybody was paged; the last rung is rung again and again) > ENDED."""

    CLIMBING = "climbing"
    EXHAUSTED = "exhausted"
    ENDED = "ended"


class Climb(Base):
    """One ascent of the ladder: begun by an event of an alert, ended by its acknowledgement or by a newer ascent.

    cause: the kind of that event; rung: the next one to ring, from 0, at `next_at`; ended: why it ended.
    """

    __tablename__ = "climb"

    id = Column(BigInteger, primary_key=True)
    alert_id = Column(ForeignKey("alert.id"), nullable=False, index=True)
    level = Column(String(16), nullable=False)
    cause = Column(String(32), nullable=False, server_default="opened")
    started_at = Column(Timestamp, nullable=False)
    state = Column(String(16), nullable=False)
    rung = Column(Integer, nullable=False)
    next_at = Column(Timestamp, nullable=False)
    ended_at = Column(Timestamp)
    ended = Column(String(16))

    alert = relationship("Alert")
    pages = relationship("Page", back_populates="climb", order_by="Page.id")

    __table_args__ = (
        # One ascent at a time; and what the sweep looks for.
        Index("uq_climb_alert_id", "alert_id", unique=True, postgresql_where=text("state <> 'ended'")),
        Index("ix_climb_next_at", "next_at", postgresql_where=text("state <> 'ended'")),
    )


class PageState(str, Enum):
    """DUE > SENT or FAILED; NOBODY: the rung had nobody to ring; NOT_NEEDED: acknowledged before it was sent."""

    DUE = "due"
    SENT = "sent"
    FAILED = "failed"
    NOBODY = "nobody"
    NOT_NEEDED = "not_needed"


class Page(Base):
    """One notification to one address, and what became of it. A page without a climb is a test page.

    name: of the person or service, as it was; way: text, email, app or a service's name; failed_at: when the last try
    failed, or when the carrier said that it had not arrived; error: the kind of failure, never an address; shown: what a demo without a mail server shows in place of sending.
    """

    __tablename__ = "page"

    id = Column(BigInteger, primary_key=True)
    key = Column(String(64), nullable=False, unique=True)
    climb_id = Column(ForeignKey("climb.id"), index=True)
    alert_id = Column(ForeignKey("alert.id"), index=True)
    rung = Column(Integer, nullable=False, server_default="0")
    responder_id = Column(ForeignKey("responder.id"))
    contact_id = Column(ForeignKey("contact_point.id"))
    name = Column(String(200), nullable=False)
    way = Column(String(32), nullable=False)
    state = Column(String(16), nullable=False)
    due_at = Column(Timestamp, nullable=False)
    attempted_at = Column(Timestamp)
    attempts = Column(Integer, nullable=False, server_default="0")
    sent_at = Column(Timestamp)
    failed_at = Column(Timestamp)
    error = Column(String(32))
    shown = Column(Text)

    climb = relationship("Climb", back_populates="pages")
    alert = relationship("Alert")
    responder = relationship("Responder")
    contact = relationship("ContactPoint")

    __table_args__ = (
        Index("ix_page_due_at", "due_at", postgresql_where=text("state = 'due'")),
        Index("ix_page_contact_id", "contact_id", "id"),
        # Of whoever was on call and has no address.
        Index(
            "ix_page_nowhere",
            "responder_id",
            postgresql_where=text("contact_id is null and state = 'failed'"),
        ),
    )


class PageLink(Base):
    """The link of one try to send a page: it acknowledges once, after log-in. Only the hash of its token is stored."""

    __tablename__ = "page_link"

    token_hash = Column(String(64), primary_key=True)
    page_id = Column(ForeignKey("page.id"), nullable=False, index=True)
    made_at = Column(Timestamp, nullable=False)
    used_at = Column(Timestamp)
    used_by_id = Column(ForeignKey("staff_member.id"))

    page = relationship("Page")
    used_by = relationship("StaffMember")
