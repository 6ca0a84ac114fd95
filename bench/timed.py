"""One of our processes with a clock in it: `python -m bench.timed web|answer FILE`.

Runs the process as it is and notes when the steps of a message's life begin and end, one line each in FILE. The clock
is the machine's monotonic one, which all processes share, so that the steps of web, worker and patient fit together.
"""

from __future__ import annotations

import functools
import inspect
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session


class Notes:
    """Where the steps are written to."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "a", buffering=1, encoding="utf-8")  # noqa: SIM115 - open as long as the process

    def note(self, step: str, began: float, ended: float) -> None:
        """One step, in seconds of the monotonic clock."""
        self._file.write(json.dumps([step, began, ended]) + "\n")

    def clock(self, owner: Any, name: str, step: str) -> None:
        """Put a clock around a function or method of `owner`."""
        inner = inspect.getattr_static(owner, name)
        assert not isinstance(inner, (staticmethod, classmethod)), name
        setattr(owner, name, self._timed(inner, step))

    def _timed(self, inner: Callable[..., Any], step: str) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(inner):

            @functools.wraps(inner)
            async def timed_async(*arguments: Any, **named: Any) -> Any:
                began = time.perf_counter()
                try:
                    return await inner(*arguments, **named)
                finally:
                    self.note(step, began, time.perf_counter())

            return timed_async

        @functools.wraps(inner)
        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return inner(*arguments, **named)
            finally:
                self.note(step, began, time.perf_counter())

        return timed

    def clock_database(self) -> None:
        """Every statement of SQLAlchemy, and every commit."""

        @event.listens_for(Engine, "before_cursor_execute")
        def before(connection: Any, *_: Any) -> None:
            connection.info["began"] = time.perf_counter()

        @event.listens_for(Engine, "after_cursor_execute")
        def after(connection: Any, *_: Any) -> None:
            self.note("statement", connection.info["began"], time.perf_counter())

        from sqlalchemy.engine.default import DefaultDialect

        self.clock(DefaultDialect, "do_commit", "commit")
        self.clock(Session, "flush", "flush")


def web(notes: Notes) -> int:
    """The web process."""
    from bot import web as process
    from bot.care.listen import LiveFeed
    from bot.channels.web_chat.app import _WebChat
    from bot.channels.web_chat.intake import Intake
    from bot.language.encoder import Encoder
    from bot.safety.rule_reader import RuleReader

    for owner, name, step in (
        (_WebChat, "post", "request"),
        (Intake, "place", "place"),
        (Intake, "assess", "screen"),
        (Intake, "store", "store"),
        (Encoder, "encode", "encoder"),
        (RuleReader, "read", "rules"),
        (LiveFeed, "_announce", "heard"),
    ):
        notes.clock(owner, name, step)
    return process.main()


def answer(notes: Notes) -> int:
    """The answer worker."""
    from bot.dialogue.host import DialogueHost
    from bot.dialogue.in_process import InProcessActions
    from bot.dialogue.tracker_store import CareTrackerStore
    from bot.language.encoder import Encoder
    from bot.nlu.components import MessageReader
    from bot.work.answer import Answering
    from bot.workers import answer as worker
    from bot.workers import process

    for owner, name, step in (
        (Answering, "next_turn", "turn"),
        (DialogueHost, "answer", "rasa"),
        (CareTrackerStore, "retrieve", "tracker read"),
        (CareTrackerStore, "save", "tracker written"),
        (MessageReader, "process", "reading"),
        (Encoder, "encode", "encoder"),
        (InProcessActions, "request", "actions"),
    ):
        notes.clock(owner, name, step)
    return process.main("answer", worker.run)


def main() -> int:
    """Run the process that is named."""
    notes = Notes(sys.argv[2])
    notes.clock_database()
    return {"web": web, "answer": answer}[sys.argv[1]](notes)


if __name__ == "__main__":
    sys.exit(main())
