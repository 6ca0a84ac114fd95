"""Reports: what happened in a period, as drawings, tables and files. No patient is named, and nothing is quoted."""

from __future__ import annotations

from markupsafe import Markup
from starlette.responses import Response

from bot.care.report_figures import DAYS, Figures, figures
from bot.staff.console import View, Visit
from bot.staff.errors import NotHere
from bot.staff.permissions import Permission
from bot.staff.report_sheets import sheets
from bot.staff.sheet import Sheet
from bot.staff.spreadsheets import csv_file

PERIODS = dict(zip(DAYS, ("7 days", "30 days", "90 days", "12 months"), strict=True))
USUAL = 30
NARROW, WIDE = 340, 760
"""Pixels: on a phone, and at a desk."""


def page(visit: Visit) -> Response:
    """All reports of a period. Looking at them is in the audit."""
    days = _days(visit)
    visit.note("reports.viewed", days=days)
    reckoned, found = _sheets(visit, days)
    # Safe to stand in a page as they are: a drawing escapes what is written on it.
    charts = {one.key: [Markup(one.draw(width)) for width in (WIDE, NARROW)] for one in found if one.draw}
    return visit.page(
        "reports.html", sheets=found, charts=charts, days=days, periods=PERIODS, as_of=reckoned.as_of
    )


def as_csv(visit: Visit) -> Response:
    """One table as a file."""
    days, key = _days(visit), visit.request.path_params["report"]
    sheet = next((one for one in _sheets(visit, days)[1] if one.key == key), None)
    if sheet is None:
        raise NotHere("There is no such report. Go back to the reports and choose one.")
    visit.note("reports.exported", report=sheet.key, days=days)
    rows = ([column.unit.exported(cell) for column, cell in zip(sheet.columns, row)] for row in sheet.rows)
    content = csv_file([column.exported for column in sheet.columns], rows)
    disposition = f'attachment; filename="{sheet.key}-{days}-days.csv"'
    return Response(
        content, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _days(visit: Visit) -> int:
    chosen = visit.request.query_params.get("days", "")
    return next((days for days in PERIODS if str(days) == chosen), USUAL)


def _sheets(visit: Visit, days: int) -> tuple[Figures, list[Sheet]]:
    found = figures(visit.record, days, visit.console.clinic.zone, visit.now)
    return found, sheets(found, visit.staff.may(Permission.CONVERSATION_VIEW))


VIEWS = [
    View("GET", "/staff/reports", Permission.REPORT_VIEW, page),
    View("GET", "/staff/reports/{report}.csv", Permission.REPORT_VIEW, as_csv),
]
