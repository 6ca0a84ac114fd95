"""Hear what `bot.care.live` announces, and wake those who wait for it. One database connection a process."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType

import psycopg
from psycopg import sql

from bot.care.database import libpq_url
from bot.care.live import CHANNEL

log = logging.getLogger(__name__)

# While announcements do not arrive, nobody waits longer than this. Seconds.
WAKE_EVERY = 5.0
# While they do: only for what nothing announces, such as the end of opening hours. A hundred open pages that each look
# every few seconds would leave no time for the messages themselves. Seconds.
CALM_EVERY = 60.0
# A connection that carried nothing for this long is tried: a firewall may have dropped it without a word. Seconds.
PROBE_AFTER = 30.0
# What is not announced as pressing, a message to which the answer is on its way, may wait for that answer. Seconds.
TOGETHER_WITHIN = 0.3
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


class Subscription:
    """One waiter. Many announcements between two waits are one wake-up: the waiter reads what is there.

    Use it as a context manager and iterate over it; the first wake-up comes at once, so that a reader who subscribes
    first and reads then misses nothing. The iteration ends when the feed stops.
    """

    def __init__(self, feed: LiveFeed, conversation_id: int | None, queue: bool, calm: bool) -> None:
        self.conversation_id = conversation_id
        self.queue = queue
        self._calm = calm
        self._feed = feed
        self._delayed: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()
        self._news.set()

    def wake(self) -> None:
        """Let the waiter look."""
        self._forget_delayed()
        self._news.set()

    def wake_soon(self) -> None:
        """Let the waiter look when something else wakes it, or after TOGETHER_WITHIN."""
        if self._delayed is None and not self._news.is_set():
            self._delayed = asyncio.get_running_loop().call_later(TOGETHER_WITHIN, self.wake)

    def _forget_delayed(self) -> None:
        if self._delayed is not None:
            self._delayed.cancel()
            self._delayed = None

    async def wait(self, at_most: float | None = None) -> bool:
        """Wait for news, or `at_most` seconds (None: as long as the feed says). False once the feed has stopped."""
        if at_most is None:
            calm = self._calm and self._feed.connected
            at_most = self._feed.calm_every if calm else self._feed.wake_every
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._news.wait(), at_most)
        self._news.clear()
        return not self._feed.stopped

    async def __aiter__(self) -> AsyncIterator[None]:
        while await self.wait():
            yield

    def close(self) -> None:
        """Wait no longer. Safe to call twice."""
        self._forget_delayed()
        self._feed.forget(self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class LiveFeed:
    """Listens on PostgreSQL and hands announcements to subscriptions. Belongs to one event loop.

    When the connection is lost, and when it is there again, everybody is woken, since announcements may have gone by.
    While it is lost each subscription wakes up by itself, so that readers are late by `wake_every` seconds at most.
    """

    def __init__(self, wake_every: float = WAKE_EVERY, calm_every: float = CALM_EVERY) -> None:
        """Seconds between the wake-ups of a subscription while announcements do not arrive, and of a calm one while
        they do."""
        self.wake_every, self.calm_every = wake_every, calm_every
        self.stopped = False
        self._subscriptions: set[Subscription] = set()
        self._listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, url: str) -> None:
        """Listen on the database at `url`. Returns at once, whether or not the database is there."""
        self.stopped = False
        self._task = asyncio.create_task(self._listen(libpq_url(url)), name="aftercare-live-feed")

    async def stop(self) -> None:
        """Close the connection and end every subscription."""
        self.stopped = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._listening.clear()
        self._wake_all()

    @property
    def connected(self) -> bool:
        """Whether announcements arrive at once; otherwise only the periodic wake-up works."""
        return self._listening.is_set()

    async def until_connected(self, at_most: float = 10.0) -> None:
        """Wait for the connection. Raises asyncio.TimeoutError after `at_most` seconds."""
        await asyncio.wait_for(self._listening.wait(), at_most)

    def subscribe(
        self, conversation_id: int | None = None, queue: bool = False, *, calm: bool = False
    ) -> Subscription:
        """Wait for changes of one conversation, of the staff queue, or of both. Close it, or use it in a `with`.

        calm: hardly ever woken without news, as long as announcements arrive.
        """
        subscription = Subscription(self, conversation_id, queue, calm)
        self._subscriptions.add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """The end of a subscription."""
        self._subscriptions.discard(subscription)

    def _wake_all(self) -> None:
        for subscription in self._subscriptions:
            subscription.wake()

    def _announce(self, payload: str) -> None:
        try:
            news = json.loads(payload)
            conversation, queue = news.get("conversation"), bool(news.get("queue"))
            at_once = news.get("at_once") is not False
        except (ValueError, AttributeError):
            self._wake_all()  # written by a version that we do not know: looking once too often does no harm
            return
        for subscription in self._subscriptions:
            if (queue and subscription.queue) or (
                conversation is not None and conversation == subscription.conversation_id
            ):
                subscription.wake() if at_once else subscription.wake_soon()

    async def _listen(self, url: str) -> None:
        pause = _SHORTEST_PAUSE
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    url, autocommit=True, connect_timeout=3
                ) as connection:
                    await connection.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
                    self._listening.set()
                    pause = _SHORTEST_PAUSE
                    self._wake_all()
                    while True:
                        async for notification in connection.notifies(timeout=PROBE_AFTER):
                            self._announce(notification.payload)
                        await connection.execute("select 1")
            except (psycopg.Error, OSError) as error:
                log.warning(
                    "live feed: no connection to the database (%s); trying again in %.1f s",
                    type(error).__name__,
                    pause,
                )
            finally:
                self._listening.clear()
            self._wake_all()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
