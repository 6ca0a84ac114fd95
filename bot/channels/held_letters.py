"""Dead letters of patients under a legal hold: nobody and no rule removes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.care.holds import held, held_conversation
from bot.care.models import (
    Alert,
    AlertEvent,
    Channel,
    Conversation,
    LegalHold,
    PhoneNumber,
    PhoneShare,
    WebSession,
)
from bot.channels.spool_records import Kept
from bot.channels.take_in import dead_letter_key


def is_held(session: Session, kept: Kept) -> bool:
    """Whether a hold covers a message that could not be stored: by the conversation of its alert, or by whose number or
    browser it came from, patients who share that number included."""
    if session.execute(select(LegalHold.id).where(LegalHold.lifted_at.is_(None)).limit(1)).first() is None:
        return False
    told = select(Alert.conversation_id).join(AlertEvent, AlertEvent.alert_id == Alert.id)
    asked: list[Any] = [Conversation.id.in_(told.where(AlertEvent.key == dead_letter_key(kept)))]
    if kept.channel == Channel.SMS.value:
        number = select(PhoneNumber.conversation_id).where(PhoneNumber.number == kept.sender)
        asked.append(Conversation.id.in_(number))
        sharing = select(PhoneShare.patient_id).join(PhoneShare.phone_number)
        held_sharer = sharing.where(PhoneNumber.number == kept.sender, held(PhoneShare.patient_id))
        if session.execute(held_sharer.limit(1)).first() is not None:
            return True
    else:
        browser = select(WebSession.conversation_id).where(WebSession.token_hash == kept.sender)
        asked.append(Conversation.id.in_(browser))
        if (written_to := kept.message.get("conversation_id")) is not None:
            asked.append(Conversation.id == written_to)
    found = select(Conversation.id).where(or_(*asked), held_conversation(Conversation))
    return session.execute(found.limit(1)).first() is not None
