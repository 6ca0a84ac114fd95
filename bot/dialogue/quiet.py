"""Rasa, silenced: its lines of every level quote what patients write, the tracebacks of its errors included.

What went wrong in a turn is logged by the answer task, without a patient's words.
"""

from __future__ import annotations

import logging
import warnings

import structlog


def silence_rasa() -> None:
    """Let nothing but critical lines of Rasa and its libraries reach the log.

    Call before a model is loaded; safe to call twice.
    """
    silent = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=silent, cache_logger_on_first_use=True)
    for name in ("rasa", "rasa_sdk", "tensorflow", "apscheduler", "matplotlib", "sanic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"rasa\..*")
