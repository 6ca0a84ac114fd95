"""From a request to a page: who is asking, may they, one transaction, and an honest page when something fails."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.care import audit, staff_accounts
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.listen import LiveFeed
from bot.care.models import StaffSession
from bot.clinic.clock import Clock
from bot.clinic.errors import AftercareError
from bot.clinic.paging_settings import Left
from bot.clinic.settings import Clinic
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.security import loggable
from bot.staff.errors import NotHere
from bot.staff.faults import OnDisk
from bot.staff.forms import LARGEST_ID, Form, read_form
from bot.staff.guard import SECURITY_HEADERS, check_origin
from bot.staff.permissions import Permission, may

log = logging.getLogger(__name__)

COOKIE = "aftercare_staff"
HOME = "/staff"
LOGIN = "/staff/login"
_CONVERSATION, _QUEUE = "/staff/conversations/{id:int}/", "/staff/queue"


@dataclass(frozen=True)
class Who:
    """The member of staff who is asking."""

    id: int
    name: str
    role: str

    def may(self, permission: Permission | str) -> bool:
        """Whether their role grants it; templates name permissions by their value."""
        return may(self.role, Permission(permission))


@dataclass(frozen=True)
class Console:
    """What all views share."""

    engine: Engine
    clinic: Clinic
    clock: Clock
    library: Library
    phrases: Phrases
    feed: LiveFeed
    templates: Environment
    disk: OnDisk

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over TLS, so that the cookie may be bound to it."""
        return self.clinic.web.public_url.startswith("https://")


@dataclass
class Visit:
    """One request inside its transaction. `record`: the database session; `who` is None on public pages only."""

    request: Request
    console: Console
    record: Session
    form: Form
    now: datetime
    who: Who | None
    login: StaffSession | None = None
    noted: bool = False

    @property
    def staff(self) -> Who:
        """The member of staff. On a page for members only there always is one."""
        if self.who is None:
            raise NotHere("This page is for members of staff. Log in first.")
        return self.who

    @property
    def left(self) -> Left:
        """When an alert that somebody acknowledged counts as left."""
        return self.console.clinic.paging.left

    @property
    def from_htmx(self) -> bool:
        """Whether a part of a page is wanted in place of a new page."""
        return self.request.headers.get("hx-request") == "true"

    def id(self, name: str = "id") -> int:
        """An identifier in the path. Raises NotHere for one that cannot be ours."""
        number = int(self.request.path_params[name])
        if not 0 < number <= LARGEST_ID:
            raise NotHere("There is no such page. Go back to the queue.")
        return number

    def note(self, action: str, subject: str = "", **detail: Any) -> None:
        """Write to the audit that this member of staff did something."""
        self.noted = True
        audit.record(
            self.record,
            action,
            self.now,
            staff_id=self.who.id if self.who else None,
            subject=subject,
            **detail,
        )

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A rendered template."""
        return render(self.console, template, status, who=self.who, now=self.now, **values)

    def go(self, path: str) -> Response:
        """Send the browser to another page of ours after something was done."""
        return RedirectResponse(path, status_code=303)


Handler = Callable[[Visit], Response]


@dataclass(frozen=True)
class View:
    """One route. permission: what it needs (None: public); passive: a page asks by itself, which is no activity;
    upload: its form may carry a file, whose text is then in the field of its name; check: raises for a request that is
    refused before anybody is looked up."""

    method: str
    path: str
    permission: Permission | None
    handle: Handler
    passive: bool = False
    upload: bool = False
    check: Callable[[Request], None] | None = None


def render(console: Console, template: str, status: int = 200, **values: Any) -> Response:
    """A page, with the clinic in reach of its template."""
    values.setdefault("who", None)
    body = console.templates.get_template(template).render(clinic=console.clinic, **values)
    return HTMLResponse(body, status_code=status)


def endpoint(console: Console, view: View) -> Callable[[Request], Any]:
    """The Starlette endpoint of a view."""

    async def answer(request: Request) -> Response:
        try:
            form = Form()
            if view.check is not None:
                view.check(request)
            if view.method == "POST":
                check_origin(request.headers, console.clinic.web.public_url)
                form = await read_form(request, view.upload)
            response = await run_in_threadpool(_visit, console, view, request, form)
        except Exception as error:
            response = failure(console, request, error)
        return finish(response)

    return answer


def finish(response: Response) -> Response:
    """Add what every page carries: no cache keeps what patients wrote."""
    response.headers.setdefault("Cache-Control", "no-store")
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _visit(console: Console, view: View, request: Request, form: Form) -> Response:
    with transaction(console.engine) as record:
        now = console.clock.now()
        login = find_login(record, request)
        alive = login is not None and staff_accounts.is_alive(login, now, console.clinic.access)
        who = Who(login.staff.id, login.staff.name, login.staff.role) if login and alive else None
        request.state.who = who  # for the page of an error, which is drawn outside this transaction
        visit = Visit(request, console, record, form, now, who, login)
        if view.permission is not None:
            if who is None:
                return _log_in_first(request, view)
            if not who.may(view.permission):
                visit.note("access.refused", subject=view.permission.value, path=view.path)
                return render(
                    console,
                    "refused.html",
                    403,
                    who=who,
                    now=now,
                    needed=view.permission.description,
                )
        if login is not None and who is not None and not view.passive:
            login.last_seen_at = now
        response = view.handle(visit)
        if view.method == "GET" and who is not None and login is not None and not visit.noted:
            _note_the_look(visit, view, who, login)
        return response


def _note_the_look(visit: Visit, view: View, who: Who, login: StaffSession) -> None:
    """Nothing is looked at without a trace: what a page does not tell by itself is told here.

    Parts that an open page fetches again and again are told once a log-in, as the page that they belong to.
    """
    numbers: dict[str, Any] = {
        key: value for key, value in visit.request.path_params.items() if isinstance(value, int)
    }
    if not view.passive:
        visit.note("page.viewed", path=view.path, **numbers)
        return
    if view.path.startswith(_CONVERSATION):
        action, subject = "conversation.viewed", f"conversation:{numbers['id']}"
    elif view.path == _QUEUE:
        action, subject = "queue.viewed", ""
    else:
        return
    if not audit.is_noted(visit.record, who.id, action, subject, login.created_at):
        visit.note(action, subject, part=view.path)


def find_login(record: Session, request: Request) -> StaffSession | None:
    """The session that the request's cookie names, alive or not."""
    token = request.cookies.get(COOKIE, "")
    return staff_accounts.find_session(record, token) if token else None


