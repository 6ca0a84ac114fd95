"""What both workers share."""

from __future__ import annotations

import subprocess
import sys


def test_what_a_worker_has_loaded_is_not_looked_through_again_and_again() -> None:
    """The collector would stop a turn for as long as that takes."""
    code = """
import asyncio, gc
from contextlib import asynccontextmanager
from bot.workers import process

class App:
    @asynccontextmanager
    async def open_async(self):
        yield self
    async def run_worker_async(self, **how):
        print(gc.get_freeze_count())

asyncio.run(process.take_jobs(App(), "answer", 1))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50_000
