"""A mail server on a loopback port, well or ill: it refuses, is slow, or takes a mail and says that it did not."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .evidence import Mailed

WELL, FAILS, SLOW, LIES = "well", "fails", "slow", "lies"
TOO_SLOW = 10.0


class Mailbox:
    """What it took, in order. mode: how it is."""

    def __init__(self) -> None:
        self.mode = WELL
        self.port = 0
        self.taken: list[Mailed] = []


class _Connection(socketserver.StreamRequestHandler):
    box: Mailbox

    def handle(self) -> None:
        """One connection, as RFC 5321 wants it."""
        try:
            self._talk()
        except OSError:
            pass  # whoever sent had no patience

    def _talk(self) -> None:
        mode = self.box.mode
        if mode == FAILS:
            return self._say("421 not now")
        to, lines, in_data = "", [], False
        self._say("220 mail.test")
        for raw in self.rfile:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if in_data and line == ".":
                in_data = False
                self.box.taken.append(Mailed(time.time(), to, "\n".join(lines), told=mode == WELL))
                if mode == SLOW:
                    time.sleep(TOO_SLOW)
                self._say("451 try again" if mode == LIES else "250 taken")
            elif in_data:
                lines.append(line)
            elif line[:4].upper() == "RCPT":
                to = line.split("<", 1)[1].split(">")[0]
                self._say("250 ok")
            elif line[:4].upper() == "DATA":
                in_data, lines = True, []
                self._say("354 go on")
            elif line[:4].upper() == "QUIT":
                return self._say("221 bye")
            else:
                self._say("250 ok")
        return None

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run it."""
    box = Mailbox()
    server = _Server(("127.0.0.1", 0), type("Connection", (_Connection,), {"box": box}))
    box.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
