"""Logging in by the clinic's own log-in, where `clinic.yml` names one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from starlette.responses import RedirectResponse, Response

from bot.care import staff_accounts
from bot.clinic.access_settings import OpenId
from bot.clinic.secret import app_secret
from bot.staff import openid
from bot.staff.account_views import go_on, safe_path
from bot.staff.accounts import log_in_vouched_for
from bot.staff.console import View, Visit
from bot.staff.errors import NotHere

BEGIN = "/staff/login/openid"
BACK = f"{BEGIN}/back"
UNDERWAY = "aftercare_openid"
_LASTS = 600
"""Seconds that a log-in may stay at the provider."""


def begin(visit: Visit) -> Response:
    """To the provider. What the browser must bring back goes with it, signed, in a cookie of its own."""
    settings = _settings(visit)
    started = openid.start(settings, _back(visit))
    kept = {
        "state": started.state,
        "nonce": started.nonce,
        "verifier": started.verifier,
        "until": visit.now.timestamp() + _LASTS,
        "next": safe_path(visit.request.query_params.get("next", "")),
    }
    response = RedirectResponse(started.address, 303)
    response.set_cookie(
        UNDERWAY,
        _sealed(kept),
        path=BEGIN,
        httponly=True,
        samesite="lax",  # the provider sends the browser back
        secure=visit.console.secure,
        max_age=_LASTS,
    )
    return response


def back(visit: Visit) -> Response:
    """From the provider: whoever it vouches for is logged in, if there is an account with that address."""
    settings = _settings(visit)
    asked = visit.request.query_params
    kept = _opened(visit.request.cookies.get(UNDERWAY, ""))
    if kept is None or kept["until"] < visit.now.timestamp():
        raise openid.NotProved("This log-in was not begun here, or took too long. Begin again.")
    if not hmac.compare_digest(kept["state"].encode(), asked.get("state", "").encode()):
        raise openid.NotProved("This log-in was not begun in this browser. Begin again.")
    if asked.get("iss", settings.issuer) != settings.issuer:  # RFC 9207
        raise openid.NotProved("Another log-in than the clinic's has answered. Begin again.")
    if not asked.get("code"):
        raise openid.NotProved("The clinic's log-in did not let you in. Begin again, or use your password.")
    email = openid.finish(settings, _back(visit), asked["code"], kept["nonce"], kept["verifier"])
    agent = visit.request.headers.get("user-agent", "")
    result = log_in_vouched_for(visit.record, email, visit.now, agent)
    if result.token is None:
        # Not raised: the failure stays in the audit.
        response = visit.page(
            "error.html",
            403,
            message="There is no account here for whom the clinic's log-in says you are. Ask your administrator.",
            reference=openid.NotProved.code,
        )
    else:
        if visit.login is not None:
            staff_accounts.close_session(visit.login, visit.now)
        response = go_on(visit, result, kept["next"])
    response.delete_cookie(UNDERWAY, path=BEGIN, httponly=True, samesite="lax", secure=visit.console.secure)
    return response


def _settings(visit: Visit) -> OpenId:
    settings = visit.console.clinic.access.openid
    if settings is None:
        raise NotHere("This clinic has no log-in of its own here. Log in with your password.")
    return settings


def _back(visit: Visit) -> str:
    return visit.console.clinic.web.public_url + BACK


def _sealed(kept: dict[str, Any]) -> str:
    body = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
    return f"{body}.{_seal(body)}"


def _opened(cookie: str) -> dict[str, Any] | None:
    body, _, seal = cookie.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(body).encode()):
        return None
    kept: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body))
    return kept


def _seal(body: str) -> str:
    return hmac.new(app_secret().encode(), b"openid:" + body.encode(), hashlib.sha256).hexdigest()


VIEWS = [View("GET", BEGIN, None, begin), View("GET", BACK, None, back)]
