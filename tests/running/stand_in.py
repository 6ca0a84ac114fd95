"""A small program that stands in for web or a worker: it answers health checks, notes what happens to it, and ends.

Arguments: a folder for notes, the name, and what to do: `serve`, `sleep`, `die` (at once), `deaf` (ignores SIGTERM).
"""

from __future__ import annotations

import http.server
import os
import signal
import sys
import time
from pathlib import Path


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ready = (notes / "ready").exists()
        self.send_response(200 if self.path == "/healthz" or (self.path == "/readyz" and ready) else 503)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def stop(number: int, frame: object) -> None:
    (notes / f"{name}.stopped").write_text(str(number))
    sys.exit(0)


notes, name, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
with open(notes / f"{name}.pids", "a") as file:
    file.write(f"{os.getpid()}\n")
(notes / f"{name}.env").write_text("\n".join(f"{key}={value}" for key, value in sorted(os.environ.items())))
signal.signal(signal.SIGTERM, signal.SIG_IGN if what == "deaf" else stop)
print(f"2026-01-01 00:00:00 INFO {name} is up", flush=True)
if what == "die":
    print(f"2026-01-01 00:00:00 ERROR {name} has no model", flush=True)
    sys.exit(3)
if what == "serve":
    http.server.HTTPServer(("127.0.0.1", int(os.environ["AFTERCARE_PORT"])), Health).serve_forever()
time.sleep(600)
