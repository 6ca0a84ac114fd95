"""A server that speaks the web chat's wire format, for the widget's browser tests.

It stores messages in memory and answers over real HTTP and server-sent events on the loopback address. A test holds its
`Desk` and makes happen what a real server does on a bad day: lines cut, answers refused or lost, events sent twice.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.browser.desk import Desk, event

WIDGET = Path(__file__).resolve().parents[2] / "widget"
COOKIE = "aftercare_session"
# What the real pages are served with: no inline script, no inline style, nothing from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'"
)


def refuse(status: int, message: str, **more: Any) -> JSONResponse:
    """An error in the wire format."""
    body = {"error": {"code": f"AC{status}", "message": message, "phone": "(555) 010-0199"}, **more}
    return JSONResponse(body, status)


def application(desk: Desk) -> Starlette:
    """The server: the four calls of the chat, the demo page, and pages that embed the widget."""

    def whose(request: Request) -> str | None:
        return desk.sessions.get(request.cookies.get(COOKIE, ""))

    async def session(request: Request) -> Response:
        if not desk.up:
            return refuse(503, "The chat is not available now.")
        token = request.cookies.get(COOKIE, "")
        if token not in desk.sessions:
            token = desk.begin()
        key = desk.sessions[token]
        body = {
            "session": "ok",
            "clinic": desk.clinic,
            "verified": False,
            "name": None,
            "last_seq": len(desk.conversations[key]),
            "conversation": key,
        }
        answer = JSONResponse(body)
        answer.set_cookie(COOKIE, token, httponly=True, samesite="lax")
        return answer

    async def history(request: Request) -> Response:
        key = whose(request)
        if not desk.up or key is None:
            return refuse(401 if desk.up else 503, "No session.")
        before = int(request.query_params.get("before", 10**9))
        limit = int(request.query_params.get("limit", 50))
        older = [message for message in desk.conversations[key] if message["seq"] < before]
        return JSONResponse({"messages": older[-limit:], "more": len(older) > limit})

    async def send(request: Request) -> Response:
        key = whose(request)
        body = await request.json()
        desk.posts.append(body)
        if desk.answer_delay:
            await asyncio.sleep(desk.answer_delay)
        if not desk.up:
            return refuse(503, "Your message could not be stored just now.")
        if key is None:
            return refuse(401, "No session.")
        if body.get("conversation", key) != key:
            return refuse(409, "Another conversation.")
        planned = desk.next_posts.pop(0) if desk.next_posts else None
        if planned is not None and planned[0] > 0:
            return JSONResponse(planned[1], planned[0])
        stored = desk.conversations[key]
        message = next((other for other in stored if other["id"] == body["id"]), None)
        reply = None
        if message is None:
            message = desk.say(body["text"], conversation=key, id=body["id"], sender="patient")
            wanted = desk.reply(message)
            if wanted is not None:
                message["level"] = wanted.get("level", "none")
                reply = desk.say(wanted.pop("text"), conversation=key, reply_to=message["seq"], **wanted)
        else:
            reply = next((other for other in stored if other["reply_to"] == message["seq"]), None)
        if planned is not None:
            return refuse(502, "The answer was lost on the way.")
        return JSONResponse({"message": message, "reply": reply}, 202)

    async def events(request: Request) -> Response:
        key = whose(request)
        if not desk.up or desk.streams_refused:
            return refuse(503, "Not now.")
        if key is None:
            return refuse(401, "No session.")
        if request.query_params.get("conversation", key) != key:
            return refuse(409, "Another conversation.")
        after = int(request.headers.get("last-event-id") or request.query_params.get("after", 0))
        desk.resumed.append(after)
        line: queue.Queue[str | None] = queue.Queue()
        with desk.lock:
            missed = [message for message in desk.conversations[key] if message["seq"] > after]
            desk.lines.append((key, line))

        async def flow() -> AsyncIterator[str]:
            try:
                yield ": open\n\n"
                for message in missed:
                    yield event("message", message)
                pinged = time.monotonic()
                while not await request.is_disconnected():
                    try:
                        piece = line.get_nowait()
                    except queue.Empty:
                        if time.monotonic() - pinged > 15:
                            pinged = time.monotonic()
                            yield ": ping\n\n"
                        await asyncio.sleep(0.02)
                        continue
                    if piece is None:
                        return
                    yield piece
            finally:
                desk.lines.remove((key, line))

        return StreamingResponse(
            flow(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    async def be(request: Request) -> Response:
        chosen = (await request.json())["key"]
        for person in desk.people:
            person["current"] = person["key"] == chosen
        answer = JSONResponse({})
        answer.set_cookie(COOKIE, desk.begin(chosen), httponly=True, samesite="lax")
        return answer

    def page(name: str) -> Callable[[Request], Response]:
        return lambda request: HTMLResponse((Path(__file__).parent / "pages" / name).read_text("utf-8"))

    app = Starlette(
        routes=[
            Route("/chat/session", session, methods=["POST"]),
            Route("/chat/messages", history, methods=["GET"]),
            Route("/chat/messages", send, methods=["POST"]),
            Route("/chat/events", events),
            Route("/demo/people", lambda request: JSONResponse(desk.people)),
            Route("/demo/be", be, methods=["POST"]),
            Route("/", lambda request: FileResponse(WIDGET / "demo" / "index.html")),
            Route("/hostile", page("hostile.html")),
            Route("/full", page("full.html")),
            Mount("/demo/page", StaticFiles(directory=WIDGET / "demo")),
            Mount("/widget", StaticFiles(directory=WIDGET / "dist")),
            Mount("/pages", StaticFiles(directory=Path(__file__).parent / "pages")),
        ]
    )

    async def with_policy(scope: Any, receive: Any, send: Any) -> None:
        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await app(scope, receive, marked if scope["type"] == "http" else send)

    return with_policy  # type: ignore[return-value]


class ContractServer:
    """Runs the application in a thread, on a free port of the loopback address."""

    def __init__(self) -> None:
        self.desk = Desk()
        config = uvicorn.Config(
            application(self.desk),
            host="127.0.0.1",
            port=0,
            ws="none",
            log_level="warning",
            timeout_graceful_shutdown=1,
        )

        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> ContractServer:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the test server did not start"
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.desk.cut()
        self._server.should_exit = True
        self._thread.join(5)

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
