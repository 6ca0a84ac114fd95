"""An open page hears of news at once, over a real connection."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn

PASSWORD = "correct horse battery"


@pytest_asyncio.fixture
async def address(scene: Any) -> AsyncIterator[str]:
    """The console served on loopback, with its live feed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    scene.feed.wake_every = 0.5
    await scene.feed.start(scene.engine.url.render_as_string(hide_password=False))
    await scene.feed.until_connected()
    server = uvicorn.Server(
        uvicorn.Config(scene.app, port=port, log_level="warning", ws="none", lifespan="off")
    )
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells its start by this attribute only
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await scene.feed.stop()
    await running


@asynccontextmanager
async def log_in(scene: Any, address: str) -> AsyncIterator[httpx.AsyncClient]:
    ours = {"sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(base_url=address, headers=ours, timeout=20) as client:
        answer = await client.post("/staff/login", data={"email": scene.hire(), "password": PASSWORD})
        assert answer.status_code == 303
        yield client


async def news(response: httpx.Response) -> AsyncIterator[tuple[str, str]]:
    """The events of a stream as (name, data)."""
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, line[6:]


async def next_of(events: AsyncIterator[tuple[str, str]], wanted: str) -> Any:
    async def find() -> str:
        async for name, data in events:
            if name == wanted:
                return data
        raise AssertionError(f"the stream ended before {wanted}")

    return await asyncio.wait_for(find(), 15)


async def test_a_new_alert_is_told_with_counts_and_no_words(scene: Any, address: str) -> None:
    async with log_in(scene, address) as client, client.stream("GET", "/staff/events") as response:
        events = news(response)
        before = json.loads(await next_of(events, "queue"))
        await asyncio.to_thread(scene.says, scene.visitor(), "secret words", "crisis")
        data = await next_of(events, "queue")
        after = json.loads(data)
    assert (before["waiting"], after["waiting"], after["highest"]) == (0, 1, "crisis")
    assert after["version"] != before["version"] and "secret" not in data


async def test_a_conversation_tells_its_new_messages(scene: Any, address: str) -> None:
    conversation = scene.visitor()
    async with (
        log_in(scene, address) as client,
        client.stream("GET", f"/staff/events?conversation={conversation}") as response,
    ):
        events = news(response)
        assert json.loads(await next_of(events, "conversation"))["seq"] == 0
        await asyncio.to_thread(scene.says, conversation, "hello")
        assert json.loads(await next_of(events, "conversation"))["seq"] == 1


async def test_a_quiet_stream_shows_that_it_lives(scene: Any, address: str) -> None:
    async with log_in(scene, address) as client, client.stream("GET", "/staff/events") as response:
        events = news(response)
        assert [await next_of(events, "alive") for _ in range(3)] == ["ok", "ok", "ok"]


async def test_the_stream_ends_with_the_session(scene: Any, address: str) -> None:
    async with log_in(scene, address) as client, client.stream("GET", "/staff/events") as response:
        events = news(response)
        await next_of(events, "alive")
        scene.later(15)
        assert await next_of(events, "signed-out") == "idle"


async def test_the_stream_outlives_a_database_that_is_away_for_a_while(
    scene: Any, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.staff import events as module

    def away(*_: Any) -> None:
        raise ConnectionError

    async with log_in(scene, address) as client, client.stream("GET", "/staff/events") as response:
        events = news(response)
        await next_of(events, "alive")
        with monkeypatch.context() as patch:
            patch.setattr(module, "_look", away)
            assert await next_of(events, "trouble") == "database"
        await next_of(events, "alive")


async def test_nobody_hears_anything_without_logging_in(scene: Any, address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/staff/events")).status_code == 401
