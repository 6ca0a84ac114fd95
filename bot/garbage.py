"""Python's garbage collector, kept away from what is loaded once and stays."""

from __future__ import annotations

import gc


def keep_what_is_loaded() -> None:
    """Have the collector leave alone whatever is there by now. For a process that has loaded all that it serves with.

    Settings, guidance, models and code are some hundred thousand objects. To look through all of them, as the collector
    does now and then, stops every request of the process for 100 to 200 milliseconds, and finds nothing.
    """
    gc.collect()
    gc.freeze()