def _log_in_first(request: Request, view: View) -> Response:
    target = LOGIN
    if view.method == "GET" and not view.passive:
        target = f"{LOGIN}?next={quote(request.url.path)}"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": target})
    if view.passive:
        return Response(status_code=401)
    return RedirectResponse(target, status_code=303)


def failure(console: Console, request: Request, error: Exception) -> Response:
    """The page for something that failed. What we did not foresee shows a reference, and is logged without data."""
    if isinstance(error, AftercareError):
        status, code, message = error.status, error.code, str(error)
        if isinstance(error, DatabaseUnavailable):
            message = f"{message} {_kept(console.disk.waiting())}"
    else:
        reference = secrets.token_hex(4)
        # The text of a database error holds what was to be stored: only its type and the places in the code are logged.
        places = "".join(traceback.format_tb(error.__traceback__))
        log.error("staff console: %s, reference %s\n%s", type(error).__name__, reference, places)
        status, code = 500, reference
        message = (
            "Something failed that we did not foresee. Nothing was changed. Tell your administrator this:"
        )
    if status >= 500:
        log.error("staff console: %s answered with %s (%s)", loggable(request.scope["path"]), status, code)
    if request.headers.get("hx-request") == "true":
        response = render(console, "_notice.html", status, message=message, reference=code)
        response.headers.update({"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"})
        return response
    # On the page of an error, too, one finds the queue, and hears of what is new in it.
    who = getattr(request.state, "who", None)
    return render(console, "error.html", status, who=who, message=message, reference=code)


def _kept(waiting: int) -> str:
    """What staff are to know while nothing can be read here."""
    said = "What patients write is kept on disk, and those in a crisis get the approved text, but nobody is paged."
    return f"{said} So far {waiting} {'message waits' if waiting == 1 else 'messages wait'}. Phone whom you know of."
