"""The section `access` of `clinic.yml`: who needs a second factor for the console, and when a browser is signed off."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, Field, validator

from bot.clinic.checking import filled, web_address

StaffRole = Literal["nurse", "clinician", "admin", "auditor"]
ALL_ROLES: tuple[StaffRole, ...] = ("nurse", "clinician", "admin", "auditor")


class OpenId(BaseModel):
    """The clinic's own log-in (OpenID Connect), such as that of its mail or its hospital.

    issuer: the address of the provider, as its discovery document names itself; client_id: what it calls us; name: what
    the button says. The client's secret belongs in the environment variable AFTERCARE_OPENID_SECRET; a provider that
    gives none knows us by PKCE alone.
    """

    issuer: str
    client_id: str
    name: str = "the clinic's log-in"

    class Config:
        extra = "forbid"
        frozen = True
        anystr_strip_whitespace = True

    @validator("client_id", "name")
    def _filled(cls, value: str) -> str:
        return filled(value)

    @validator("issuer")
    def _issuer(cls, value: str) -> str:
        address = web_address(value)
        local = address.hostname in ("localhost", "127.0.0.1", "::1")
        if not address.hostname or address.scheme not in (("https", "http") if local else ("https",)):
            raise ValueError(
                f"{value!r} is not an https address. Write one, such as https://login.clinic.example"
            )
        if address.query or address.fragment:
            raise ValueError(
                f"{value!r} holds a query or a fragment. Write the issuer as the provider names it"
            )
        return value


class Access(BaseModel):
    """second_factor: the roles that must log in with a code from an authenticator app as well as the password.

    idle_minutes: without activity for so long, a browser is signed off (HIPAA Security Rule, 45 CFR
    164.312(a)(2)(iii)); longest_hours: after so many everybody logs in again, active or not: a long shift. openid: the
    clinic's own log-in beside ours; None for ours alone.
    """

    second_factor: tuple[StaffRole, ...] = ALL_ROLES
    idle_minutes: int = Field(default=15, ge=5, le=60)
    longest_hours: int = Field(default=12, ge=1, le=24)
    openid: OpenId | None = None

    class Config:
        extra = "forbid"
        frozen = True
        anystr_strip_whitespace = True

    @property
    def idle_limit(self) -> timedelta:
        """How long nothing may happen."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def longest(self) -> timedelta:
        """How long a log-in lasts at most."""
        return timedelta(hours=self.longest_hours)
