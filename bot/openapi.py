"""`/openapi.json`: the JSON routes of the web process, described. Kept by hand in openapi.yml, beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FILE = Path(__file__).with_suffix(".yml")


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def openapi_routes() -> list[Route]:
    """The one route. It names no patient and needs no log-in: what it tells is in the source."""

    async def openapi(request: Request) -> Response:
        return JSONResponse(description())

    return [Route("/openapi.json", openapi, methods=["GET"])]
