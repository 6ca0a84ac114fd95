"""Routes of the demo page. They exist only where clinic.yml says `demo: true`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.care.database import transaction
from bot.channels.demo.people import PEOPLE, VISITOR, enrolled
from bot.channels.web_chat.boundary import set_cookie
from bot.channels.web_chat.sessions import open_session, session_of
from bot.channels.web_chat.tokens import carried
from bot.channels.web_chat.wire import json_body
from bot.clinic.clock import Clock
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic


class NobodyByThatName(AftercareError):
    """The demo has no such person."""

    code, status = "AC110", 404


def demo_routes(*, engine: Engine, clinic: Clinic, clock: Clock, page: Path) -> list[BaseRoute]:
    """`/`, `/demo/people`, `/demo/be` and the page's files. page: the folder of index.html."""
    demo = _Demo(engine, clinic, clock, page)
    return [
        Route("/", demo.index, methods=["GET"]),
        Route("/demo/people", demo.people, methods=["GET"]),
        Route("/demo/be", demo.be, methods=["POST"]),
        Mount("/demo/page", app=StaticFiles(directory=page), name="demo-page"),
    ]


class _Demo:
    def __init__(self, engine: Engine, clinic: Clinic, clock: Clock, page: Path) -> None:
        self._engine, self._clinic, self._clock, self._page = engine, clinic, clock, page

    async def index(self, request: Request) -> Response:
        """The clinic's page with the widget."""
        return FileResponse(self._page / "index.html")

    async def people(self, request: Request) -> Response:
        """Who there is to be, and who this browser is."""
        return JSONResponse(await run_in_threadpool(self._people, carried(request)))

    async def be(self, request: Request) -> Response:
        """Become somebody: a new session of this browser, as a link from the clinic would open it."""
        try:
            key = (await json_body(request)).get("key")
            token = await run_in_threadpool(self._open, key)
        except AftercareError as error:
            return JSONResponse(
                {"error": {"code": error.code, "message": str(error)}}, status_code=error.status
            )
        response = JSONResponse({"key": key})
        set_cookie(response, token, self._clinic, secure=request.url.scheme == "https")
        return response

    def _people(self, token: str | None) -> list[dict[str, Any]]:
        with transaction(self._engine) as session:
            web_session = session_of(session, token, self._clinic, self._clock.now())
            patient = web_session.conversation.patient if web_session is not None else None
            name = patient.name if patient is not None else None
            known = [
                {
                    "key": person.key,
                    "name": person.name,
                    "about": person.about,
                    "current": person.name == name,
                }
                for person in PEOPLE
            ]
            visitor = {
                "key": VISITOR,
                "name": "A visitor",
                "about": "whom the clinic does not know",
                "current": name is None,
            }
            return [*known, visitor]

    def _open(self, key: object) -> str:
        person = next((one for one in PEOPLE if one.key == key), None)
        if person is None and key != VISITOR:
            raise NobodyByThatName("There is nobody by that name in the demo. Choose one from the list.")
        with transaction(self._engine) as session:
            now = self._clock.now()
            # Not seeded where the database came after us; and a demo that has run for days has drifted.
            patient = enrolled(session, person, self._clinic, now) if person is not None else None
            token, _ = open_session(session, now, patient)
            return token
