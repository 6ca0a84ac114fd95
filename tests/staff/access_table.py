"""Who may ask for what: each route of the console with the permission that it needs, written down a second time.

A route that is not here fails tests/staff/test_access.py: whoever adds one decides here, on purpose, who may use it.
"""

from __future__ import annotations

PUBLIC = "public"
"""Open to everybody: the log-in and its steps."""

NEEDED: dict[str, tuple[str, ...]] = {
    "account.manage": (
        "GET /staff/accounts",
        "POST /staff/accounts/sessions/{id:int}/end",
        "POST /staff/accounts/{id:int}/close",
        "POST /staff/accounts/{id:int}/open",
        "POST /staff/accounts/{id:int}/second-factor/reset",
    ),
    "account.own": (
        "GET /staff/account",
        "POST /staff/account/recovery-codes",
        "GET /staff/account/second-factor",
        "POST /staff/account/second-factor",
        "POST /staff/account/second-factor/remove",
        "POST /staff/account/sessions/end",
        "POST /staff/account/sessions/{id:int}/end",
        "GET /staff/active",
        "POST /staff/active",
    ),
    "alert.handle": (
        "POST /staff/alerts/{id:int}/acknowledge",
        "POST /staff/alerts/{id:int}/attempt",
        "POST /staff/alerts/{id:int}/resolve",
        "POST /staff/items/{id:int}/close",
        "GET /staff/page/{token}",
        "POST /staff/page/{token}",
    ),
    "audit.view": (
        "GET /staff/audit",
        "POST /staff/audit",
        "POST /staff/audit/export",
    ),
    "conversation.view": (
        "GET /staff/conversations/{id:int}",
        "GET /staff/conversations/{id:int}/composer",
        "GET /staff/conversations/{id:int}/panel",
        "GET /staff/conversations/{id:int}/series",
        "GET /staff/conversations/{id:int}/transcript",
        "GET /staff/patients/{id:int}",
        "GET /staff/patients/{id:int}/series",
        "GET /staff/patients/{id:int}/series.svg",
    ),
    "conversation.write": (
        "POST /staff/check-ins/{id:int}/cancel",
        "POST /staff/check-ins/{id:int}/send",
        "POST /staff/conversations/{id:int}/canned",
        "POST /staff/conversations/{id:int}/hand-back",
        "POST /staff/conversations/{id:int}/reply",
        "POST /staff/conversations/{id:int}/take-over",
        "POST /staff/patients/{id:int}/check-ins",
        "POST /staff/segments",
    ),
    "guidance.sign": ("POST /staff/guidance/{topic}/sign",),
    "guidance.view": (
        "GET /staff/guidance",
        "GET /staff/guidance/{topic}",
        "GET /staff/wording",
    ),
    "message.correct": (
        "GET /staff/messages/{id:int}/correct",
        "POST /staff/messages/{id:int}/correct",
    ),
    "note.view": (
        "GET /staff/conversations/{id:int}/notes",
        "GET /staff/conversations/{id:int}/notes/beside",
    ),
    "note.write": (
        "POST /staff/conversations/{id:int}/notes",
        "POST /staff/notes/{id:int}/strike",
    ),
    "patient.edit": (
        "POST /staff/consent/{id:int}/withdraw",
        "POST /staff/invites/{id:int}/withdraw",
        "GET /staff/patients/new",
        "POST /staff/patients/new",
        "GET /staff/patients/{id:int}/access",
        "POST /staff/patients/{id:int}/access/browsers/end",
        "POST /staff/patients/{id:int}/access/browsers/{browser:int}/end",
        "POST /staff/patients/{id:int}/access/invites",
        "POST /staff/patients/{id:int}/access/numbers",
        "POST /staff/patients/{id:int}/access/numbers/{number:int}/alone",
        "POST /staff/patients/{id:int}/access/numbers/{number:int}/detach",
        "POST /staff/patients/{id:int}/access/numbers/{number:int}/prefer",
        "POST /staff/patients/{id:int}/access/portal",
        "POST /staff/patients/{id:int}/consent",
        "GET /staff/patients/{id:int}/edit",
        "POST /staff/patients/{id:int}/edit",
        "GET /staff/patients/{id:int}/record",
        "GET /staff/patients/{id:int}/treatments",
        "POST /staff/patients/{id:int}/treatments",
        "POST /staff/patients/{id:int}/zone",
        "GET /staff/treatments/{id:int}",
        "POST /staff/treatments/{id:int}",
        "POST /staff/treatments/{id:int}/cancel",
    ),
    "patient.erase": (
        "GET /staff/patients/{id:int}/erase",
        "POST /staff/patients/{id:int}/erase",
    ),
    "patient.export": ("GET /staff/patients/{id:int}/record.json",),
    "patient.import": (
        "GET /staff/patients/import",
        "POST /staff/patients/import",
        "POST /staff/patients/import/run",
    ),
    "patient.merge": (
        "GET /staff/patients/{id:int}/merge",
        "POST /staff/patients/{id:int}/merge",
        "POST /staff/patients/{id:int}/merge/{other:int}",
    ),
    "patient.view": (
        "GET /staff/check-ins",
        "GET /staff/patients",
        "POST /staff/patients",
        "GET /staff/patients/{id:int}/check-ins",
    ),
    PUBLIC: (
        "GET /staff/login",
        "POST /staff/login",
        "GET /staff/login/code",
        "POST /staff/login/code",
        "GET /staff/login/second-factor",
        "POST /staff/login/second-factor",
        "POST /staff/logout",
        "GET /staff/waiting",
    ),
    "queue.view": (
        "GET /staff",
        "GET /staff/events",
        "GET /staff/queue",
    ),
    "report.view": (
        "GET /staff/reports",
        "GET /staff/reports/{report}.csv",
    ),
    "roster.edit": (
        "POST /staff/roster/absences",
        "POST /staff/roster/absences/{id:int}/remove",
        "POST /staff/roster/contacts/{id:int}/remove",
        "POST /staff/roster/holidays",
        "POST /staff/roster/holidays/remove",
        "POST /staff/roster/people",
        "POST /staff/roster/people/{id:int}/contacts",
        "POST /staff/roster/people/{id:int}/remove",
        "POST /staff/roster/people/{id:int}/test",
        "POST /staff/roster/people/{id:int}/up",
        "POST /staff/roster/shifts",
        "POST /staff/roster/shifts/{id:int}/remove",
    ),
    "roster.view": (
        "GET /staff/pages",
        "GET /staff/roster",
    ),
    "series.export": (
        "GET /staff/patients/{id:int}/fhir",
        "GET /staff/patients/{id:int}/series.csv",
        "GET /staff/patients/{id:int}/series.png",
    ),
}
