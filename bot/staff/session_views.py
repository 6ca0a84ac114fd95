"""Who is logged in where: one's own browsers for everybody, all accounts and browsers for administrators."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.responses import Response

from bot.care import second_factor, staff_accounts
from bot.care.models import StaffMember, StaffSession
from bot.care.staff_accounts import StaffExists
from bot.staff.accounts import add_staff
from bot.staff.console import LOGIN, View, Visit
from bot.staff.errors import BadAccount, NotHere, Stale
from bot.staff.permissions import Permission, Role
from bot.staff.queue_views import done
from bot.staff.second_factor_views import OWN, own_page

ALL = "/staff/accounts"


def own(visit: Visit) -> Response:
    """One's own account."""
    return own_page(visit)


def end_own(visit: Visit) -> Response:
    """One of one's own browsers is logged out; the one in use too, when it is chosen."""
    session = _session(visit)
    if session.staff_id != visit.staff.id:
        raise NotHere("There is no such browser among yours. Load the page again.")
    staff_accounts.close_session(session, visit.now)
    visit.note("session.ended", f"staff:{session.staff_id}", login=int(session.id))
    here = visit.login is not None and session.id == visit.login.id
    return visit.go(LOGIN if here else f"{OWN}?done=session-ended")


def end_others(visit: Visit) -> Response:
    """All of one's own browsers but this one are logged out."""
    access = visit.console.clinic.access
    sessions = staff_accounts.sessions_of(visit.record, visit.now, access, visit.staff.id)
    others = [one for one in sessions if visit.login is None or one.id != visit.login.id]
    for session in others:
        staff_accounts.close_session(session, visit.now)
    visit.note("sessions.ended", f"staff:{visit.staff.id}", how_many=len(others))
    return visit.go(f"{OWN}?done=sessions-ended")


def accounts(visit: Visit) -> Response:
    """All accounts, with who is logged in where."""
    visit.note("accounts.viewed")
    return _accounts(visit)


def add(visit: Visit) -> Response:
    """A new account, with a password of ours, which the answer shows and nothing keeps."""
    form, password = visit.form, secrets.token_urlsafe(12)
    given = {name: form.get(name) for name in ("name", "email", "role")}
    try:
        with visit.record.begin_nested():
            member = add_staff(visit.record, password=password, **given)
    except (BadAccount, StaffExists) as refused:
        return _accounts(visit, 422, error=str(refused), values=given)
    visit.note("account.added", f"staff:{member.id}", role=member.role)
    return _accounts(visit, made=member, password=password)


def _accounts(visit: Visit, status: int = 200, **more: Any) -> Response:
    members = staff_accounts.everybody(visit.record)
    sessions = staff_accounts.sessions_of(visit.record, visit.now, visit.console.clinic.access)
    return visit.page(
        "accounts.html",
        status,
        members=members,
        sessions={
            member.id: [session for session in sessions if session.staff_id == member.id]
            for member in members
        },
        enrolled=second_factor.enrolled(visit.record),
        needed=visit.console.clinic.access.second_factor,
        locked={member.id for member in members if staff_accounts.is_locked(member, visit.now)},
        done=done(visit),
        roles=[role.value for role in Role],
        **{"error": "", "values": {}, "made": None, "password": "", **more},
    )


def end_any(visit: Visit) -> Response:
    """Somebody's browser is logged out."""
    session = _session(visit)
    staff_accounts.close_session(session, visit.now)
    visit.note("session.ended", f"staff:{session.staff_id}", login=int(session.id))
    return visit.go(f"{ALL}?done=session-ended")


def reset_second_factor(visit: Visit) -> Response:
    """Somebody has lost phone and paper: without a second factor, and logged out everywhere."""
    member = _member(visit)
    second_factor.remove(visit.record, int(member.id))
    ended = staff_accounts.close_all(visit.record, int(member.id), visit.now)
    visit.note("second_factor.reset", f"staff:{member.id}", sessions=ended)
    return visit.go(f"{ALL}?done=second-factor-reset")


def deactivate(visit: Visit) -> Response:
    """Somebody has left: logged out everywhere, and no log-in any more. What they did keeps their name."""
    member = _member(visit)
    if member.id == visit.staff.id:
        raise Stale(
            "This is your own account. Somebody else has to close it, so that one administrator is left."
        )
    member.active = False
    ended = staff_accounts.close_all(visit.record, int(member.id), visit.now)
    visit.note("account.closed", f"staff:{member.id}", sessions=ended)
    return visit.go(f"{ALL}?done=account-closed")


def activate(visit: Visit) -> Response:
    """Somebody is back."""
    member = _member(visit)
    member.active = True
    visit.note("account.opened", f"staff:{member.id}")
    return visit.go(f"{ALL}?done=account-opened")


def _session(visit: Visit) -> StaffSession:
    session = visit.record.get(StaffSession, visit.id())
    if session is None:
        raise NotHere("There is no such browser. Load the page again.")
    return session


def _member(visit: Visit) -> StaffMember:
    member = staff_accounts.by_id(visit.record, visit.id(), for_update=True)
    if member is None:
        raise NotHere("There is no such account. Load the page again.")
    return member


_MANAGE = Permission.ACCOUNT_MANAGE
VIEWS = [
    View("GET", OWN, Permission.ACCOUNT_OWN, own),
    View("POST", f"{OWN}/sessions/{{id:int}}/end", Permission.ACCOUNT_OWN, end_own),
    View("POST", f"{OWN}/sessions/end", Permission.ACCOUNT_OWN, end_others),
    View("GET", ALL, _MANAGE, accounts),
    View("POST", ALL, _MANAGE, add),
    View("POST", f"{ALL}/sessions/{{id:int}}/end", _MANAGE, end_any),
    View("POST", f"{ALL}/{{id:int}}/second-factor/reset", _MANAGE, reset_second_factor),
    View("POST", f"{ALL}/{{id:int}}/close", _MANAGE, deactivate),
    View("POST", f"{ALL}/{{id:int}}/open", _MANAGE, activate),
]
