"""One's own password: changed by whoever knows the old one, and nobody stays logged in elsewhere."""

from __future__ import annotations

from starlette.responses import Response

from bot.staff.account_views import locked, warning
from bot.staff.accounts import SHORTEST_PASSWORD, change_password
from bot.staff.console import View, Visit
from bot.staff.errors import BadAccount
from bot.staff.permissions import Permission
from bot.staff.second_factor_views import OWN


def ask(visit: Visit) -> Response:
    """The form."""
    return _form(visit)


def change(visit: Visit) -> Response:
    """Change it, or say what is wrong. What was typed is never shown again."""
    old, new, again = (visit.form.raw(name) for name in ("old", "new", "again"))
    if new != again:
        return _form(visit, 422, "again", "The two new passwords are not the same. Type both again.")
    try:
        done = change_password(visit.record, visit.staff.id, old, new, visit.now, visit.login)
    except BadAccount as refused:
        return _form(visit, 422, "new", str(refused))
    if done.locked_until is not None:
        return _form(visit, 429, "old", locked(visit, done.locked_until))
    if done.member is None:
        return _form(visit, 422, "old", f"The old password is wrong.{warning(done.tries_left)}")
    return visit.go(f"{OWN}?done=password-changed")


def _form(visit: Visit, status: int = 200, field: str = "", error: str = "") -> Response:
    errors = {field: error} if error else {}
    return visit.page("password.html", status, errors=errors, shortest=SHORTEST_PASSWORD)


_HERE = f"{OWN}/password"
VIEWS = [
    View("GET", _HERE, Permission.ACCOUNT_OWN, ask),
    View("POST", _HERE, Permission.ACCOUNT_OWN, change),
]
