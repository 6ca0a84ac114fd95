"""A web process with the text-message routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.routing import Route

from bot.channels.simulator.app import simulator_routes
from bot.channels.sms.providers import TwilioProvider
from bot.channels.sms.settings import SmsSettings
from bot.channels.spool import Spool
from bot.clinic.clock import FixedClock
from bot.clinic.settings import Clinic, load_clinic
from bot.guidance.phrases import Phrases
from tests.channels.sms.double import CarrierDouble, carrier_double
from tests.channels.sms.sending import Post
from tests.channels.sms.support import (
    ACCOUNT,
    CLIENT,
    PUBLIC,
    TOKEN,
    TUESDAY_NOON,
    Carrier,
    FakeScreen,
    Record,
    Served,
    fresh_number,
    sms_routes,
)


@pytest.fixture(scope="session", autouse=True)
def one_client() -> Iterator[None]:
    yield
    CLIENT.close()


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    demo = load_clinic()
    return demo.copy(update={"web": demo.web.copy(update={"public_url": PUBLIC})})


@pytest.fixture(scope="session")
def phrases() -> Phrases:
    return Phrases.load()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TUESDAY_NOON)


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen()


@pytest.fixture
def settings() -> SmsSettings:
    return SmsSettings("twilio", PUBLIC, ACCOUNT, TOKEN, "+12125550142", words_answered_by="aftercare")


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Start applications that are stopped at the end of the test: served(routes) returns the address."""
    running: list[Served] = []

    def start(routes: list[Route]) -> str:
        running.append(Served(Starlette(routes=routes)))
        return running[-1].base

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def parts_of_web(
    engine: Engine,
    clinic: Clinic,
    clock: FixedClock,
    screen: FakeScreen,
    phrases: Phrases,
    settings: SmsSettings,
    tmp_path: Path,
) -> dict[str, Any]:
    return {
        "spool": Spool(tmp_path / "spool"),
        "engine": engine,
        "clinic": clinic,
        "clock": clock,
        "screen": screen,
        "phrases": phrases,
        "settings": settings,
    }


@pytest.fixture
def carrier(served: Any, parts_of_web: dict[str, Any]) -> Carrier:
    return Carrier(served(sms_routes(**parts_of_web)))


@pytest.fixture
def simulated(served: Any, parts_of_web: dict[str, Any]) -> str:
    """The address of a demo's web process with the phone simulator."""
    parts_of_web["settings"] = SmsSettings("simulator", PUBLIC, ACCOUNT, TOKEN, "+12125550142")
    routes = sms_routes(**parts_of_web) + simulator_routes(
        engine=parts_of_web["engine"], clinic=parts_of_web["clinic"], settings=parts_of_web["settings"]
    )
    return str(served(routes))


@pytest.fixture
def number() -> str:
    return fresh_number()


@pytest.fixture
def record(engine: Engine) -> Record:
    return Record(engine)


@pytest.fixture
def double() -> Iterator[CarrierDouble]:
    with carrier_double() as running:
        yield running


@pytest.fixture
def twilio(double: CarrierDouble) -> Iterator[TwilioProvider]:
    provider = TwilioProvider(
        SmsSettings("twilio", PUBLIC, ACCOUNT, TOKEN, "+12125550142", api=double.url), timeout=0.5
    )
    yield provider
    provider.close()


@pytest.fixture
def post(
    engine: Engine,
    record: Record,
    twilio: TwilioProvider,
    double: CarrierDouble,
    clock: FixedClock,
    number: str,
) -> Post:
    return Post(engine, record, twilio, double, clock, number)
