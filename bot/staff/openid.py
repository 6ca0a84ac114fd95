"""The clinic's own log-in (OpenID Connect Core 1.0, code flow with PKCE): where to send a browser, and who came back.

The provider's addresses and keys are read anew at each log-in, so that a key it has changed needs nothing of us.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.clinic.access_settings import OpenId
from bot.clinic.errors import AftercareError

SECRET = "AFTERCARE_OPENID_SECRET"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures of the provider's own key. None that our secret could make (HS256), and never "none"."""
TIMEOUT = 5.0
LEEWAY = 60
"""Seconds that the provider's clock may differ from ours."""


class ProviderAway(AftercareError):
    """The clinic's log-in cannot be reached, or says what nobody can use."""

    code, status = "AC641", 502


class NotProved(AftercareError):
    """The clinic's log-in did not say who this is, or what it said is not to be believed."""

    code, status = "AC642", 403


@dataclass(frozen=True)
class Started:
    """A log-in on its way: where the browser goes, and what it has to bring back."""

    address: str
    state: str
    nonce: str
    verifier: str


def start(settings: OpenId, back: str) -> Started:
    """Where to send the browser. back: our address that it comes back to. Raises ProviderAway."""
    about = _about(settings)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    asked = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": back,
        "scope": "openid email",
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    address: str = add_params_to_uri(_field(about, "authorization_endpoint"), asked)
    return Started(address, state, nonce, verifier)


def finish(settings: OpenId, back: str, code: str, nonce: str, verifier: str) -> str:
    """The e-mail address of whoever came back, which the provider vouches for. Raises ProviderAway and NotProved."""
    about = _about(settings)
    token = _token(settings, _field(about, "token_endpoint"), back, code, verifier)
    keys: Any = _read(settings, _field(about, "jwks_uri"))
    try:
        key_set = KeySet.import_key_set(keys)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _away(settings) from error
    claims = _claims(settings, token, key_set, nonce)
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise NotProved(
            "The clinic's log-in does not vouch for your e-mail address. Log in with your password, and tell your "
            "administrator."
        )
    return email


def _claims(settings: OpenId, token: dict[str, Any], keys: KeySet, nonce: str) -> dict[str, Any]:
    try:
        signed = jwt.decode(str(token["id_token"]), keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            options={
                "iss": {"essential": True, "value": settings.issuer},
                "aud": {"essential": True, "value": settings.client_id},
            },
            params={
                "nonce": nonce,
                "client_id": settings.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(time.time()), leeway=LEEWAY)
    except (JoseError, AuthlibBaseError, ValueError, KeyError, TypeError) as error:
        raise NotProved(
            "What the clinic's log-in said of you is not to be believed. Begin again; if it happens again, tell your "
            "administrator."
        ) from error
    return dict(claims)


def _token(settings: OpenId, address: str, back: str, code: str, verifier: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    secret = os.environ.get(SECRET, "").strip()
    # RFC 6749, section 2.3.1: both are encoded as in a form before they are joined.
    auth = (quote_plus(settings.client_id), quote_plus(secret)) if secret else None
    if not secret:
        form["client_id"] = settings.client_id
    try:
        answer = httpx.post(address, data=form, auth=auth, timeout=TIMEOUT)
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _away(settings) from error
    if answer.status_code == 200 and isinstance(found, dict):
        return found
    if answer.status_code == 400 and isinstance(found, dict) and found.get("error") == "invalid_grant":
        raise NotProved("The clinic's log-in did not accept this. Begin again.")
    raise ProviderAway(
        f"The clinic's log-in does not know us. Check client_id in clinic.yml, {SECRET}, and that the provider has "
        f"this address on its list: {back}"
    )


def _about(settings: OpenId) -> dict[str, Any]:
    about = _read(settings, settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
    if about.get("issuer") != settings.issuer:
        raise ProviderAway(
            f"{settings.issuer} calls itself by another name. Write it in clinic.yml as the provider names itself."
        )
    return about


def _read(settings: OpenId, address: str) -> dict[str, Any]:
    try:
        answer = httpx.get(address, timeout=TIMEOUT)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _away(settings) from error
    if not isinstance(found, dict):
        raise _away(settings)
    return found


def _field(about: dict[str, Any], name: str) -> str:
    value = about.get(name)
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise ProviderAway(f"The clinic's log-in names no {name}. Check the issuer in clinic.yml.")
    return value


def _away(settings: OpenId) -> ProviderAway:
    return ProviderAway(
        f"{settings.issuer} cannot be reached, or does not answer as a log-in does. Log in with your password."
    )
