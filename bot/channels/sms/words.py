"""The words that carriers act on, and what they mean for us.

A message counts only when it is that one word, as carriers read it ("STOP PLEASE" is a sentence, which the dialogue
understands). Source: Twilio's default and advanced opt-out keywords; 47 CFR 64.1200(a)(10) names stop, quit, end,
revoke, opt out, cancel and unsubscribe as words that always end texts.
"""

from __future__ import annotations

import re
from enum import Enum


class Word(str, Enum):
    """What a carrier's word asks for. The value is the key of the reply in guidance/phrases/sms.yml."""

    STOP = "sms_stop"
    START = "sms_start"
    HELP = "sms_help"


_WORDS = {
    **dict.fromkeys(
        ("stop", "stopall", "end", "quit", "cancel", "unsubscribe", "revoke", "optout", "opt-out", "opt out"),
        Word.STOP,
    ),
    **dict.fromkeys(("start", "unstop"), Word.START),
    **dict.fromkeys(("help", "info"), Word.HELP),
}


def carrier_word(text: str, *, opted_out: bool, from_carrier: str = "") -> Word | None:
    """The word that a message is, or None.

    opted_out: the number gets no texts at present; only then is YES a word to the carrier (it turns them on again).
    from_carrier: what the carrier says that it took the message for (`OptOutType`), which wins over our own reading.
    """
    said = re.sub(r"[^\w\s-]", "", text).strip().lower()
    if from_carrier.strip().upper() in Word.__members__:
        return Word[from_carrier.strip().upper()]
    if opted_out and said == "yes":
        return Word.START
    return _WORDS.get(said)
