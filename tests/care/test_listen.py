"""The live feed wakes those whom a change concerns, and nobody waits for an announcement that was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care import listen, live
from bot.care.database import engine_for, transaction
from bot.care.listen import LiveFeed, Subscription

LONG = 60.0


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = engine_for(database_url, pool_size=2)
    yield engine
    engine.dispose()


@pytest_asyncio.fixture
async def feed(database_url: str) -> AsyncIterator[LiveFeed]:
    feed = LiveFeed(wake_every=LONG)
    await feed.start(database_url)
    await feed.until_connected()
    yield feed
    await feed.stop()


async def settle(*subscriptions: Subscription) -> None:
    for subscription in subscriptions:
        await subscription.wait(0.5)  # the first wake-up, which comes at once


def changed(engine: Engine, conversation_id: int | None = None) -> None:
    with transaction(engine) as session:
        if conversation_id is None:
            live.queue_changed(session)
        else:
            live.conversation_changed(session, conversation_id)


def has_news(subscription: Subscription) -> bool:
    return subscription._news.is_set()


async def until_woken(subscription: Subscription) -> None:
    await asyncio.wait_for(subscription._news.wait(), 10)


@pytest.mark.asyncio
async def test_only_those_concerned_are_woken(feed: LiveFeed, engine: Engine) -> None:
    with feed.subscribe(7) as seven, feed.subscribe(8) as eight, feed.subscribe(queue=True) as queue:
        await settle(seven, eight, queue)
        changed(engine, 7)
        await until_woken(seven)
        changed(engine)
        await until_woken(queue)
        assert has_news(seven) and not has_news(eight)


@pytest.mark.asyncio
async def test_a_change_that_is_rolled_back_wakes_nobody(feed: LiveFeed, engine: Engine) -> None:
    with feed.subscribe(7) as seven, feed.subscribe(8) as eight:
        await settle(seven, eight)
        with pytest.raises(RuntimeError), transaction(engine) as session:
            live.conversation_changed(session, 7)
            raise RuntimeError("the turn failed")
        changed(engine, 8)
        await until_woken(eight)
        assert not has_news(seven)


@pytest.mark.asyncio
async def test_the_first_wake_up_comes_at_once_and_the_end_ends_the_iteration(feed: LiveFeed) -> None:
    looked = 0
    with feed.subscribe(queue=True) as changes:
        async for _ in changes:
            looked += 1
            await feed.stop()
    assert looked == 1


@pytest.mark.asyncio
async def test_the_connection_is_opened_again_and_everybody_is_woken(feed: LiveFeed, engine: Engine) -> None:
    with feed.subscribe(7) as seven:
        await settle(seven)
        with engine.connect() as connection:
            connection.execute(
                text("select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen %'")
            )
        await until_woken(seven)
        await feed.until_connected()
        await settle(seven)
        changed(engine, 7)
        await until_woken(seven)


@pytest.mark.asyncio
async def test_without_a_database_readers_still_look_now_and_then() -> None:
    feed = LiveFeed(wake_every=0.05)
    await feed.start("postgresql://nobody@127.0.0.1:1/nothing")
    try:
        with feed.subscribe(7) as seven:
            await settle(seven)
            assert await seven.wait()
            assert not feed.connected
    finally:
        await feed.stop()


@pytest.mark.asyncio
async def test_an_announcement_of_an_unknown_form_wakes_everybody(feed: LiveFeed, engine: Engine) -> None:
    with feed.subscribe(7) as seven, feed.subscribe(queue=True) as queue:
        await settle(seven, queue)
        with transaction(engine) as session:
            session.execute(text("select pg_notify(:channel, 'what is this')"), {"channel": live.CHANNEL})
        await until_woken(seven)
        await until_woken(queue)


@pytest.mark.asyncio
async def test_a_calm_reader_looks_without_news_only_where_announcements_do_not_arrive(
    database_url: str, engine: Engine
) -> None:
    """A hundred open pages that each look every few seconds leave no time for what patients write."""
    feed = LiveFeed(wake_every=0.05, calm_every=LONG)
    await feed.start(database_url)
    await feed.until_connected()
    with feed.subscribe(7, calm=True) as page, feed.subscribe(queue=True) as console:
        await settle(page, console)
        assert await asyncio.wait_for(console.wait(), 10)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(page.wait(), 1)
        changed(engine, 7)
        assert await asyncio.wait_for(page.wait(), 10)
        await feed.stop()
    away = LiveFeed(wake_every=0.05, calm_every=LONG)
    with away.subscribe(7, calm=True) as page:
        await settle(page)
        assert await asyncio.wait_for(page.wait(), 10)


def will_be_answered(engine: Engine, conversation_id: int) -> None:
    with transaction(engine) as session:
        live.conversation_changed(session, conversation_id, at_once=False)


@pytest.mark.asyncio
async def test_a_message_and_its_answer_are_one_wake_up(
    feed: LiveFeed, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "TOGETHER_WITHIN", 600)
    with feed.subscribe(7) as seven, feed.subscribe(8) as eight:
        await settle(seven, eight)
        will_be_answered(engine, 7)
        changed(engine, 8)
        await until_woken(eight)  # announcements come in order: seven has heard its own
        assert not has_news(seven)
        changed(engine, 7)
        await until_woken(seven)
        assert seven._delayed is None


@pytest.mark.asyncio
async def test_without_an_answer_the_message_is_shown_by_itself(
    feed: LiveFeed, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "TOGETHER_WITHIN", 0.01)
    with feed.subscribe(7) as seven:
        await settle(seven)
        will_be_answered(engine, 7)
        await until_woken(seven)
