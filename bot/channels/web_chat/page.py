"""A page of our own with the chat and nothing else: where invite links lead, unless clinic.yml names another."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from bot.clinic.settings import Clinic
from bot.guidance.library import clinic_values

HERE = Path(__file__).resolve().parent


def page_routes(clinic: Clinic) -> list[Route]:
    """`GET /chat/page` and its style sheet."""
    values = {name: escape(str(value)) for name, value in clinic_values(clinic).items()}
    content = Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(values)

    async def page(request: Request) -> Response:
        return HTMLResponse(content, headers={"Cache-Control": "no-cache"})

    async def style(request: Request) -> Response:
        return FileResponse(HERE / "page.css", media_type="text/css")

    return [
        Route("/chat/page", page, methods=["GET"]),
        Route("/chat/page.css", style, methods=["GET"]),
    ]
