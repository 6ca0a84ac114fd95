"""Reads the record of care after a run, by plain SQL."""

from __future__ import annotations

from typing import Any

import psycopg2
import psycopg2.extras

_TABLES = {
    "message": "select id, conversation_id, seq, sender, channel, external_id, text,"
    " extract(epoch from at)::float8 as at, state, level, kind, reply_to_id, carrier_id, attempts, failure"
    " from message order by id",
    "conversation": "select id, last_seq from conversation order by id",
    "alert": "select id, conversation_id, level, state from alert order by id",
    "alert_event": "select id, alert_id, kind, message_id from alert_event order by id",
    "item": "select id, kind, conversation_id, message_id from item order by id",
    "page": "select id, alert_id, way, state, attempts, error from page order by id",
    "page_link": "select token_hash, page_id from page_link",
    "taken_in": "select subject, detail from audit_entry where action = 'message.taken_in'",
    "jobs": "select id, task_name, status::text, attempts from procrastinate_jobs order by id",
}

_WAITING = """
select
  (select count(*) from message where state = 'received') as unanswered,
  (select count(*) from message where state = 'queued' and channel = 'sms') as undelivered,
  (select count(*) from alert where level in ('crisis', 'emergency')
    and not exists (select 1 from page where page.alert_id = alert.id and page.state = 'sent')) as unpaged
"""


def read(url: str) -> dict[str, list[dict[str, Any]]]:
    """All rows that the checker looks at. url: as libpq knows it. Raises psycopg2.Error."""
    with _connected(url) as cursor:
        found = {}
        for table, query in _TABLES.items():
            cursor.execute(query)
            found[table] = [dict(row) for row in cursor.fetchall()]
        return found


def waiting(url: str) -> dict[str, int] | None:
    """What still waits: messages without an answer, texts not sent, grave alerts without a page. None: no database."""
    try:
        with _connected(url) as cursor:
            cursor.execute(_WAITING)
            return {name: int(value) for name, value in cursor.fetchone().items()}
    except psycopg2.Error:
        return None


def last_numbers(url: str) -> dict[int, int]:
    """The number of the last message of each conversation. Raises psycopg2.Error."""
    with _connected(url) as cursor:
        cursor.execute("select id, last_seq from conversation")
        return {row["id"]: row["last_seq"] for row in cursor.fetchall()}


class _connected:
    def __init__(self, url: str) -> None:
        self._url = url.replace("+psycopg2", "")

    def __enter__(self) -> Any:
        self._connection = psycopg2.connect(
            self._url, connect_timeout=3, options="-c statement_timeout=20000"
        )
        return self._connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)

    def __exit__(self, *_: object) -> None:
        self._connection.close()
