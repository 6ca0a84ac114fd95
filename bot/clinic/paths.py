"""Where things lie on this machine."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The root of the project: what git cloned."""

_SYSTEM_DATA = Path("/var/lib/aftercare")


def data_home() -> Path:
    """The folder of what this machine keeps: embedded database, spool, logs. Made when it is not there.

    `AFTERCARE_HOME` names it; otherwise it lies in the user's data folder, or for root in /var/lib, since the embedded
    database runs under another user then and needs a folder that is not below root's home. The name holds a hash of
    the project's root, so that two clones on one machine do not share a database.
    """
    named = os.environ.get("AFTERCARE_HOME")
    if named:
        home = Path(named).expanduser().resolve()
    else:
        base = _SYSTEM_DATA if os.geteuid() == 0 else Path.home() / ".local" / "share" / "aftercare"
        home = base / hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
    # Root leaves the folder passable (not listable): the database server's own user must reach its data below.
    home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    return home
