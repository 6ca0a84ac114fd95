"""Who does not want to hear from us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.care import check_in_consent, check_in_plan
from bot.care.alerts import open_item, unresolved_alert
from bot.care.models import Conversation, ItemKind, Message, PhoneNumber

OPT_OUT_REPLY = "opt_out"
"""The kind of the one message that may still follow an opt-out: its confirmation (47 CFR 64.1200(a)(12))."""


def opt_out(session: Session, conversation: Conversation, message: Message, now: datetime) -> None:
    """Stop everything that we would send on our own to the number that a text came from; said elsewhere, it counts for
    every number of the conversation. Check-ins end at once, on every channel.

    Inside an unresolved alert the wish is put before staff: it may be a sign of distress, and somebody must phone.
    """
    which = PhoneNumber.conversation_id == conversation.id
    if message.phone_number_id is not None:
        which = PhoneNumber.id == message.phone_number_id
    session.execute(
        update(PhoneNumber).where(which, PhoneNumber.opted_out_at.is_(None)).values(opted_out_at=now)
    )
    end_check_ins(session, conversation, now)
    if unresolved_alert(session, int(conversation.id)) is not None:
        reason = "The patient wants no more texts while an alert is open. Somebody must phone."
        open_item(session, ItemKind.PERSON_WANTED, message, reason, now)


def end_check_ins(session: Session, conversation: Conversation, now: datetime) -> None:
    """The patient wants to be left alone: consent to check-ins is withdrawn, and what is planned ends."""
    check_in_plan.stop(session, int(conversation.id), now)
    check_in_consent.withdraw_all(session, conversation, check_in_consent.How.IN_WRITING_HERE, now)
