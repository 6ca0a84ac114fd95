"""What can go wrong with text messages, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.clinic.errors import AftercareError


class SmsSettingsError(AftercareError):
    """The carrier's account is configured by halves or wrongly. problems: one line for each, with the fix."""

    code = "AC150"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class ForgedRequest(AftercareError):
    """A request to a webhook is not signed by the carrier's account."""

    code, status = "AC151", 403


class NotAForm(AftercareError):
    """A signed request does not hold what the carrier always sends."""

    code, status = "AC152", 400


class WrongContentType(AftercareError):
    """A webhook was sent something other than a form."""

    code, status = "AC153", 415


class BodyTooLarge(AftercareError):
    """A webhook was sent more than any text message holds."""

    code, status = "AC154", 413


class SendFailed(AftercareError):
    """The carrier did not take a text message.

    reason: the carrier's error number or a word of ours (such as "unreachable"), at most 64 characters; retry: whether
    trying again can help; after: seconds that the carrier asks to wait, if it does.
    """

    code, status = "AC155", 502

    def __init__(self, reason: str, *, retry: bool, after: float | None = None) -> None:
        self.reason, self.retry, self.after = reason[:64], retry, after
        advice = "It is tried again." if retry else "It is not tried again: phone the patient."
        super().__init__(f"The carrier did not take the text message ({self.reason}). {advice}")
