"""The queue as the workers see it: an App on psycopg 3 that owns the tasks."""

from __future__ import annotations

from procrastinate import App, PsycopgConnector, RetryStrategy

from bot.care import pools
from bot.care.database import libpq_url

TRY_AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2)
"""For errors that pass, such as a database that restarts: after 2, 4, 8 ... seconds. The sweep looks after the rest."""


def queue_app(url: str) -> App:
    """An App on the database at `url`. Tasks are added by the worker that runs them."""
    # An idle worker asks for jobs by itself now and then, should a notification be lost.
    return App(connector=PsycopgConnector(conninfo=libpq_url(url), min_size=1, max_size=pools.QUEUE))
