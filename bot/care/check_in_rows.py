"""Grave answers that stand in a row, or beside the name of their question: "6 2 1 2", "thoughts: yes".

The screen reads a message with the question asked last, and does not see which question such an answer is to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.care.check_ins import current, next_item, waiting
from bot.clinic.answer_rows import answer_of_another, is_of_another, parse_many
from bot.clinic.going_on import goes_on
from bot.clinic.instruments import Item, Parsed, load_instrument


def grave_row(
    session: Session, conversation_id: int, text: str, question: str | None, now: datetime
) -> Sequence[tuple[Item, Parsed]] | None:
    """The answers that `text` gives to the check-in of a conversation, in order, where one of them is grave; else None.

    question: what we asked last: that of the open item, or None, and then `text` goes on with the check-in by itself.
    """
    check_in = current(session, conversation_id, now)
    if check_in is None:
        return None
    instrument = load_instrument(str(check_in.instrument))
    item, left = next_item(check_in, instrument), waiting(check_in, instrument)
    if item is None or item.kind == "word" or question not in (item.context, None):
        return None
    found = parse_many(left, text)
    if not found and is_of_another(instrument.items, item, text):
        named = answer_of_another(left, text)
        found = [named] if named is not None else []
    if not any(one.is_grave(parsed) for one, parsed in found):
        return None
    return found if question is not None or goes_on(item, left, text) else None
