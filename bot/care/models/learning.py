"""What staff say that the assistant took wrong, and the indexes that reports look by."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, String, text
from sqlalchemy.orm import relationship

from bot.care.models.alerts import Alert, Item
from bot.care.models.base import Base, Timestamp
from bot.care.models.check_ins import CheckIn, CheckInAnswer
from bot.care.models.conversations import Message
from bot.care.models.paging import Page


class Correction(Base):
    """What a member of staff says that one message of a patient should have been taken for.

    level: how worrying it was; intent: what it asked for, as in data/nlu. What is empty, nobody has judged. A later
    judgement is a further row; of each part the newest counts.
    """

    __tablename__ = "correction"

    id = Column(BigInteger, primary_key=True)
    message_id = Column(ForeignKey("message.id", ondelete="CASCADE"), nullable=False, index=True)
    staff_id = Column(ForeignKey("staff_member.id"), nullable=False)
    at = Column(Timestamp, nullable=False)
    level = Column(String(16))
    intent = Column(String(64))

    message = relationship("Message")
    staff = relationship("StaffMember")

    __table_args__ = (
        CheckConstraint("level is not null or intent is not null", name="says_something"),
        CheckConstraint("level in ('none', 'urgent', 'emergency', 'crisis')", name="level"),
    )


# Messages and answers are stored in the order of their time: a block index over a million of them takes a few pages,
# and costs next to nothing when a patient's message is stored.
Index("ix_message_at", Message.at, postgresql_using="brin", postgresql_with={"pages_per_range": 16})
Index(
    "ix_check_in_answer_at",
    CheckInAnswer.at,
    postgresql_using="brin",
    postgresql_with={"pages_per_range": 16},
)
# The questions that the guidance did not cover are few among all messages.
Index(
    "ix_message_not_covered",
    Message.at,
    postgresql_where=text("question = 'Shall I pass this on to the clinic?'"),
)
Index("ix_alert_opened_at", Alert.opened_at)
Index("ix_item_opened_at", Item.opened_at)
Index("ix_check_in_due_at", CheckIn.due_at)
Index("ix_check_in_started_at", CheckIn.started_at)
Index("ix_page_asked_at", Page.due_at)
