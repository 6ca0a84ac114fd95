"""The second step of the log-in, and setting it up: a code of an authenticator app, recovery codes on paper."""

from __future__ import annotations

from typing import Any

from starlette.responses import RedirectResponse, Response

from bot.care import second_factor, staff_accounts
from bot.care.models import StaffMember, StaffSession
from bot.care.second_factor import Outcome
from bot.staff.access_views import code_of
from bot.staff.account_views import STEPS, go_on, landing, locked, safe_path, warning, with_cookie
from bot.staff.accounts import log_in_enrolled, log_in_with_code
from bot.staff.console import LOGIN, View, Visit
from bot.staff.errors import NotHere
from bot.staff.permissions import Permission
from bot.staff.queue_views import done

OWN = "/staff/account"
_WRONG = "That code is wrong. Codes change every 30 seconds: type the one that the app shows now."
_USED = "That code has been used. Wait for the next one."


def code_page(visit: Visit) -> Response:
    """The form for the code, for whoever has just given the right password."""
    if _waiting(visit, staff_accounts.CODE) is None:
        return _begin_again(visit)
    return _code_page(visit, safe_path(visit.request.query_params.get("next", "")))


def _code_page(visit: Visit, after: str, status: int = 200, error: str = "") -> Response:
    return visit.page("login_code.html", status, after=after, error=error)


def code(visit: Visit) -> Response:
    """Check the code and go on."""
    waiting = _waiting(visit, staff_accounts.CODE)
    if waiting is None:
        return _begin_again(visit)
    after = safe_path(visit.form.get("next"))
    given = visit.form.get("code")
    if not given:
        return _code_page(visit, after, 422, "Type the code that the app shows, or a recovery code.")
    result = log_in_with_code(visit.record, waiting, given, visit.now)
    if result.locked_until is not None:
        return _code_page(visit, after, 429, locked(visit, result.locked_until))
    if result.token is None:
        return _code_page(visit, after, 401, (_USED if result.used else _WRONG) + warning(result.tries_left))
    return go_on(visit, result, after)


def enrolment(visit: Visit) -> Response:
    """Set up the app in the middle of a log-in, where the role needs it."""
    waiting = _waiting(visit, staff_accounts.ENROLMENT)
    if waiting is None:
        return _begin_again(visit)
    after = safe_path(visit.request.query_params.get("next", ""))
    return _enrolment_page(visit, waiting.staff, STEPS[staff_accounts.ENROLMENT], after=after)


def enrol(visit: Visit) -> Response:
    """The app shows the right code: logged in, and the recovery codes this once."""
    waiting = _waiting(visit, staff_accounts.ENROLMENT)
    if waiting is None:
        return _begin_again(visit)
    after = safe_path(visit.form.get("next"))
    member = waiting.staff
    result, codes = log_in_enrolled(visit.record, waiting, visit.form.get("code"), visit.now)
    if result.token is None:
        where = STEPS[staff_accounts.ENROLMENT]
        return _enrolment_page(visit, member, where, 401, after=after, error=_WRONG)
    page = visit.page("recovery_codes.html", codes=codes, onward=after or landing(str(member.role)))
    return with_cookie(visit, page, result.token)


def own_enrolment(visit: Visit) -> Response:
    """Set up the app although the role does not need it, or another one after the old was removed."""
    member = _member(visit)
    if second_factor.of(visit.record, int(member.id)) is not None:
        return visit.go(OWN)
    return _enrolment_page(visit, member, f"{OWN}/second-factor")


def own_enrol(visit: Visit) -> Response:
    """The app shows the right code: from the next log-in on it is asked for."""
    member = _member(visit)
    codes = second_factor.confirm(visit.record, member, visit.form.get("code"), visit.now)
    if codes is None:
        if second_factor.of(visit.record, int(member.id)) is not None:
            return visit.go(OWN)
        return _enrolment_page(visit, member, f"{OWN}/second-factor", 401, error=_WRONG)
    visit.note("second_factor.set_up", f"staff:{member.id}")
    return visit.page("recovery_codes.html", codes=codes, onward=OWN)


