"""One run from beginning to end: an assistant, its carrier, its mail server, and the patients."""

from __future__ import annotations

import asyncio
from pathlib import Path

from .assistant import Assistant, started
from .carrier import carrier
from .drive import Played, play
from .mail import mail_server
from .plan import Plan
from .several import Several


def run(plan: Plan, folder: Path, several: bool = False, clock: bool = False) -> Played:
    """Play a plan in an assistant of its own, everything of which lies in `folder`. several: two of every process."""
    webs: list[str] = []
    with carrier(plan.seed, lambda: webs[0]) as texts, mail_server() as box:
        kind = Several if several else Assistant
        assistant = kind(folder, texts.url, box.port, clock)
        webs += assistant.webs
        with started(assistant):
            return asyncio.run(play(plan, assistant, texts, box, say))


def say(line: str) -> None:
    """Show one line."""
    print(line, flush=True)
