"""A worker that hangs in native code ends by itself: nothing else can replace it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from bot.clinic.paths import ROOT

pytestmark = pytest.mark.processes

_WORKER = """
import asyncio, ctypes
from bot.workers.process import ending_when_stuck

async def work():
    async with ending_when_stuck(2):
        {what}
    print("done", flush=True)
    await asyncio.sleep(0)
    {after}

asyncio.run(work())
"""


def run(what: str, after: str = "pass") -> subprocess.CompletedProcess[str]:
    """A process that does `what` while it is watched, and `after` when it is not any more."""
    code = _WORKER.format(what=what, after=after)
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "hangs", ["ctypes.PyDLL(None).sleep(50)", "ctypes.CDLL(None).sleep(50)", "[None for _ in iter(int, 1)]"]
)
def test_it_ends_in_native_code_and_in_python(hangs: str) -> None:
    # PyDLL keeps the interpreter's lock for the length of the call: no handler written in Python would ever run.
    assert run(hangs).returncode == -signal.SIGALRM


_WEB = """
import ctypes
import uvicorn
from bot.web import EndingWhenStuck

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        return await send({"type": "lifespan.startup.complete"})
    ctypes.PyDLL(None).sleep(50)

EndingWhenStuck.seconds = 2
EndingWhenStuck(uvicorn.Config(app, port=PORT, log_level="warning", ws="none")).run()
"""


def test_web_ends_as_well() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    web = subprocess.Popen([sys.executable, "-c", _WEB.replace("PORT", str(port))], cwd=ROOT)
    try:
        for _ in range(600):
            if web.poll() is not None:
                break
            # Asked again and again: it may not listen yet. While nobody asks it lives on.
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as asking:
                asking.sendall(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
            time.sleep(0.1)
        assert web.poll() == -signal.SIGALRM
    finally:
        web.kill()
        web.wait()


def test_who_works_on_lives_on() -> None:
    done = run("await asyncio.sleep(5)")
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_it_is_watched_no_longer_than_it_works() -> None:
    done = run("await asyncio.sleep(0.1)", "ctypes.PyDLL(None).sleep(4)")
    assert (done.returncode, done.stdout) == (0, "done\n")
