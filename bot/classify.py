"""`aftercare classify`: messages in as JSON lines, what is understood of each and its safety verdict out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from threading import Event, Thread
from typing import Any

from bot.language.reader import Reader
from bot.language.understanding import Understanding, understand
from bot.nlu.states import may_infer, without_states
from bot.safety.screen import Mode, Screen


class BadLine(ValueError):
    """A line that is no message. Its text is the explanation; it never repeats the line."""


def classify(lines: Iterable[bytes], mode: Mode = "full") -> Iterator[dict[str, Any]]:
    """One object for each line that is not blank, in order, each as soon as it and those before it are known.

    mode: as `safety_reading` in clinic.yml; in all but `full` no intent says how somebody is. A line that is no message
    gives `{"error": {"line": number, "message": what to do}}`. Raises ModelMissing or ModelOutdated before the first
    line where the reader cannot be loaded.
    """
    reader, screen = Reader.load(), Screen.load(mode)

    def one(number: int, raw: bytes) -> dict[str, Any]:
        try:
            text, context = parse(raw)
        except BadLine as error:
            return {"error": {"code": "AC015", "line": number, "message": f"Line {number}: {error}"}}
        return classify_one(text, context, reader, screen)

    # The encoder lets other threads work while it computes, so every core helps. Lines are read by a thread of their
    # own: somebody who sends one message and waits gets the answer before the next line is there.
    cores = os.cpu_count() or 1
    answers: Queue[Future[dict[str, Any]] | None] = Queue(maxsize=4 * cores)
    stopped = Event()
    with ThreadPoolExecutor(cores) as pool:

        def feed() -> None:
            try:
                for number, raw in enumerate(lines, start=1):
                    if raw.strip():
                        answers.put(pool.submit(one, number, raw))
            except RuntimeError:
                if not stopped.is_set():
                    raise
            finally:
                answers.put(None)

        Thread(target=feed, daemon=True).start()
        try:
            while (answer := answers.get()) is not None:
                yield answer.result()
        finally:
            stopped.set()  # whoever reads has seen enough: the pool takes no more


def classify_one(text: str, context: str | None, reader: Reader, screen: Screen) -> dict[str, Any]:
    """What is understood of one message, by the screen's mode. The reader remembers it, so that the screen does not
    read it again."""
    understood = understand_in(screen.mode, text, context, reader)
    verdict = screen.assess(text, context).as_json()
    return {
        "intent": understood.intent,
        "confidence": round(float(understood.confidence), 4),
        "answers": list(understood.answers),
        "safety": {key: verdict[key] for key in ("level", "score", "reasons", "evidence")},
    }


def understand_in(mode: Mode, text: str, context: str | None, reader: Reader) -> Understanding:
    """What is understood of one message in a mode of clinic.yml. Never raises on odd text."""
    understood = understand(text, context, reader)
    return understood if may_infer(mode) else without_states(understood)


def parse(raw: bytes) -> tuple[str, str | None]:
    """Text and context (the question just asked, or None) of a line. Raises BadLine, which says what to mend."""
    try:
        row = json.loads(raw)
    except UnicodeDecodeError:
        raise BadLine("this is not UTF-8. Convert the file to UTF-8.") from None
    except (ValueError, RecursionError):
        raise BadLine(
            'this is not JSON. Write one object a line, such as {"text": "can i drive tonight"}.'
        ) from None
    if not isinstance(row, dict):
        raise BadLine('this is not an object. Write one a line, such as {"text": "can i drive tonight"}.')
    text, context = row.get("text"), row.get("context")
    if not isinstance(text, str):
        raise BadLine('"text" is missing or not a string. Put the message there.')
    if context is not None and not isinstance(context, str):
        raise BadLine('"context" is not a string. Put the question just asked there, or leave it out.')
    return text, context
