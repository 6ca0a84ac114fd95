"""The care worker's event loop, while a carrier does not answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy.engine import Engine

from bot.workers import care
from tests.channels.sms.double import CarrierDouble, Trouble
from tests.channels.sms.sending import queued
from tests.channels.sms.support import ACCOUNT, TOKEN, Record, fresh_number


async def test_a_carrier_that_says_nothing_does_not_block_the_event_loop(
    double: CarrierDouble,
    engine: Engine,
    record: Record,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = fresh_number()
    for name, value in {
        "ACCOUNT_SID": ACCOUNT,
        "AUTH_TOKEN": TOKEN,
        "FROM": "+12125550142",
        "API": double.url,
    }.items():
        monkeypatch.setenv(f"AFTERCARE_TWILIO_{name}", value)
    double.trouble = [Trouble(silent_for=2.0)]
    message_id = await asyncio.to_thread(queued, engine, number)
    worker = asyncio.create_task(care.run(database_url))
    turns = 0
    try:
        # By the clinic's clock a daily test page may go out first, and be the one that is not answered.
        while len(double.messages) < double.requests or all(one["to"] != number for one in double.messages):
            assert not worker.done(), worker.exception()
            # The carrier has been asked and has not answered; nothing of ours may stand still meanwhile.
            turns += double.requests > 0
            await asyncio.sleep(0.02)
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
    assert turns > 10
    assert [one.id for one in record.messages(number)][-1] == message_id
