"""Secrets that can be recognised wherever they come out, who watches for them, and servers that answer rudely."""

from __future__ import annotations

import base64
import json
import logging
import socketserver
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import requests
from sqlalchemy import text as sql
from sqlalchemy.engine import Engine

from tests.work.paging_scene import Duty

PLAIN = {"CLINIC", "HOME", "HOST", "PORT", "TWILIO_FROM", "TWILIO_API", "TWILIO_KEYWORDS"}
"""Variables that are no secrets, without what they begin with. Every other one that the code knows is below."""


SECRETS = {
    "AFTERCARE_SECRET": "canary0signs0cookies0and0links0000000001",
    "AFTERCARE_IDENTITY_SECRET": "canary0of0the0portal00000000000000000002",
    "AFTERCARE_OPENID_SECRET": "canary: of the client/100%",
    "AFTERCARE_SMTP_PASSWORD": "canary/of the mail@server",
    "AFTERCARE_TWILIO_ACCOUNT_SID": "ACca9a4" + "1" * 27,
    "AFTERCARE_TWILIO_AUTH_TOKEN": "canary0of0the0carrier000000000003",
    "AFTERCARE_DUTY_PAGER": "canary0of0the0duty0pager",
    "DATABASE_URL": "canary0of0the0database",
}
"""What is secret in each: of the two addresses, the path and the password."""


OWN_PAGER, PASSWORD, TYPED = "canary0of0noras0own0pager", "canary horse battery", "canary horse bettery"


CUT, CODE = "canary0cut0short0", "canary0code0of0the0provider"


LOG = logging.getLogger("anybody")


def shapes(secret: str) -> set[str]:
    """A secret as it stands, as in an address, and as in base64 at any place."""
    coded = (
        base64.b64encode(b"\0" * skip + secret.encode()).decode()[4 * bool(skip) : -4] for skip in range(3)
    )
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], *coded}


def used(by: list[str], secret: str) -> bool:
    """Whether a rude server was told it."""
    return any(shape in "".join(by) for shape in shapes(secret))


@dataclass
class Watch:
    """What is said while a test runs. said: by web, to a browser; born: secrets made meanwhile, each with the numbers
    of the answers that may hold it."""

    caplog: pytest.LogCaptureFixture
    said: list[str] = field(default_factory=list)
    born: dict[str, set[int]] = field(default_factory=dict)

    def made(self, secret: str) -> str:
        """The last answer is the one that gives this secret to whom it belongs."""
        assert len(secret) > 15 and secret in self.said[-1], "nothing was given"
        self.born.setdefault(secret, set()).add(len(self.said) - 1)
        return secret

    def log(self) -> str:
        """Of every logger, from DEBUG on, with tracebacks."""
        records = [one for phase in ("setup", "call", "teardown") for one in self.caplog.get_records(phase)]
        return "\n".join(f"{one.name} {self.caplog.handler.format(one)}" for one in records)

    def found(self, more: str = "") -> list[str]:
        """Which secret is where it does not belong."""
        told: dict[object, str] = {"log": self.log(), "output": more, **dict(enumerate(self.said))}
        known = {
            one: set[int]() for one in (*SECRETS.values(), OWN_PAGER, PASSWORD, TYPED, CUT, CODE)
        } | self.born
        return [
            f"{secret} in {where}: {words[max(0, words.find(shape) - 200) :][:400]}"
            for secret, may in known.items()
            for shape in shapes(secret)
            for where, words in told.items()
            if shape in words and where not in may
        ]


class RudeMail(socketserver.StreamRequestHandler):
    """A mail server that refuses every log-in."""

    def handle(self) -> None:
        """One connection."""
        self.wfile.write(b"220 mail.test\r\n")
        while line := self.rfile.readline():
            self.server.heard.append(line.decode())  # type: ignore[attr-defined]
            no = b"535 authentication failed: " + line.strip()
            said = {b"EHLO": b"250-mail.test\r\n250 AUTH PLAIN", b"AUTH": no}
            self.wfile.write(said.get(line[:4].upper(), b"250 ok") + b"\r\n")


class Rude(BaseHTTPRequestHandler):
    """The carrier, a pager and an OpenID provider in one. All that it answers is what the provider says of itself."""

    def do_POST(self) -> None:
        """Refused, with all that came."""
        told = f"{self.path} {self.headers} {self.rfile.read(int(self.headers.get('content-length', 0))).decode()}"
        self.server.heard.append(told)  # type: ignore[attr-defined]
        here = f"http://127.0.0.1:{self.server.server_address[1]}"
        about = dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), f"{here}/x")
        known = self.path.startswith("/.well-known")
        self.send_response(200 if known else 400)
        self.end_headers()
        refusal = {"code": 21211, "status": 400, "message": told}
        self.wfile.write(json.dumps({"issuer": here, **about} if known else refusal).encode())

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        """Nothing."""


Rudes = tuple[int, int, list[str]]


@dataclass
class Browser:
    """A browser with cookies. What it is told is kept."""

    base: str
    watch: Watch
    duty: Duty
    line: requests.Session = field(default_factory=requests.Session)

    def ask(self, path: str, form: Any = None, body: Any = None) -> tuple[int, str]:
        """The status, and headers and body in one. form, body: to be posted."""
        method = "GET" if form is None and body is None else "POST"
        ours = {"sec-fetch-site": "same-origin", "connection": "close"}
        answer = self.line.request(
            method, self.base + path, data=form, json=body, headers=ours, allow_redirects=False, timeout=20
        )
        told = f"{answer.headers}\n{answer.text}"
        self.watch.said.append(told)
        for morsel in answer.cookies:
            if len(morsel.value or "") > 15:
                self.watch.made(str(morsel.value))
        return answer.status_code, told

    def log_in(self, role: str, password: str = PASSWORD) -> int:
        """What became of it."""
        return self.ask("/staff/login", {"email": f"{role}@clinic.example", "password": password})[0]

    def breaks_its_cookies(self) -> None:
        """Each has another end."""
        for cookie in self.line.cookies:
            cookie.value = f"{cookie.value}\\x"


def rows(engine: Engine) -> str:
    """The whole database, but for the addresses of the roster, which have to be there."""
    with engine.connect() as session:
        names = session.execute(sql("select tablename from pg_tables where schemaname = 'public'")).scalars()
        wanted = [name for name in names if name != "contact_point"]
        told = [str(session.execute(sql(f'select to_json(t)::text from "{one}" t')).all()) for one in wanted]
    assert len(told) > 30 and "login.failed" in "".join(told)
    return "\n".join(told)
