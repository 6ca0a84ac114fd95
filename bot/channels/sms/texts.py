"""A text message as the carrier delivers it, and the answer to it as the carrier takes it."""

from __future__ import annotations

from dataclasses import dataclass

from twilio.twiml.messaging_response import MessagingResponse

from bot.channels.sms.errors import NotAForm
from bot.channels.sms.numbers import sender
from bot.channels.sms.settings import SmsSettings
from bot.channels.sms.webhook import Form

_MOST_MEDIA = 100


@dataclass(frozen=True)
class InboundText:
    """One text message as delivered. number: E.164, or what stood in place of a number."""

    sid: str
    number: str
    text: str
    media_count: int = 0
    opt_out_type: str = ""

    @classmethod
    def from_form(cls, form: Form) -> InboundText:
        """Raises NotAForm where the carrier names no message or no sender."""
        sid = (form.get("MessageSid") or form.get("SmsSid") or "").strip()
        number = sender(form.get("From", ""))
        if not sid or len(sid) > 64 or not sid.isascii() or not sid.isalnum() or not number:
            raise NotAForm(
                "The form names no message or no sender. The carrier always sends MessageSid and From."
            )
        media = form.get("NumMedia", "").strip()
        count = min(int(media), _MOST_MEDIA) if media.isascii() and media.isdigit() and len(media) < 10 else 0
        # PostgreSQL stores no NUL. Screened is what is stored: the evidence counts its characters.
        return cls(sid, number, form.get("Body", "").replace("\x00", ""), count, form.get("OptOutType", ""))


@dataclass(frozen=True)
class Answer:
    """What the carrier is told to send back at once. message_id: under which it is stored, None where it is not; more:
    texts of their own that follow."""

    text: str
    message_id: int | None = None
    more: tuple[Answer, ...] = ()


def twiml(answer: Answer | None, settings: SmsSettings) -> str:
    """The carrier's markup: a text to send back at once, or nothing to send."""
    response = MessagingResponse()  # type: ignore[no-untyped-call]
    for one in (answer, *answer.more) if answer is not None else ():
        callback = settings.status_address(one.message_id, 1, 1) if one.message_id else None
        response.message(one.text, status_callback=callback or None)
    return str(response)
