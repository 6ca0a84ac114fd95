"""The answer worker: Rasa in process, one turn after the other."""

from __future__ import annotations

import logging
import sys

from bot.care import pools
from bot.care.database import engine_for
from bot.care.jobs import ANSWER_QUEUE
from bot.clinic.clock import SystemClock
from bot.clinic.settings import load_clinic
from bot.dialogue.host import DialogueHost
from bot.guidance.phrases import Phrases
from bot.work.answer import Answering
from bot.work.queue import TRY_AGAIN, queue_app
from bot.workers.process import beating, main, take_jobs

log = logging.getLogger(__name__)


async def run(url: str) -> None:
    """Answer messages until told to stop. Raises AftercareError where settings, guidance or model are wrong."""
    engine, clinic = engine_for(url, pool_size=pools.ANSWER), load_clinic()
    answering = Answering(engine, DialogueHost.load(), Phrases.load(), clinic, SystemClock())

    async def answer(conversation_id: int) -> None:
        await answering.next_turn(conversation_id)

    app = queue_app(url)
    app.task(name="answer", queue=ANSWER_QUEUE, retry=TRY_AGAIN)(answer)
    async with beating(engine, "answer", ready=True, clinic=clinic.version):
        log.warning("answer worker: ready")
        # One turn at a time: Rasa's processor is not made for two. More turns at once = more processes.
        await take_jobs(app, ANSWER_QUEUE, concurrency=1)


if __name__ == "__main__":
    sys.exit(main("answer", run))
