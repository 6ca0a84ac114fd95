"""What goes wrong in the console, in words for whoever sits before it."""

from __future__ import annotations

from bot.clinic.errors import AftercareError


class NotAllowed(AftercareError):
    """The member's role does not grant this."""

    code, status = "AC601", 403


class FromElsewhere(AftercareError):
    """A request that changes something came from another site."""

    code, status = "AC602", 403


class BadForm(AftercareError):
    """A form cannot be read: too large, or not a form."""

    code, status = "AC603", 400


class Stale(AftercareError):
    """What the member of staff saw is not what there is by now."""

    code, status = "AC604", 409


class BadAccount(AftercareError):
    """An account cannot be made as asked."""

    code, status = "AC605", 422


class NotHere(AftercareError):
    """There is no such page."""

    code, status = "AC606", 404


class TooBusy(AftercareError):
    """So many passwords are being checked that one more would take the memory of those who answer patients."""

    code, status = "AC640", 503
