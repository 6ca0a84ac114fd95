"""Logging in and out, and staying logged in."""

from __future__ import annotations

import re

from starlette.responses import JSONResponse, Response

from bot.care import staff_accounts
from bot.care.queue import queue
from bot.staff import labels
from bot.staff.accounts import log_in
from bot.staff.console import COOKIE, HOME, LOGIN, View, Visit
from bot.staff.permissions import Permission, may

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
    return _login_page(visit, after=_safe(visit.request.query_params.get("next", "")))


def _login_page(
    visit: Visit, status: int = 200, after: str = "", email: str = "", error: str = ""
) -> Response:
    # A browser that was logged in lately and is not any more was signed off for idleness: say so.
    login = visit.login
    idle = login is not None and login.revoked_at is None and not staff_accounts.is_alive(login, visit.now)
    return visit.page(
        "login.html",
        status,
        after=after,
        email=email,
        error=error,
        signed_off=idle and not error,
        minutes=int(staff_accounts.IDLE_LIMIT.total_seconds() // 60),
        nobody=staff_accounts.count(visit.record) == 0,
    )


def login(visit: Visit) -> Response:
    """Check e-mail and password. What failed is told honestly, except which of the two was wrong."""
    email, password = visit.form.get("email"), visit.form.raw("password")
    after = _safe(visit.form.get("next"))
    if not email or not password:
        return _login_page(visit, 422, after, email, "Write your e-mail address and your password.")
    result = log_in(visit.record, email, password, visit.now)
    if result.locked_until is not None:
        until = labels.local(result.locked_until, visit.console.clinic, visit.now)
        error = (
            f"Too many wrong passwords. This account is locked until {until}; the right password does not open it "
            "before that either. If it was not you, tell your administrator."
        )
        return _login_page(visit, 429, after, email, error)
    if result.token is None or result.member is None:
        error = "The e-mail address or the password is wrong."
        if 0 < result.tries_left <= 2:
            more = (
                "1 more wrong password"
                if result.tries_left == 1
                else f"{result.tries_left} more wrong passwords"
            )
            error += f" After {more} the account is locked for a quarter of an hour."
        return _login_page(visit, 401, after, email, error)
    if visit.login is not None:
        staff_accounts.close_session(visit.login, visit.now)
    response = visit.go(after or landing(result.member.role))
    response.set_cookie(
        COOKIE,
        result.token,
        path="/staff",
        httponly=True,
        # Not strict: a link in a notification must find the browser logged in. check_origin guards changes.
        samesite="lax",
        secure=visit.console.secure,
        max_age=int(staff_accounts.LONGEST_SESSION.total_seconds()),
    )
    return response


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
    """How much waits, in counts only, for the log-in page of a browser that was signed off."""
    login = visit.login
    if login is None or login.revoked_at is not None or not may(login.staff.role, Permission.QUEUE_VIEW):
        return Response(status_code=401)
    if visit.now - login.created_at >= staff_accounts.LONGEST_SESSION or not login.staff.active:
        return Response(status_code=401)
    state = queue(visit.record, visit.now)
    return JSONResponse({"waiting": len(state.waiting), "alerts": state.alerts_waiting})


def _safe(path: str) -> str:
    """`path` where it is a page of the console; otherwise empty. Nobody is sent to another site after the log-in."""
    return path if re.fullmatch(r"/staff(/[a-z0-9/_-]*)?", path) else ""


VIEWS = [
    View("GET", LOGIN, None, login_page),
    View("POST", LOGIN, None, login),
    View("POST", "/staff/logout", None, logout),
    View("GET", "/staff/waiting", None, waiting, passive=True),
]
MEMBER_VIEWS = [
    View("POST", "/staff/active", Permission.GUIDANCE_VIEW, active),
    View("GET", "/staff/active", Permission.GUIDANCE_VIEW, still_logged_in, passive=True),
]
"""For every member of staff: reading the guidance is what all roles may."""
