"""Who does not want to hear from us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.care.alerts import open_item, unresolved_alert
from bot.care.models import Conversation, ItemKind, Message, PhoneNumber

OPT_OUT_REPLY = "opt_out"
"""The kind of the one message that may still follow an opt-out: its confirmation (47 CFR 64.1200(a)(12))."""


def opt_out(session: Session, conversation: Conversation, message: Message, now: datetime) -> None:
    """Stop everything that we would send on our own to the number that a text came from; said elsewhere, it counts for
    every number of the conversation.

    Inside an unresolved alert the wish is put before staff: it may be a sign of distress, and somebody must phone.
    """
    which = PhoneNumber.conversation_id == conversation.id
    if message.phone_number_id is not None:
        which = PhoneNumber.id == message.phone_number_id
    session.execute(
        update(PhoneNumber).where(which, PhoneNumber.opted_out_at.is_(None)).values(opted_out_at=now)
    )
    if unresolved_alert(session, int(conversation.id)) is not None:
        reason = "The patient wants no more texts while an alert is open. Phone them."
        open_item(session, ItemKind.PERSON_WANTED, message, reason, now)
