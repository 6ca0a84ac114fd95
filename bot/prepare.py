"""What a database needs before the first patient writes: its tables, and in a demo somebody who can log in."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot.care import staff_accounts
from bot.care.database import DatabaseUnavailable, engine_for, migrate, transaction
from bot.care.models import Heartbeat
from bot.clinic.errors import AftercareError
from bot.staff.accounts import add_staff

DEMO_LOGIN = "nurse@demo"


class NotReachable(AftercareError):
    """The database does not answer. `reason`: what the client library says, one line."""

    code, status = "AC016", 503

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The database cannot be reached: {reason}. Check that it runs and that DATABASE_URL is right."
        )


def bring_up_to_date(url: str) -> bool:
    """Migrate the database at `url`. False where a newer version did, and its tables were left as they are.

    Raises NotReachable, UnknownTables, or DatabaseUnavailable for no address.
    """
    try:
        return migrate(url)
    except OperationalError as error:
        lines = str(error.orig).strip().splitlines()
        raise NotReachable(lines[0].rstrip(".") if lines else "no reason given") from error


def forget_earlier_processes(url: str) -> None:
    """Delete all heartbeats: for a database that only we use, when none of our workers runs yet.

    Otherwise those of the run before would let `/readyz` say for a minute that somebody answers.
    """
    engine = engine_for(url, pool_size=1)
    try:
        with transaction(engine) as session:
            session.execute(delete(Heartbeat))
    finally:
        engine.dispose()


def demo_login(url: str, home: Path) -> str:
    """The demo's log-in to the console in words. Makes the account at the first start; keeps its password in `home`."""
    kept = home / "demo-login"
    engine = engine_for(url, pool_size=1)
    try:
        with transaction(engine) as session:
            if staff_accounts.by_email(session, DEMO_LOGIN) is None:
                password = secrets.token_urlsafe(12)
                add_staff(session, "Demo Nurse", DEMO_LOGIN, "nurse", password)
                kept.unlink(missing_ok=True)
                with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    file.write(f"{DEMO_LOGIN}\n{password}\n")
        lines = kept.read_text().split()
        return f"(demo log-in: {lines[0]}, password {lines[1]})"
    except (OSError, IndexError):
        return (
            f"(the password of {DEMO_LOGIN} is not in {kept} any more; make an account: aftercare staff add)"
        )
    except (DatabaseUnavailable, SQLAlchemyError) as error:
        return f"(the demo log-in could not be made: {type(error).__name__})"
    finally:
        engine.dispose()
