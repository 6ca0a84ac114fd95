"""Logging in and out, and staying logged in."""

from __future__ import annotations

import re
from datetime import datetime

from starlette.responses import JSONResponse, Response

from bot.care import staff_accounts
from bot.staff import labels
from bot.staff.accounts import LogIn, log_in
from bot.staff.console import COOKIE, HOME, LOGIN, View, Visit
from bot.staff.events import counts
from bot.staff.permissions import Permission, may

STEPS = {
    staff_accounts.CODE: "/staff/login/code",
    staff_accounts.ENROLMENT: "/staff/login/second-factor",
}
"""Where a log-in goes on whose password was right."""
_LANDINGS = (
    (Permission.QUEUE_VIEW, HOME),
    (Permission.PATIENT_VIEW, "/staff/patients"),
    (Permission.AUDIT_VIEW, "/staff/audit"),
)


def landing(role: str) -> str:
    """The first page that a role may see."""
    return next((path for permission, path in _LANDINGS if may(role, permission)), LOGIN)


def login_page(visit: Visit) -> Response:
    """The log-in form; who is logged in already goes on."""
    if visit.who is not None:
        return visit.go(landing(visit.who.role))
    return _login_page(visit, after=safe_path(visit.request.query_params.get("next", "")))


def _login_page(
    visit: Visit, status: int = 200, after: str = "", email: str = "", error: str = ""
) -> Response:
    # A browser that was logged in lately and is not any more is told why.
    access = visit.console.clinic.access
    over = staff_accounts.why_over(visit.login, visit.now, access) if visit.login is not None else ""
    return visit.page(
        "login.html",
        status,
        after=after,
        email=email,
        error=error,
        over="" if error else over,
        counted=_counted(visit),
        nobody=staff_accounts.count(visit.record) == 0,
    )


def login(visit: Visit) -> Response:
    """Check e-mail and password. What failed is told honestly, except which of the two was wrong."""
    email, password = visit.form.get("email"), visit.form.raw("password")
    after = safe_path(visit.form.get("next"))
    if not email or not password:
        return _login_page(visit, 422, after, email, "Write your e-mail address and your password.")
    access = visit.console.clinic.access
    agent = visit.request.headers.get("user-agent", "")
    result = log_in(visit.record, email, password, visit.now, access.second_factor, agent)
    if result.locked_until is not None:
        return _login_page(visit, 429, after, email, locked(visit, result.locked_until))
    if result.token is None or result.member is None:
        error = "The e-mail address or the password is wrong." + warning(result.tries_left)
        return _login_page(visit, 401, after, email, error)
    if visit.login is not None:
        staff_accounts.close_session(visit.login, visit.now)
    return go_on(visit, result, after)


def go_on(visit: Visit, result: LogIn, after: str) -> Response:
    """To where the log-in leads: the next step of it, or the page that was wanted."""
    role = result.member.role if result.member is not None else ""
    target = after or landing(role)
    if result.waits_for:
        target = STEPS[result.waits_for] + (f"?next={after}" if after else "")
    return with_cookie(visit, visit.go(target), result.token or "")


def with_cookie(visit: Visit, response: Response, token: str) -> Response:
    """The response, with the cookie of a session."""
    response.set_cookie(
        COOKIE,
        token,
        path="/staff",
        httponly=True,
        # Not strict: a link in a notification must find the browser logged in. check_origin guards changes.
        samesite="lax",
        secure=visit.console.secure,
        # Longer than it opens anything: afterwards the log-in still tells why, and how much waits.
        max_age=int((visit.console.clinic.access.longest + staff_accounts.COUNTS_FOR).total_seconds()),
    )
    return response


def locked(visit: Visit, until: datetime) -> str:
    """That an account is locked, in words."""
    at = labels.local(until, visit.console.clinic, visit.now)
    return (
        f"Too many wrong passwords or codes. This account is locked until {at}; the right ones do not open it before "
        "that either. If it was not you, tell your administrator."
    )


def warning(tries_left: int) -> str:
    """What to add to the message about a failure shortly before the account is locked."""
    if not 0 < tries_left <= 2:
        return ""
    more = "1 more failure" if tries_left == 1 else f"{tries_left} more failures"
    return f" After {more} the account is locked for a quarter of an hour."


def logout(visit: Visit) -> Response:
    """Log out; the token is worth nothing afterwards."""
    if visit.login is not None:
        staff_accounts.close_session(visit.login, visit.now)
        visit.note("logout")
    response = visit.go(LOGIN)
    response.delete_cookie(COOKIE, path="/staff", httponly=True, samesite="lax", secure=visit.console.secure)
    return response


def active(visit: Visit) -> Response:
    """The page says that somebody sits before it (keys, pointer), so that nobody is signed off while reading."""
    return Response(status_code=204)


def still_logged_in(visit: Visit) -> Response:
    """204 while the browser is logged in, 401 when it is not; asking is no activity."""
    return Response(status_code=204)


def waiting(visit: Visit) -> Response:
    """How much waits, in counts only, for the log-in page of a browser that was signed off: it rings by them too."""
    return JSONResponse(counts(visit.record)) if _counted(visit) else Response(status_code=401)


def _counted(visit: Visit) -> bool:
    """Whether this browser is told how much waits."""
    login, access = visit.login, visit.console.clinic.access
    if login is None or not may(login.staff.role, Permission.QUEUE_VIEW):
        return False
    return staff_accounts.may_count(login, visit.now, access)


def safe_path(path: str) -> str:
    """`path` where it is a page of the console; otherwise empty. Nobody is sent to another site after the log-in."""
    return path if re.fullmatch(r"/staff(/[a-z0-9/_-]*)?", path) else ""


VIEWS = [
    View("GET", LOGIN, None, login_page),
    View("POST", LOGIN, None, login),
    View("POST", "/staff/logout", None, logout),
    View("GET", "/staff/waiting", None, waiting, passive=True),
]
MEMBER_VIEWS = [
    View("POST", "/staff/active", Permission.ACCOUNT_OWN, active),
    View("GET", "/staff/active", Permission.ACCOUNT_OWN, still_logged_in, passive=True),
]
