"""The carrier of text messages on a loopback port, well or ill: it refuses, is slow, lies, or forgets what it took."""

from __future__ import annotations

import json
import queue
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from .evidence import Carried

ACCOUNT = "AC" + "7" * 32
TOKEN = "chaos-" * 6
SENDER = "+12125550142"
PUBLIC = "https://chat.clinic.example"

WELL, FAILS, SLOW, LIES, FORGETS = "well", "fails", "slow", "lies", "forgets"
"""SLOW: it takes the text and says so later than anybody waits. LIES: it takes it and answers with an error. FORGETS:
it takes it, hangs up, and does not list it for a while."""

TOO_SLOW = 11.0
FORGETS_FOR = 9.0


def signed(path: str, form: dict[str, str], query: str = "") -> dict[str, str]:
    """The headers of a webhook of the carrier's."""
    address = PUBLIC + path + (f"?{query}" if query else "")
    signature = str(RequestValidator(TOKEN).compute_signature(address, form))
    return {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}


class Carrier:
    """What it took, in order. mode: how it is; web: gives the address of a web process for the reports."""

    def __init__(self, seed: int, web: Callable[[], str]) -> None:
        self.mode = WELL
        self.url = ""
        self.taken: list[Carried] = []
        self._web, self._random = web, random.Random(seed)
        self._texts: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._reports: queue.SimpleQueue[tuple[str, str, list[str]] | None] = queue.SimpleQueue()

    def take(self, form: dict[str, str], told: bool) -> dict[str, Any]:
        """Accept a text, and plan the reports on it: twice or in the wrong order now and then."""
        with self._lock:
            sid = f"SM{len(self._texts):08x}{time.time_ns():024x}"
            text = {
                "sid": sid,
                "account_sid": ACCOUNT,
                "to": form["To"],
                "from": form["From"],
                "body": form["Body"],
                "status": "queued",
                "date_created": format_datetime(datetime.now(timezone.utc)),
                "at": time.time(),
                "hidden": self.mode == FORGETS,
            }
            self._texts.append(text)
            self.taken.append(Carried(time.time(), form["To"], form["Body"], sid, told))
            order = self._random.choice(
                (["sent", "delivered"], ["delivered", "sent"], ["sent", "sent", "delivered", "delivered"])
            )
        if form.get("StatusCallback"):
            self._reports.put((form["StatusCallback"], sid, order))
        return text

    def found(self, number: str) -> list[dict[str, Any]]:
        """What it lists of the texts to a number, newest first."""
        old = time.time() - FORGETS_FOR
        with self._lock:
            return [
                text
                for text in reversed(self._texts)
                if text["to"] == number and not (text["hidden"] and text["at"] > old)
            ]

    def report(self, address: str, sid: str) -> None:
        """Have a text reported as delivered that went out in the answer to a webhook."""
        self._reports.put((address, sid, ["sent", "delivered"]))

    def send_reports(self) -> None:
        """Send reports until told to stop. A report that nobody takes is not sent again, as with the carrier."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while (given := self._reports.get()) is not None:
            address, sid, order = given
            parts = urlsplit(address)
            for status in order:
                form = {"MessageSid": sid, "MessageStatus": status}
                try:
                    request = urllib.request.Request(
                        f"{self._web()}{parts.path}?{parts.query}",
                        data=urlencode(form).encode(),
                        headers=signed(parts.path, form, parts.query),
                    )
                    direct.open(request, timeout=3).close()
                except (OSError, urllib.error.HTTPError):
                    pass

    def stop(self) -> None:
        """Send no more reports."""
        self._reports.put(None)


@contextmanager
def carrier(seed: int, web: Callable[[], str]) -> Iterator[Carrier]:
    """Run it; its `url` is the base address of the API."""
    ours = Carrier(seed, web)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            mode = ours.mode
            if mode == FAILS:
                return self._say(503, {"code": 20503, "message": "No.", "status": 503})
            text = ours.take(form, told=mode == WELL)
            if mode == FORGETS:
                self.close_connection = True
                return None
            if mode == LIES:
                return self._say(500, {"code": 20500, "message": "No.", "status": 500})
            if mode == SLOW:
                time.sleep(TOO_SLOW)
            return self._say(201, text)

        def do_GET(self) -> None:
            if ours.mode == FAILS:
                return self._say(503, {"code": 20503, "message": "No.", "status": 503})
            number = parse_qs(urlsplit(self.path).query).get("To", [""])[0]
            page = {"messages": ours.found(number), "page": 0, "page_size": 50, "next_page_uri": None}
            return self._say(200, {**page, "uri": self.path})

        def _say(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the client had no patience: that is what is being tried

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    ours.url = f"http://127.0.0.1:{server.server_address[1]}"
    threads = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True),
        threading.Thread(target=ours.send_reports, daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield ours
    finally:
        ours.stop()
        server.shutdown()
        server.server_close()