def remove(visit: Visit) -> Response:
    """Take the app away, to set up another. Needs a code: whoever finds an open browser has none."""
    member, refused = _proved(visit)
    if refused is not None:
        return refused
    second_factor.remove(visit.record, int(member.id))
    visit.note("second_factor.removed", f"staff:{member.id}")
    return visit.go(f"{OWN}?done=second-factor-removed")


def renew(visit: Visit) -> Response:
    """New recovery codes in place of the old ones. Needs a code."""
    member, refused = _proved(visit)
    if refused is not None:
        return refused
    codes = second_factor.new_codes(visit.record, int(member.id))
    visit.note("second_factor.codes_renewed", f"staff:{member.id}")
    return visit.page("recovery_codes.html", codes=codes, onward=OWN)


def _proved(visit: Visit) -> tuple[StaffMember, Response | None]:
    """The member, and a page that refuses where the code is not right. Wrong ones count like those of a log-in."""
    member = _member(visit)
    outcome = Outcome.WRONG
    if not staff_accounts.is_locked(member, visit.now):
        outcome = second_factor.check(visit.record, member, visit.form.get("code"), visit.now)
        if outcome is Outcome.RIGHT:
            return member, None
        staff_accounts.count_failure(member, visit.now)
        visit.note("second_factor.refused", f"staff:{member.id}", reason=outcome.value)
    if staff_accounts.is_locked(member, visit.now) and member.locked_until is not None:
        words = locked(visit, member.locked_until)
    else:
        words = _USED if outcome is Outcome.USED else _WRONG
    return member, own_page(visit, 401, error=words)


def own_page(visit: Visit, status: int = 200, **values: Any) -> Response:
    """The page of one's own account: second factor, and the browsers that one is logged in with."""
    member = _member(visit)
    access = visit.console.clinic.access
    shown: dict[str, Any] = {
        "member": member,
        "factor": second_factor.of(visit.record, int(member.id)),
        "codes_left": second_factor.codes_left(visit.record, int(member.id)),
        "needed": member.role in access.second_factor,
        "sessions": staff_accounts.sessions_of(visit.record, visit.now, access, int(member.id)),
        "this": visit.login,
        "access": access,
        "done": done(visit),
        "error": "",
    }
    return visit.page("account.html", status, **{**shown, **values})


def _enrolment_page(
    visit: Visit, member: StaffMember, action: str, status: int = 200, after: str = "", error: str = ""
) -> Response:
    factor = second_factor.begin(visit.record, int(member.id), visit.now)
    address = second_factor.address_of(factor, member, visit.console.clinic.name)
    key = second_factor.key_of(factor)
    return visit.page(
        "second_factor.html",
        status,
        code=code_of(address),
        key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        action=action,
        after=after,
        error=error,
        forced=visit.who is None,
    )


def _waiting(visit: Visit, what: str) -> StaffSession | None:
    login = visit.login
    return login if login is not None and staff_accounts.is_waiting(login, what, visit.now) else None


def _begin_again(visit: Visit) -> Response:
    return visit.go(landing(visit.who.role)) if visit.who is not None else RedirectResponse(LOGIN, 303)


def _member(visit: Visit) -> StaffMember:
    member = staff_accounts.by_id(visit.record, visit.staff.id, for_update=True)
    if member is None:
        raise NotHere("There is no such account. Log in again.")
    return member


VIEWS = [
    View("GET", STEPS[staff_accounts.CODE], None, code_page),
    View("POST", STEPS[staff_accounts.CODE], None, code),
    View("GET", STEPS[staff_accounts.ENROLMENT], None, enrolment),
    View("POST", STEPS[staff_accounts.ENROLMENT], None, enrol),
    View("GET", f"{OWN}/second-factor", Permission.ACCOUNT_OWN, own_enrolment),
    View("POST", f"{OWN}/second-factor", Permission.ACCOUNT_OWN, own_enrol),
    View("POST", f"{OWN}/second-factor/remove", Permission.ACCOUNT_OWN, remove),
    View("POST", f"{OWN}/recovery-codes", Permission.ACCOUNT_OWN, renew),
]
