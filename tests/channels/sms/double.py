"""A double of the carrier's API on a loopback port: takes, lists and refuses messages as the real one does."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit


@dataclass
class Trouble:
    """What goes wrong with one request. takes: whether the message is accepted all the same."""

    status: int = 0
    code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    silent_for: float = 0.0
    hangs_up: bool = False
    takes: bool = False


class CarrierDouble:
    """What the carrier holds. trouble: for the next requests to send, one each; listing_trouble: to list."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.trouble: list[Trouble] = []
        self.listing_trouble: list[Trouble] = []
        self.requests = 0
        self.url = ""
        self._lock = threading.Lock()

    @property
    def bodies(self) -> list[str]:
        """The texts that were accepted, in order."""
        return [str(message["body"]) for message in self.messages]

    def take(self, account: str, form: dict[str, str]) -> dict[str, Any]:
        """Accept a message."""
        with self._lock:
            message = {
                "sid": f"SM{len(self.messages) + 1:08x}{time.time_ns():024x}",
                "account_sid": account,
                "to": form["To"],
                "from": form["From"],
                "body": form["Body"],
                "status": "queued",
                "status_callback": form.get("StatusCallback"),
                "direction": "outbound-api",
                "date_created": format_datetime(datetime.now(timezone.utc)),
                "error_code": None,
            }
            self.messages.append(message)
            return message


@contextmanager
def carrier_double() -> Iterator[CarrierDouble]:
    """Run a double; its `url` is the base address of the API."""
    double = CarrierDouble()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            double.requests += 1
            length = int(self.headers.get("Content-Length", "0"))
            form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            account = self._account()
            trouble = double.trouble.pop(0) if double.trouble else Trouble()
            if account is None or not self.headers.get("Authorization", "").startswith("Basic "):
                return self._say(401, {"code": 20003, "message": "Authenticate", "status": 401})
            if trouble.takes:
                double.take(account, form)
            if self._troubled(trouble):
                return None
            return self._say(201, double.take(account, form))

        def do_GET(self) -> None:
            double.requests += 1
            trouble = double.listing_trouble.pop(0) if double.listing_trouble else Trouble()
            if self._troubled(trouble):
                return None
            number = parse_qs(urlsplit(self.path).query).get("To", [""])[0]
            found = [message for message in reversed(double.messages) if message["to"] == number]
            page = {"messages": found, "page": 0, "page_size": 50, "next_page_uri": None, "uri": self.path}
            return self._say(200, page)

        def _account(self) -> str | None:
            match = re.match(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/Messages\.json", self.path)
            return match[1] if match else None

        def _troubled(self, trouble: Trouble) -> bool:
            time.sleep(trouble.silent_for)
            if trouble.hangs_up:
                self.close_connection = True
                self.connection.close()
                return True
            if trouble.status:
                error = {"code": trouble.code, "message": "No.", "status": trouble.status}
                self._say(trouble.status, error if trouble.body is None else trouble.body, trouble.headers)
                return True
            return False

        def _say(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            body = (content if isinstance(content, str) else json.dumps(content)).encode()
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client had no patience: that is what is being tried

        def log_message(self, *arguments: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
