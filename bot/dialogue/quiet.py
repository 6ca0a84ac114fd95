"""Rasa, silenced: its debug and info lines, and some of its warnings, quote what patients write."""

from __future__ import annotations

import logging
import warnings

import structlog


def silence_rasa() -> None:
    """Let only errors of Rasa and its libraries reach the log. Call before a model is loaded; safe to call twice."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    for name in ("rasa", "rasa_sdk", "tensorflow", "apscheduler", "matplotlib", "sanic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"rasa\..*")
