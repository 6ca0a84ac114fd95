"""The audit: who looked at or did what."""

from __future__ import annotations

from starlette.responses import Response

from bot.care import audit
from bot.staff.console import View, Visit
from bot.staff.permissions import Permission

PAGE = 100


def entries(visit: Visit) -> Response:
    """The newest entries; older ones by `?before=`. Reading the audit is in the audit."""
    given = visit.request.query_params.get("before", "")
    before = int(given) if given.isdecimal() and len(given) < 18 else None
    rows = audit.entries(visit.record, before, PAGE)
    visit.note("audit.viewed")
    return visit.page("audit.html", rows=rows, more=len(rows) == PAGE)


VIEWS = [View("GET", "/staff/audit", Permission.AUDIT_VIEW, entries)]
