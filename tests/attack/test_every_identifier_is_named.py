"""Every identifier that a route takes is known, so that the identity walk tries it: a new one fails here until then.

Paths are taken from the application; names of fields, queries, headers and cookies from the source that reads them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Mount, Route

from bot.clinic.paths import ROOT
from bot.web import create_app
from tests.attack.two_patients import KINDS, Walk, walk
from tests.channels.web_chat.support import TUESDAY_NOON, parts, unlimited

__all__ = ["walk"]

ELSEWHERE = {
    "GET /": "public", "GET /demo/pager": "demo", "GET /demo/people": "demo", "GET /demo/phone": "demo",
    "GET /demo/phone/messages": "demo", "GET /demo/phone/{file:str}": "demo", "POST /demo/be": "demo",
    "POST /demo/phone/send": "demo", "GET /healthz": "public", "GET /readyz": "public", "GET /metrics": "public",
    "GET /openapi.json": "public", "GET /chat/page": "public", "GET /chat/page.css": "public",
    "OPTIONS /chat/{what}": "public", "POST /chat/session": "tried", "POST /chat/messages": "tried",
    "GET /chat/messages": "tried", "GET /chat/events": "tried", "GET /chat/series.svg": "tried",
    "POST /sms/inbound": "tried", "POST /sms/status": "tried",
}  # fmt: skip
"""Routes beside the console's: of nobody, of the demo alone, or tried in test_other_peoples_credentials.py."""

IDENTIFYING = {
    "staff/access_views.py": "form:number form:portal_id",
    "staff/audit_views.py": "form:<name> form:who form:before",
    "staff/conversation_views.py": "form:closes form:once form:owner form:seen query_params:before",
    "staff/erasure_views.py": "form:number",
    "staff/events.py": "query_params:conversation",
    "staff/merge_views.py": "form:number form:other form:seal",
    "staff/paging_views.py": "form:seen path_params:token",
    "staff/patient_views.py": "form:conversation query_params:conversation form:<name>",
    "staff/queue_views.py": "form:seen",
    "staff/roster_views.py": "form:person form:email form:<name>",
    "staff/session_views.py": "form:<name>",
    "staff/import_views.py": "form:seal",
    "staff/unanswered_views.py": "form:message",
    "staff/account_views.py": "form:email form:password",
    "staff/second_factor_views.py": "form:code",
    "staff/password_views.py": "form:<name>",
    "staff/console.py": "cookies:<COOKIE> path_params:<name>",
    "channels/web_chat/app.py": "headers:last-event-id query_params:after query_params:before "
    "query_params:conversation query_params:seq",
    "channels/web_chat/identity.py": "content:patient content:nonce",
    "channels/web_chat/opening.py": "body:identity body:invite",
    "channels/web_chat/tokens.py": "cookies:<COOKIE> headers:<HEADER>",
    "channels/web_chat/wire.py": "body:id body:conversation",
    "channels/sms/status.py": "form:MessageSid form:SmsSid query:message query:page",
    "channels/sms/texts.py": "form:From form:MessageSid form:SmsSid",
    "channels/sms/webhook.py": "headers:<SIGNATURE>",
}
"""What names somebody's object, beside paths: all of it stands in what the identity walk sends."""

