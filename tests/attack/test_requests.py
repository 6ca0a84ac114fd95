"""Requests that no browser would send: too large, too slow, two at once, with lines in them that are not theirs."""

from __future__ import annotations

import logging
import re
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from bot import connections
from bot.care.database import DatabaseUnavailable
from bot.care.page_links import new_token
from bot.security import loggable
from tests.attack.conftest import OURS, PASSWORD, Clinic

SECRET = "c0ffee" * 8


def raw(clinic: Clinic, request: bytes) -> bytes:
    """What comes back to these very octets, until the line is closed, be it before all of them were read."""
    address, answer = urlsplit(clinic.base), b""
    with (
        socket.create_connection((address.hostname, address.port), timeout=20) as line,
        suppress(ConnectionError),
    ):
        line.sendall(request)
        with suppress(OSError):  # closed by the other side already
            line.shutdown(socket.SHUT_WR)
        while got := line.recv(65536):
            answer += got
    return answer


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\nConnection: close\r\n\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 50_000 + b"Connection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS, or a port scan",
        b"POST /chat/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /chat/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Length: 4\r\n\r\n{}",
        b"GET /chat/series.svg?seq=%ff%fe HTTP/1.1\r\nHost: \xff\r\nCookie: \xff=\xff\r\nConnection: close\r\n\r\n",
    ],
    ids=[
        "long header",
        "long address",
        "many headers",
        "no HTTP",
        "no length",
        "two lengths",
        "no characters",
    ],
)
def test_what_is_no_request_is_refused_and_harms_nobody(clinic: Clinic, request_: bytes) -> None:
    answer = raw(clinic, request_)
    assert not re.match(rb"HTTP/1.1 (200|202|5)", answer) or b'"ok"' in answer[-200:], answer[:200]
    assert httpx.get(f"{clinic.base}/healthz", timeout=20).status_code == 200


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: a",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n\r\n",
    ],
    ids=["nothing", "an empty line", "one header", "a second request", "a second one's empty line"],
)
def test_who_does_not_come_to_the_end_of_a_request_is_let_go(
    clinic: Clinic, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADERS_WITHIN", 0.5)
    address = urlsplit(clinic.base)
    with socket.create_connection((address.hostname, address.port), timeout=0.2) as line:
        line.sendall(begun)
        for _ in range(100):
            try:
                if not line.recv(65536):
                    return
                continue
            except TimeoutError:
                pass
            except ConnectionResetError:
                return
            try:
                line.sendall(b"a" if b"Slow" in begun else b"")  # slower than headers may be, never silent
            except OSError:
                return
    raise AssertionError("the connection is still open")


def test_headers_that_are_too_long_are_refused_before_they_end(clinic: Clinic) -> None:
    endless = b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * (connections.LARGEST_HEADERS // 6)
    assert raw(clinic, endless).startswith(b"HTTP/1.1 400")


def test_a_second_request_cannot_hide_in_the_body_of_the_first(clinic: Clinic) -> None:
    """Length and chunks at once: proxies and servers that disagree on which counts would see different requests."""
    hidden = b"GET /staff/login HTTP/1.1\r\nHost: x\r\n\r\n"
    request = (
        b"POST /chat/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(hidden))
    ) + hidden
    assert b"<html" not in raw(clinic, request), "the hidden request was answered"


def test_the_host_that_a_request_names_leads_nowhere(clinic: Clinic) -> None:
    forged = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    with httpx.Client(base_url=clinic.base, headers=OURS | forged, timeout=20) as client:
        asked = [
            client.get(path) for path in ("/staff", "/staff/login", "/chat/page", "/", "/staff/patients")
        ]
        asked.append(
            client.post("/staff/login", data={"email": "nurse@clinic.example", "password": PASSWORD})
        )
        patient = clinic.ids["patient"]
        client.cookies.update(clinic.login("nurse"))
        asked.append(client.post(f"/staff/patients/{patient}/access/invites"))
        asked.append(client.get(f"/staff/patients/{patient}/access"))
    for answer in asked:
        assert answer.status_code < 500
        assert "evil.example" not in answer.text + str(answer.headers), str(answer.url)


@pytest.mark.parametrize(
    "after",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example", "javascript:alert(1)",
     "/staff\r\nset-cookie: x=y", "/%09/evil.example", "https:evil.example", "\t//evil.example"],
)  # fmt: skip
def test_logging_in_leads_to_pages_of_ours_only(clinic: Clinic, after: str) -> None:
    form = {"email": "nurse@clinic.example", "password": PASSWORD, "next": after}
    with httpx.Client(base_url=clinic.base, headers=OURS, timeout=20) as client:
        answer = client.post("/staff/login", data=form)
    leads = httpx.URL(clinic.base).join(answer.headers["location"])
    assert answer.status_code == 303 and f"{leads.scheme}://{leads.host}:{leads.port}" == clinic.base
    assert "x" not in answer.cookies


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/staff/page/ab\r\n2026 CRITICAL all is well", "/staff/page/..."),
        (f"/staff/page/{SECRET}", "/staff/page/..."),
        ("/chat/\x1b[2Jsession", "/chat/??2Jsession"),
        ("/staff/conversations/12/panel", "/staff/conversations/12/panel"),
    ],
)
def test_a_path_in_the_log_is_one_plain_line(path: str, logged: str) -> None:
    assert loggable(path) == logged


def test_what_fails_puts_no_line_of_an_attacker_and_no_token_into_the_log(
    clinic: Clinic, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("The database cannot be reached.")

    cookies = clinic.login("nurse")
    monkeypatch.setattr("bot.staff.console.transaction", away)
    caplog.set_level(logging.DEBUG)
    headers = OURS | {"user-agent": f"x {SECRET}", "referer": f"https://x/{SECRET}"}
    with httpx.Client(base_url=clinic.base, headers=headers, timeout=20, cookies=cookies) as client:
        signed = new_token()
        assert client.get(f"/staff/page/{signed}").status_code == 503
        for path in (f"/staff/page/{SECRET}", "/staff/page/a%0D%0A2026%20CRITICAL%20all%20is%20well"):
            assert client.get(path).status_code == 404  # not signed by us: the database is not asked
        form = {"email": "nurse@clinic.example", "password": PASSWORD + SECRET, "code": SECRET}
        assert client.post("/staff/login", data=form).status_code == 503
    ours = [record for record in caplog.records if record.name.startswith("bot")]
    assert ours, "nothing was logged of what failed"
    for record in ours:
        said = record.getMessage()
        assert (
            SECRET not in said
            and signed not in said
            and PASSWORD not in said
            and cookies["aftercare_staff"] not in said
        )
        assert not re.search(r"^2026 CRITICAL", said, re.MULTILINE)
