"""Schemathesis against the JSON routes: whatever is sent, the answer is one that the description names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Mount, Route

from bot.openapi import description
from bot.web import create_app
from tests.attack.conftest import Clinic
from tests.channels.web_chat.support import TUESDAY_NOON, parts

EXAMPLES = 4
"""For each route, kind of data and identity. Always the same ones: a build that fails can be built again."""

NO_JSON = {
    "GET /chat/page", "GET /chat/page.css", "OPTIONS /chat/{what}", "POST /sms/inbound", "POST /sms/status",
    "GET /demo/phone", "GET /demo/phone/{file:str}", "GET /demo/pager", "GET /",
}  # fmt: skip
"""Routes beside the console's whose answers are pages, files, or of the carrier's own format."""

CONSOLE_JSON = {
    "GET /staff/waiting", "GET /staff/patients/{id}/record.json", "GET /staff/patients/{id}/record.fhir",
    "GET /staff/patients/{id}/fhir",
}  # fmt: skip
"""tests/attack/test_every_route.py finds any other page of the console that answers in JSON."""

ENDLESS = "GET /chat/events"
"""Ends at once only where it is refused; tests/channels/web_chat/test_events.py reads it."""

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

DESCRIBED = sorted(
    f"{method.upper()} {path}"
    for path, methods in description()["paths"].items()
    for method in methods
    if method != "parameters"
)


def test_every_json_route_is_described(clinic: Clinic, engine: Any, database_url: str) -> None:
    app = create_app(parts(database_url, engine, TUESDAY_NOON))
    served = {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, Route) and not isinstance(route, Mount)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert set(DESCRIBED) - CONSOLE_JSON == {route for route in served if " /staff" not in route} - NO_JSON, (
        "a JSON route belongs into bot/openapi.yml, a page into NO_JSON"
    )


IDENTITIES: dict[str, Callable[[Clinic], dict[str, str]]] = {
    "nobody": lambda clinic: {},
    "forged": lambda clinic: {"aftercare_session": "page.made.up", "aftercare_staff": "made up"},
    "known": lambda clinic: {**clinic.visitor(), **clinic.login("nurse")},
}


@pytest.mark.parametrize("who", IDENTITIES)
@pytest.mark.parametrize("route", DESCRIBED)
def test_whatever_is_sent_is_answered_as_described(clinic: Clinic, route: str, who: str) -> None:
    if route == ENDLESS and who == "known":
        return
    method, path = route.split()
    cookies = IDENTITIES[who](clinic)
    operation = schemathesis.openapi.from_dict(description())[path][method]
    takes = bool(operation.body or operation.query or operation.path_parameters)
    # Where a request has nothing in it, there is nothing that could be wrong.
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) if takes else (GenerationMode.POSITIVE,):

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def attack(case: schemathesis.Case) -> None:
            case.cookies = cookies
            case.headers = {"sec-fetch-site": "same-origin"}
            response = case.call(base_url=clinic.base, timeout=30, allow_redirects=False)
            # That something is not ready is an answer, and described.
            checks = CHECKS[1:] if path == "/readyz" else CHECKS
            case.validate_response(response, checks=checks)
            assert "default-src '" in response.headers["content-security-policy"][0]

        attack()
