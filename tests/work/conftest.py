"""What tests of the workers share: a clinic with a roster, a mail server and a web hook that really listen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.care.database import transaction
from bot.care.models import Channel
from bot.channels.dead_letters import DeadLetters
from bot.channels.sms.providers import NoProvider
from bot.clinic.clock import FixedClock
from bot.clinic.paging_settings import Mail, Rung
from bot.clinic.paging_settings import Paging as Ladder
from bot.clinic.settings import load_clinic
from bot.work.pager import Pager
from bot.work.paging import Paging
from bot.work.retention import Retention
from tests.tables import empty_tables, truncate
from tests.work.check_in_scene import Scene
from tests.work.night_scene import Night
from tests.work.paging_scene import OPEN, Duty, Hook, Mailbox, mail_server, web_hook
from tests.work.retention_scene import BEGIN, RULES


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_hook() as made:
        yield made


@pytest.fixture
def duty(engine: Engine, mailbox: Mailbox, hook: Hook) -> Duty:
    """First on call by mail, after 3 minutes all on call, after 5 more everybody and the duty pager; again every 15."""
    paging = Ladder(
        ladder=(
            Rung(who="first_on_call", by=("email",), minutes=3),
            Rung(who="on_call", by=("email",), minutes=5),
            Rung(who="everybody", by=("email", "duty_pager"), minutes=10),
        ),
        mail=Mail(host="127.0.0.1", port=mailbox.port, security="none", sender="aftercare@clinic.example"),
        services={"duty_pager": "AFTERCARE_DUTY"},
    )
    clinic = load_clinic().copy(update={"paging": paging})
    return Duty(engine, clinic, FixedClock(OPEN), {"AFTERCARE_DUTY": hook.url})


@pytest.fixture
def night(engine: Engine) -> Night:
    """The demo's ladder; pages are shown in place of sending."""
    empty_tables(engine, "procrastinate_jobs")
    duty = Duty(engine, load_clinic(), FixedClock(OPEN))
    pager = Pager(duty.clinic, NoProvider(), texts_simulated=True)
    duty.paging = Paging(engine, duty.clinic, duty.clock, pager)
    return Night(duty)


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """A clinic with check-ins in which nothing has happened yet."""
    empty_tables(engine, "procrastinate_jobs")
    return Scene(engine)


@pytest.fixture
def maria(scene: Scene) -> int:
    """A patient who agreed to texts and has an infusion on Monday, 16 March, at ten."""
    patient = scene.patient(Channel.SMS)
    scene.infusion(patient, "2026-03-16 10:00")
    return patient


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(BEGIN)


@pytest.fixture
def engine_of_one(engine: Engine) -> Iterator[Engine]:
    """Rows of the test before would be counted with ours."""
    yield engine
    with transaction(engine) as session:
        truncate(session, "legal_hold", "climb", "tracker_state", "staff_session", "conversation")
        session.execute(text("delete from procrastinate_jobs"))


@pytest.fixture
def work(engine_of_one: Engine, clock: FixedClock, tmp_path: Path) -> Retention:
    clinic = load_clinic().copy(update={"retention": RULES})
    return Retention(engine_of_one, clinic, clock, DeadLetters(tmp_path))
