"""Work is done in a thread, and in the event loop only where no thread can be started."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import anyio.to_thread
import pytest

from bot.channels.in_thread import in_thread


def ran(work: Any) -> Any:
    async def run() -> Any:
        return await in_thread(work, anyio.CapacityLimiter(1))

    return anyio.run(run)


def test_it_is_done_in_a_thread() -> None:
    assert ran(threading.get_ident) != threading.get_ident()


def test_without_a_thread_it_is_done_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert ran(threading.get_ident) == threading.get_ident()


def test_what_goes_wrong_in_the_work_itself_is_not_tried_again() -> None:
    done: list[None] = []

    def fails() -> None:
        done.append(None)
        raise RuntimeError("of its own")

    with pytest.raises(RuntimeError, match="of its own"):
        ran(fails)
    assert len(done) == 1
