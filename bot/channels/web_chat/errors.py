"""What a browser can get wrong, and what it is told."""

from __future__ import annotations

from bot.clinic.errors import AftercareError


class UnknownSession(AftercareError):
    """The cookie names no session, or one that was revoked."""

    code, status = "AC101", 401

    def __init__(self) -> None:
        super().__init__("This browser has no open chat. Open the chat again.")


class BadMessage(AftercareError):
    """The body of a request is not what it should be."""

    code, status = "AC102", 400


class NotJson(AftercareError):
    """The body has another content type."""

    code, status = "AC103", 415

    def __init__(self) -> None:
        super().__init__("Messages are sent as application/json.")


class TooLong(AftercareError):
    """The text or the body is too long."""

    code, status = "AC104", 413


class OtherOrigin(AftercareError):
    """The request comes from a page that may not use this chat."""

    code, status = "AC105", 403

    def __init__(self) -> None:
        super().__init__(
            "This page may not use the chat. The clinic can allow it in clinic.yml under web.allowed_origins."
        )


class CannotStore(AftercareError):
    """Neither the database nor the disk takes the message; the browser keeps it and tries again."""

    code, status = "AC106", 503

    def __init__(self) -> None:
        super().__init__(
            "Your message could not be saved just now. It will be sent again. If it is urgent, please call."
        )


class Unproven(AftercareError):
    """The database is away, and the cookie proves nothing by itself: it may be of another machine's making."""

    code, status = "AC109", 503

    def __init__(self) -> None:
        super().__init__(
            "Your message could not be saved just now. It will be sent again. If it is urgent, please call."
        )


class ChatAway(AftercareError):
    """The database is away while a browser reads."""

    code, status = "AC107", 503

    def __init__(self) -> None:
        super().__init__("The chat cannot be reached just now. It tries again. If it is urgent, please call.")


class OtherConversation(AftercareError):
    """The page shows another conversation than the one that its cookie opens by now."""

    code, status = "AC108", 409

    def __init__(self) -> None:
        super().__init__("This browser has opened another chat meanwhile. Open the chat again.")


class NoPicture(AftercareError):
    """No picture belongs to that message, or the message to another conversation."""

    code, status = "AC116", 404

    def __init__(self) -> None:
        super().__init__("There is no picture here. Ask how you have been doing to get one.")
