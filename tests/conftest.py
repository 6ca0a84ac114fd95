"""What all tests share: one embedded PostgreSQL a session, and a freshly migrated database a module."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

# Before any import of ours: the libraries read these when they are imported.
os.environ.update(
    RASA_TELEMETRY_ENABLED="false",
    TF_CPP_MIN_LOG_LEVEL="3",
    SQLALCHEMY_SILENCE_UBER_WARNING="1",
    TOKENIZERS_PARALLELISM="false",
)

from bot.care.database import engine_for, migrate
from bot.embedded import EmbeddedPostgres, create_database
from tests import axe

_TEMPLATE = "migrated"
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of long tests come first, so that at the end both processes have something to do."""
    long = {
        item.path for item in items for _ in (*item.iter_markers("processes"), *item.iter_markers("browser"))
    }
    items.sort(key=lambda item: item.path not in long)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> None:
    """What axe looked at goes with the report of its test, from whatever process."""
    item.user_properties += [(axe.PROPERTY, run) for run in axe.take_runs()]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The accessibility checks of this run, in a few lines."""
    reports = [
        one for kind in ("passed", "failed", "skipped") for one in terminalreporter.stats.get(kind, ())
    ]
    runs = [found for one in reports for name, found in one.user_properties if name == axe.PROPERTY]
    if lines := axe.report(runs):
        terminalreporter.section("accessibility")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    """A short temporary folder outside anybody's home: the database server of root runs as another user."""
    folder = Path(tempfile.mkdtemp(prefix="aftercare-test-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def own_data_home(session_folder: Path) -> Iterator[Path]:
    """No test touches what an assistant on this machine keeps, nor its settings or database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCARE_HOME", str(session_folder / "home"))
        for name in ("AFTERCARE_CLINIC", "AFTERCARE_PORT", "AFTERCARE_HOST", "DATABASE_URL"):
            patch.delenv(name, raising=False)
        yield session_folder / "home"


@pytest.fixture(scope="session")
def postgres_server(session_folder: Path) -> Iterator[EmbeddedPostgres]:
    """The session's database server, with one migrated database to copy."""
    server = EmbeddedPostgres(session_folder / "postgres", session_folder / "postgres.log", careless=True)
    server.start()
    create_database(server.url("postgres"), _TEMPLATE)
    migrate(server.url(_TEMPLATE))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def database_url(postgres_server: EmbeddedPostgres) -> str:
    """The address of a migrated database that no other test module uses."""
    name = f"test_{next(_numbers)}"
    create_database(postgres_server.url("postgres"), name, template=_TEMPLATE)
    return postgres_server.url(name)


@pytest.fixture
def fresh_database_url(postgres_server: EmbeddedPostgres) -> str:
    """The same for one test alone."""
    name = f"test_{next(_numbers)}"
    create_database(postgres_server.url("postgres"), name, template=_TEMPLATE)
    return postgres_server.url(name)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on the module's database."""
    made = engine_for(database_url)
    yield made
    made.dispose()