ONLY_WORDS = {
    "asked:code", "asked:iss", "asked:state", "body:choice", "body:keep", "body:reply", "body:text",
    "content:expires", "content:issued", "cookies:<UNDERWAY>", "form:Body", "form:ErrorCode", "form:MessageStatus",
    "form:NumMedia", "form:OptOutType", "form:address", "form:alert", "form:another", "form:because", "form:called",
    "form:channel", "form:client_id", "form:clinician", "form:closed", "form:date", "form:day", "form:disposition",
    "form:file", "form:from", "form:hash", "form:held", "form:how", "form:instrument", "form:intent", "form:kind",
    "form:level", "form:minutes", "form:name", "form:next", "form:note", "form:open_on", "form:outcome",
    "form:phone", "form:recognised", "form:role", "form:shared", "form:short", "form:step", "form:text",
    "form:then", "form:time", "form:topic", "form:weekday", "form:words", "form:zone", "path_params:file",
    "path_params:report", "path_params:topic", "query:of", "query:part", "query_params:days", "query_params:done",
    "query_params:limit", "query_params:next", "headers:Access-Control-Allow-Credentials",
    "headers:Access-Control-Allow-Origin", "headers:Access-Control-Expose-Headers", "headers:Retry-After",
    "headers:content-type", "headers:host", "headers:hx-request", "headers:origin", "headers:sec-fetch-site",
    "headers:user-agent", "headers:x-forwarded-for",
}  # fmt: skip
"""What names nobody's object, wherever it is read. The demo's phones (channels/simulator) are everybody's."""


def names_read() -> Iterator[tuple[str, str]]:
    """The file and the name of everything that the source reads of a request."""
    sources = {
        "form",
        "query_params",
        "headers",
        "cookies",
        "path_params",
        "body",
        "query",
        "asked",
        "content",
    }
    reads = {"get", "raw", "number", "numbers", "all", "getlist"}
    for path in sorted(
        [*ROOT.glob("bot/*.py"), *ROOT.glob("bot/staff/*.py"), *ROOT.glob("bot/channels/**/*.py")]
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            method = getattr(getattr(node, "func", None), "attr", "")
            if isinstance(node, ast.Call) and method in reads and node.args:
                whole, name = getattr(node.func, "value", None), node.args[0]
            elif isinstance(node, ast.Subscript):
                whole, name = node.value, node.slice
            else:
                continue
            source = getattr(
                whole, "attr", getattr(whole, "id", "form" if method.startswith("number") else "")
            )
            read = (
                getattr(name, "value", None)
                if isinstance(name, ast.Constant)
                else f"<{getattr(name, 'id', '')}>"
            )
            if source in sources and isinstance(read, str) and read != "<>":
                yield str(path.relative_to(ROOT / "bot")), f"{source}:{read}"


def test_every_identifier_of_a_path_is_named_and_every_route_beside_the_console(walk: Walk, app: Any) -> None:
    found, beside = set(), set()
    for route in app.routes:
        if isinstance(route, Mount):
            assert route.path in ("/staff/static", "/widget", "/demo/page"), "may hold what is somebody's"
            continue
        assert isinstance(route, Route) and route.methods is not None
        found |= {route.path[: one.end()] for one in re.finditer(r"\{[^}]+\}", route.path)}
        if not route.path.startswith("/staff"):
            beside |= {f"{method} {route.path}" for method in route.methods - {"HEAD"}}
    assert found == set(KINDS), "say in two_patients.KINDS what it names, and give both patients one"
    assert beside == set(ELSEWHERE)


def test_every_name_that_is_read_of_a_request_is_one_that_is_tried_or_names_nobody() -> None:
    known = {(file, name) for file, names in IDENTIFYING.items() for name in names.split()}
    found = set(names_read())
    assert known <= found, "not read any more"
    unknown = {one for one in found - known if one[1] not in ONLY_WORDS and "simulator" not in one[0]}
    assert unknown == set(), "an identifier goes into IDENTIFYING and into a test, a word into ONLY_WORDS"


def test_what_shows_everybody_is_there_in_a_demo_alone(walk: Walk, app: Any) -> None:
    real = unlimited().copy(update={"demo": False})
    paths = {route.path for route in app_of(walk, clinic=real).routes if isinstance(route, Route)}
    assert {
        path for route, what in ELSEWHERE.items() if what == "demo" for path in [route.split()[1]]
    } & paths == set()


def app_of(walk: Walk, **changes: Any) -> Any:
    engine = walk.clinic.engine
    return create_app(parts(str(engine.url), engine, TUESDAY_NOON, **changes))


@pytest.fixture(scope="module")
def app(walk: Walk) -> Any:
    """The application, for its table of routes."""
    return app_of(walk)
