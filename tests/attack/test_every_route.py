"""Every route of the web process, the console's forms included, with whatever Schemathesis makes up for it.

The description is made from the routes themselves, so that a new one is attacked the day it is added.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from bot.openapi import description
from bot.staff.app import VIEWS
from bot.staff.permissions import Role
from tests.attack.conftest import OURS, Clinic

EXAMPLES = 2
STREAM = "/staff/events"
"""Without end; tests/staff/test_events.py reads it."""

FIELDS = (
    "email", "password", "code", "text", "name", "born", "phone", "note", "reason", "disposition", "at", "day", "what",
    "since", "until", "subject", "words", "number", "key", "seal", "zone", "starts", "ends", "role", "version",
)  # fmt: skip
"""Names that forms of the console use, so that what is made up gets further than to a missing field."""

ODD = {"type": "string", "maxLength": 40}


def form_of(view: Any) -> dict[str, Any]:
    """An operation that takes any form."""
    names = re.findall(r"\{(\w+)(?::(\w+))?\}", view.path)
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 0, "maximum": 10**12}
            if kind == "int"
            else {"type": "string", "minLength": 1, "maxLength": 20},
        }
        for name, kind in names
    ]
    operation: dict[str, Any] = {"parameters": parameters, "responses": {"default": {"description": "Any."}}}
    fields = {"type": "object", "properties": dict.fromkeys(FIELDS, ODD), "additionalProperties": ODD}
    if view.method == "POST":
        operation["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": fields}}}
    else:
        operation["parameters"] += [{"name": name, "in": "query", "schema": ODD} for name in FIELDS[-8:]]
    return operation


def described() -> dict[str, Any]:
    """All views of the console as one OpenAPI document."""
    paths: dict[str, dict[str, Any]] = {}
    for view in VIEWS:
        if view.path != STREAM:
            path = re.sub(r"\{(\w+):\w+\}", r"{\1}", view.path)
            paths.setdefault(path, {})[view.method.lower()] = form_of(view)
    return {"openapi": "3.0.3", "info": {"title": "The console", "version": "1"}, "paths": paths}


ROLES = (None, *Role)


@pytest.mark.parametrize("asked", ["get", "post"])
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value if role else "nobody")
def test_no_route_of_the_console_breaks_or_leads_astray(
    clinic: Clinic, role: Role | None, asked: str
) -> None:
    schema = schemathesis.openapi.from_dict(described())
    json_routes = set()
    with httpx.Client(base_url=clinic.base, headers=OURS, timeout=30) as client:
        for path, methods in described()["paths"].items():
            if asked in methods and attack(clinic, client, schema[path][asked], role):
                json_routes.add(path)
    assert json_routes <= set(description()["paths"]), "describe these in bot/openapi.yml"


def attack(clinic: Clinic, client: httpx.Client, operation: Any, role: Role | None) -> bool:
    """Send what is made up. Whether anything was answered in JSON."""
    in_json = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: schemathesis.Case) -> None:
        if role is not None and "aftercare_staff" not in client.cookies:
            client.cookies.update(clinic.login(role.value))
        request = case.as_transport_kwargs(base_url=clinic.base)
        body = request.get("data")
        content = httpx.QueryParams(body) if isinstance(body, dict) else body
        headers = {"content-type": "application/x-www-form-urlencoded"} if body is not None else {}
        answer = client.request(
            request["method"],
            request["url"],
            params=request.get("params"),
            content=str(content).encode() if content is not None else None,
            headers=headers,
        )
        assert answer.status_code < 500, (operation.label, answer.status_code, answer.text[:300])
        assert "default-src '" in answer.headers["content-security-policy"]
        leads = answer.headers.get("location", "/")
        assert leads.startswith("/") and not leads.startswith(("//", "/\\")), (operation.label, leads)
        if "json" in answer.headers.get("content-type", "") and answer.status_code < 400:
            in_json.append(operation.label)

    send()
    return bool(in_json)
