"""The screen by itself, on one core: `python -m bench.screen`. Prints one JSON object.

Every message is read once only: the reader remembers what it has read. Alone: a message that comes by itself, as they
do; in a row: one after the other without a pause.
"""

from __future__ import annotations

import json
import os
import sys
import time

from bench.messages import signed, texts
from bot.language.training_data import load_validation
from bot.safety.screen import Screen

PAUSE = 0.02
"""Seconds between messages that come alone: long enough for the processor to turn to something else."""


def main() -> int:
    """Measure on one core and print."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    screen = Screen.load("full")
    worrying = [one.text for one in load_validation("safety")]
    # Choosing them read them: as they are, they would be remembered.
    harmless = [signed(text) for text in texts()]
    # One worrying message in five: far more than a clinic gets, and they cost most.
    mixed = [worrying[number // 5] if number % 5 == 0 else text for number, text in enumerate(harmless)]
    screen.assess("warm up, please")
    alone = []
    for text in mixed[:100]:
        time.sleep(PAUSE)
        began = time.perf_counter()
        screen.assess(text)
        alone.append(time.perf_counter() - began)
    began = time.perf_counter()
    row = mixed[100:]
    for text in row:
        screen.assess(text)
    print(json.dumps({"alone": alone, "a_second": len(row) / (time.perf_counter() - began)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
