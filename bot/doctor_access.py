"""What `aftercare doctor` looks at of who comes in: whose address counts, and with what staff prove who they are."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from bot.clinic.settings import load_clinic
from bot.finding import Finding
from bot.staff.openid import SECRET


def proxy() -> Finding:
    """Whether web knows from whom a request comes that a proxy hands on."""
    web = load_clinic().web
    if web.trusted_proxies:
        return Finding("ok", "proxy", f"believed of whom it speaks for: {', '.join(web.trusted_proxies)}")
    if urlsplit(web.public_url).scheme == "https":
        return Finding(
            "bad", "proxy",
            f"{web.public_url} is behind a proxy, and web.trusted_proxies is empty: all browsers share the limits of "
            "one address, and patients are refused for what others send. Write the proxy's address there.",
        )  # fmt: skip
    return Finding("ok", "proxy", "none: this machine alone")


def log_in() -> Finding:
    """Whether staff need more than a password, and whether the clinic's own log-in has its secret."""
    clinic = load_clinic()
    access = clinic.access
    notes = []
    if access.openid is not None and not os.environ.get(SECRET, "").strip():
        notes.append(
            f"access.openid is set, and {SECRET} is not: the clinic's log-in works only where its provider gave no "
            "secret. If it gave one, set it here."
        )
    if not access.second_factor and not clinic.demo:
        words = (
            "access.second_factor is empty: staff read what patients wrote with a password alone. Take the line out "
            "(all roles), or name the roles."
        )
        return Finding("bad", "log-in", " ".join([words, *notes]))
    if notes:
        return Finding("note", "log-in", " ".join(notes))
    roles = ", ".join(access.second_factor) or "nobody, in a demo"
    return Finding("ok", "log-in", f"a second factor for {roles}")
