"""The answer worker as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil

from bot.clinic.paths import ROOT
from bot.workers.answer import BEHIND

PATIENCE = 60


def test_it_stands_behind_web_where_processors_are_short(database_url: str) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "bot.workers.answer"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        seen = psutil.Process(worker.pid)
        wanted = min(psutil.Process().nice() + BEHIND, 19)
        until = time.monotonic() + PATIENCE
        while seen.nice() != wanted and worker.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        assert seen.nice() == wanted
    finally:
        worker.terminate()
        worker.wait(PATIENCE)
