"""What a text of staff's own costs as a text message."""

from __future__ import annotations

from dataclasses import dataclass

from bot.guidance import gsm7

# UCS-2, which carriers use once a character lies outside GSM-7: 3GPP TS 23.040, section 9.2.3.24.1.
_UNICODE_ONE, _UNICODE_MORE = 70, 67
MOST = 10
"""Segments. Twilio refuses more than 1,600 characters, and ten parts are more than anybody reads on a phone."""


@dataclass(frozen=True)
class Cost:
    """segments: how many parts a carrier sends; strange: the characters that make the text longer than it looks."""

    segments: int
    strange: tuple[str, ...] = ()

    @property
    def too_long(self) -> bool:
        """Whether it cannot be sent as it is."""
        return self.segments > MOST


def cost(text: str) -> Cost:
    """The cost of `text`; nothing at all is no segment."""
    strange = gsm7.outside(text)
    if not strange:
        return Cost(gsm7.segments(text))
    units = len(text.encode("utf-16-le")) // 2
    return Cost(1 if units <= _UNICODE_ONE else -(-units // _UNICODE_MORE), tuple(strange[:10]))
