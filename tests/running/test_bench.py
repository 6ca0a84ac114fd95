"""What the measurements rest on: who writes what, and that nothing else is measured in our place. No test of a time."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bench.crowd import Writers
from bench.patients import AftercarePatient
from bench.systems import NotReady, System

SAID = tuple(f"message {number:03}" for number in range(290))


def test_patients_of_a_crowd_write_in_the_order_of_the_conversation_from_places_of_their_own() -> None:
    writers = Writers(SAID)
    written = [list(itertools.islice(writers.messages(), 5)) for _ in range(50)]
    places = [[int(text.split()[1]) for text in one] for one in written]
    for first, *others in places:
        assert others == [(first + step) % 290 for step in range(1, 5)]
    assert len({one[0] for one in places}) == 50
    texts = [text for one in written for text in one]
    assert len(set(texts)) == len(texts)


def test_a_server_that_an_earlier_run_left_behind_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def measured(system: System, began: float) -> tuple[float, float]:
        raise AssertionError("It was measured.")

    monkeypatch.setattr(System, "_until_answered", measured)
    with socket.socket() as left_behind:
        left_behind.bind(("127.0.0.1", 0))
        left_behind.listen()
        address = f"http://127.0.0.1:{left_behind.getsockname()[1]}"
        system = System(
            "ours", [], tmp_path, {}, tmp_path, lambda: AftercarePatient(address), f"{address}/healthz"
        )
        with pytest.raises(NotReady, match="stop it"):
            system.start()


def test_a_process_that_is_held_stands_still_and_goes_on_whatever_happens(tmp_path: Path) -> None:
    """In the place of the answer worker: another program that has its name in its command."""
    system = System("ours", [], tmp_path, {}, tmp_path, lambda: AftercarePatient(""), "")
    command = [sys.executable, "-c", "import time; time.sleep(60)", "bot.workers.answer"]
    worker = subprocess.Popen(command)
    system._processes.append(worker)
    try:
        with pytest.raises(ValueError, match="a measurement broke"), system.held("answer worker"):
            assert _within(5, lambda: psutil.Process(worker.pid).status() == psutil.STATUS_STOPPED)
            raise ValueError("a measurement broke")
        assert _within(5, lambda: psutil.Process(worker.pid).status() != psutil.STATUS_STOPPED)
        with pytest.raises(KeyError, match="no such"), system.held("no such"):
            pass
    finally:
        worker.kill()
        worker.wait(10)


def _within(seconds: float, true: Callable[[], bool]) -> bool:
    """A signal is on its way for a moment."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
