"""Does a turn late in a conversation cost more than one at its beginning? `python -m bench.long_conversation`

Plays the same seven messages over and over through the answer worker's own task (screen, Rasa, PostgreSQL) and
compares the medians around turn 10 and turn 300 of one run. A ratio near 1 is wanted.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
import warnings
from pathlib import Path

from bot.care import conversations
from bot.care.database import engine_for, migrate, transaction
from bot.care.models import Channel
from bot.clinic.clock import SystemClock
from bot.clinic.settings import load_clinic
from bot.dialogue.host import DialogueHost
from bot.embedded import EmbeddedPostgres
from bot.guidance.phrases import Phrases
from bot.safety.screen import Screen
from bot.work.answer import Answering

TEXTS = (
    "can i drive?",
    "and tomorrow?",
    "does my insurance pay for parking",
    "2",
    "hello",
    "what can i eat",
    "am i talking to a person",
)
TURNS = 320
AROUND = 10
"""Turns on either side of the one looked at: its neighbours have other texts, so that the mix is the same."""


async def play(url: str) -> list[float]:
    """Seconds of each turn, from the stored message to the committed reply."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        host = DialogueHost.load()
    engine, screen = engine_for(url), Screen.load("full")
    answering = Answering(engine, host, Phrases.load(), load_clinic(), SystemClock())
    with transaction(engine) as session:
        conversation_id = int(conversations.start_conversation(session).id)
    seconds = []
    for turn in range(TURNS):
        text = TEXTS[turn % len(TEXTS)]
        with transaction(engine) as session:
            conversations.receive(
                session,
                conversation_id,
                channel=Channel.WEB,
                external_id=str(uuid.uuid4()),
                text=text,
                verdict=screen.assess(text),
                now=answering.clock.now(),
            )
        started = time.perf_counter()
        await answering.next_turn(conversation_id)
        seconds.append(time.perf_counter() - started)
    return seconds


def main() -> int:
    """Print both medians and their ratio."""
    with tempfile.TemporaryDirectory(prefix="aftercare-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedPostgres(Path(folder) / "postgres", Path(folder) / "postgres.log")
        url = server.start()
        try:
            migrate(url)
            seconds = asyncio.run(play(url))
        finally:
            server.stop()
    early = statistics.median(seconds[1 : 2 * AROUND])
    late = statistics.median(seconds[300 - AROUND : 300 + AROUND])
    print(f"turn 10: {early * 1000:.1f} ms, turn 300: {late * 1000:.1f} ms, ratio {late / early:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
