"""A web process of its own for tests that kill it. Arguments: address of the database, folder of the spool."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import uvicorn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(1, str(Path(__file__).parent / "web_chat"))

from support import parts, unlimited

from bot.care.database import engine_for
from bot.channels import take_in
from bot.channels.spool import Spool
from bot.clinic.clock import SystemClock
from bot.web import create_app


def die_at(step: str) -> None:
    """Kill this process at a step: `before:2` when the second kept message is to be stored, `after:2` when it is."""
    when, _, number = step.partition(":")
    take, done = take_in.TakeIn._take, 0

    def dying(self: take_in.TakeIn, kept: take_in.Kept) -> None:
        nonlocal done
        done += 1
        if when == "before" and done == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        take(self, kept)
        if when == "after" and done == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

    take_in.TakeIn._take = dying  # type: ignore[method-assign]


def main() -> None:
    """Serve, and print the port."""
    url, folder = sys.argv[1:3]
    if len(sys.argv) > 3:
        die_at(sys.argv[3])
    app = create_app(
        parts(url, engine_for(url), SystemClock(), spool=Spool(Path(folder)), clinic=unlimited())
    )
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    startup = server.startup

    async def told(*given: object, **more: object) -> None:
        await startup(*given, **more)  # type: ignore[arg-type]
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)

    server.startup = told  # type: ignore[method-assign]
    server.run()


if __name__ == "__main__":
    main()
