"""Secrets of this machine: made once, readable by us only, the same in all processes."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from bot.clinic.errors import AftercareError
from bot.clinic.paths import data_home

SHORTEST = 32
"""Characters. 32 of hexadecimal digits are 128 bits, which nobody guesses."""


class BadSecret(AftercareError):
    """A secret is missing where one was kept, or too short to be one."""

    code = "AC017"


def app_secret(environment: Mapping[str, str] | None = None, home: Path | None = None) -> str:
    """What this clinic signs with: `AFTERCARE_SECRET`, otherwise a file in the data folder, made at first need.

    environment, home: otherwise the process's own and `data_home()`. More than one machine needs AFTERCARE_SECRET, the
    same on each. Raises BadSecret.
    """
    environment = os.environ if environment is None else environment
    given = environment.get("AFTERCARE_SECRET", "").strip()
    if not given:
        return kept_secret((home or data_home()) / "secret")
    if len(given) < SHORTEST:
        raise BadSecret(
            f"AFTERCARE_SECRET is shorter than {SHORTEST} characters. Set a long random one, such as the output of "
            "`openssl rand -hex 32`, or unset it: a secret is then made and kept in the data folder."
        )
    return given


def fingerprint() -> str | None:
    """Tells `app_secret` from another one without telling it; None where there is none to read."""
    try:
        secret = app_secret()
    except BadSecret:
        return None
    return hmac.new(secret.encode(), b"aftercare.fingerprint.v1", hashlib.sha256).hexdigest()[:12]


@lru_cache(maxsize=8)
def kept_secret(path: Path) -> str:
    """The secret that a file holds, made when there is none. Read once: a disk that fails later keeps nobody out.

    Raises BadSecret where the file holds none, or can be neither made nor read.
    """
    try:
        if not path.exists():
            _make(path)
        kept = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise BadSecret(
            f"{path} can be neither made nor read ({type(error).__name__}). See that its folder is ours and the disk "
            "not full."
        ) from error
    if len(kept) < SHORTEST:
        raise BadSecret(f"{path} holds no secret. Delete the file; it is made anew.")
    return kept


def _make(path: Path) -> None:
    # Written aside and linked, so that two processes that start at once never read a half-written one.
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        os.link(aside, path)
    except FileExistsError:
        pass  # the other process was first
    finally:
        os.unlink(aside)
