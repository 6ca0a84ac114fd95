"""A process that sends is killed for good, at any step: the text goes out once all the same."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.channels.sms.delivery import Outcome, deliver, undelivered
from bot.channels.sms.providers import TwilioProvider
from bot.clinic.clock import FixedClock
from bot.clinic.paths import ROOT
from tests.channels.sms.double import CarrierDouble
from tests.channels.sms.sending import last, queued
from tests.channels.sms.support import ACCOUNT, PUBLIC, TOKEN, TUESDAY_NOON, Record

CHILD = """
import os, signal, sys
from bot.care.database import engine_for
from bot.channels.sms.delivery import deliver
from bot.channels.sms.providers import TwilioProvider
from bot.channels.sms.settings import SmsSettings
from bot.clinic.clock import SystemClock

url, api, account, token, public, message_id, step = sys.argv[1:]

def at(name):
    if name == step:
        os.kill(os.getpid(), signal.SIGKILL)

class Dying(TwilioProvider):
    def send(self, outgoing):
        at("before the carrier is asked")
        accepted = super().send(outgoing)
        at("after the carrier has answered")
        return accepted

settings = SmsSettings("twilio", public, account, token, "+12125550142", api=api)
deliver(engine_for(url), int(message_id), Dying(settings), SystemClock())
at("after it is stored")
"""


@pytest.mark.parametrize(
    ("step", "state"),
    [
        ("before the carrier is asked", "queued"),
        ("after the carrier has answered", "queued"),
        ("after it is stored", "sent"),
    ],
)
@pytest.mark.processes
def test_whoever_comes_next_sends_what_is_not_out_and_nothing_twice(
    step: str,
    state: str,
    engine: Engine,
    database_url: str,
    record: Record,
    twilio: TwilioProvider,
    double: CarrierDouble,
    clock: FixedClock,
    number: str,
) -> None:
    message_id = queued(engine, number)
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            CHILD,
            database_url,
            double.url,
            ACCOUNT,
            TOKEN,
            PUBLIC,
            str(message_id),
            step,
        ],
        cwd=ROOT,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL
    assert last(record, number).state == state
    outcome = deliver(engine, message_id, twilio, clock)
    assert outcome == Outcome("sent" if state == "queued" else "nothing")
    assert double.bodies == ["Not before tomorrow."]
    assert last(record, number).carrier_id == double.messages[0]["sid"]
    with transaction(engine) as session:
        assert message_id not in undelivered(session, TUESDAY_NOON)
