"""The phones of staff in the demo: pages are shown here and not sent, so that a newcomer sees the ladder climb."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.care.database import transaction
from bot.care.models import Page
from bot.clinic.settings import Clinic

SHOWN = 30
_WAYS = {"text": "text message", "email": "e-mail"}
_LINK = re.compile(r"https?://\S+")
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="refresh" content="5">
  <title>Staff pager · {clinic}</title>
  <link rel="stylesheet" href="/demo/page/clinic.css">
</head>
<body>
<main>
  <h1>Staff pager</h1>
  <p>What staff of {clinic} would get on their phones and by e-mail: in a demo pages are shown here and not sent.
  They say that somebody waits, and nothing of who it is. A page goes up the ladder until somebody acknowledges in the
  <a href="/staff">console</a>; who is on call is in its <a href="/staff/roster">roster</a>. Write something worrying in
  the <a href="/">chat</a> to see one. This page looks again every 5 seconds.</p>
  {pages}
</main>
</body>
</html>
"""
_NOTHING = "<p>No page yet.</p>"


def pager_routes(*, engine: Engine, clinic: Clinic) -> list[BaseRoute]:
    """`/demo/pager`, for a demo only."""

    async def show(request: Request) -> Response:
        lines = await run_in_threadpool(_lines, engine, clinic)
        pages = f"<ol>{''.join(lines)}</ol>" if lines else _NOTHING
        return HTMLResponse(
            _PAGE.format(clinic=escape(clinic.name), pages=pages), headers={"Cache-Control": "no-store"}
        )

    return [Route("/demo/pager", show, methods=["GET"])]


def _lines(engine: Engine, clinic: Clinic) -> list[str]:
    with transaction(engine) as session:
        statement = select(Page).where(Page.shown.is_not(None)).order_by(Page.sent_at.desc(), Page.id.desc())
        return [_line(page, clinic) for page in session.execute(statement.limit(SHOWN)).scalars()]


def _line(page: Any, clinic: Clinic) -> str:
    at = page.sent_at.astimezone(clinic.zone)
    text = _LINK.sub(lambda link: f'<a href="{link[0]}">{link[0]}</a>', escape(page.shown))
    way = _WAYS.get(page.way, page.way)
    return f"<li><p><b>{escape(page.name)}</b>, by {escape(way)}, {at:%H:%M:%S}</p><p>{text}</p></li>"
