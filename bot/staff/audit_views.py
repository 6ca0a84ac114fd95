"""The audit: who looked at or did what; narrowed down, and saved as a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bot.care import audit, staff_accounts
from bot.care.audit import Filter
from bot.care.models import AuditEntry
from bot.staff.console import View, Visit
from bot.staff.forms import Form
from bot.staff.permissions import Permission
from bot.staff.spreadsheets import csv_file

PAGE = 100
MOST_IN_A_FILE = 50_000
"""Entries. More is refused, not cut off: a file that lacks some without a word would be taken for the whole."""
FIELDS = ("who", "what", "subject", "since", "until")
COLUMNS = ("position", "hash", "entry", "time", "staff", "name", "action", "subject", "detail")


def entries(visit: Visit) -> Response:
    """The newest entries. Reading the audit is in the audit."""
    return _page(visit, {})


def search(visit: Visit) -> Response:
    """The entries that a filter lets pass. A POST: what somebody looks for belongs in no address."""
    values = {name: visit.form.get(name) for name in FIELDS}
    return _page(visit, values, before=visit.form.number("before"))


def _page(visit: Visit, values: dict[str, str], before: int | None = None, error: str = "") -> Response:
    wanted, errors = _filter(values, visit.console.clinic.zone)
    if error:
        errors["until"] = error
    rows = [] if errors else audit.entries(visit.record, wanted, before, PAGE)
    if not errors:
        visit.note("audit.viewed", **_told(wanted))
    return visit.page(
        "audit.html",
        422 if errors else 200,
        rows=rows,
        more=len(rows) == PAGE,
        values={name: values.get(name, "") for name in FIELDS},
        errors=errors,
        members=staff_accounts.everybody(visit.record),
    )


def export(visit: Visit) -> Response:
    """What the filter lets pass, as CSV, with each entry's place in the chain."""
    values = {name: visit.form.get(name) for name in FIELDS}
    wanted, errors = _filter(values, visit.console.clinic.zone)
    if errors:
        return _page(visit, values)
    many = audit.count(visit.record, wanted)
    if many > MOST_IN_A_FILE:
        return _page(
            visit,
            values,
            error=f"That is {many:,} entries; a file holds {MOST_IN_A_FILE:,}. Choose a shorter time.",
        )
    content = csv_of(audit.entries(visit.record, wanted, limit=MOST_IN_A_FILE))
    visit.note("audit.exported", entries=many, **_told(wanted))
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="audit-{visit.now:%Y-%m-%d}.csv"'},
    )


def csv_of(rows: Iterable[AuditEntry]) -> bytes:
    """Entries for a spreadsheet, with times in UTC."""
    return csv_file(
        COLUMNS,
        (
            (
                row.link.position if row.link else None,
                row.link.hash if row.link else None,
                row.id,
                row.at.astimezone(timezone.utc).isoformat(timespec="microseconds"),
                row.staff_id,
                row.staff.name if row.staff else None,
                row.action,
                row.subject,
                json.dumps(row.detail, sort_keys=True),
            )
            for row in rows
        ),
    )


def _filter(values: dict[str, str], zone: ZoneInfo) -> tuple[Filter, dict[str, str]]:
    errors: dict[str, str] = {}
    what, subject = values.get("what", ""), values.get("subject", "")
    if not re.fullmatch(r"[a-z_.]{0,64}", what):
        errors["what"] = "Write words of the column What, such as alert or alert.resolved."
    if subject and not re.fullmatch(r"[a-z_]+[:.][A-Za-z0-9_.-]+", subject):
        errors["subject"] = "Write it as in the column To what, such as patient:12."
    since = _midnight(values, "since", zone, errors)
    until = _midnight(values, "until", zone, errors)
    staff_id = Form({"who": [values.get("who", "")]}).number("who")
    # The last day is meant to be in it.
    return Filter(staff_id, what, subject, since, until + timedelta(days=1) if until else None), errors


def _midnight(values: dict[str, str], name: str, zone: ZoneInfo, errors: dict[str, str]) -> datetime | None:
    given = values.get(name, "")
    if not given:
        return None
    try:
        at = datetime.combine(date.fromisoformat(given), time(0), zone)
        _ = at + timedelta(days=1)
        return at
    except (ValueError, OverflowError):
        errors[name] = "Write the date as 2026-03-14."
        return None


def _told(wanted: Filter) -> dict[str, Any]:
    """What was looked for, in the audit's own words."""
    told: dict[str, Any] = {}
    if wanted.staff_id is not None:
        told["by"] = wanted.staff_id
    if wanted.action:
        told["what"] = wanted.action
    # Only what has the shape of an identifier: nothing that somebody types is kept for ever.
    if re.fullmatch(r"[a-z_]+:\d+", wanted.subject):
        told["of"] = wanted.subject
    for name, at in (("since", wanted.since), ("until", wanted.until)):
        if at is not None:
            told[name] = at.isoformat()
    return told


VIEWS = [
    View("GET", "/staff/audit", Permission.AUDIT_VIEW, entries),
    View("POST", "/staff/audit", Permission.AUDIT_VIEW, search),
    View("POST", "/staff/audit/export", Permission.AUDIT_VIEW, export),
]
