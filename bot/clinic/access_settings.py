"""The section `access` of `clinic.yml`: who needs a second factor for the console, and when a browser is signed off."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, Field

StaffRole = Literal["nurse", "clinician", "admin", "auditor"]
ALL_ROLES: tuple[StaffRole, ...] = ("nurse", "clinician", "admin", "auditor")


class Access(BaseModel):
    """second_factor: the roles that must log in with a code from an authenticator app as well as the password.

    idle_minutes: without activity for so long, a browser is signed off (HIPAA Security Rule, 45 CFR
    164.312(a)(2)(iii)); longest_hours: after so many everybody logs in again, active or not: a long shift.
    """

    second_factor: tuple[StaffRole, ...] = ALL_ROLES
    idle_minutes: int = Field(default=15, ge=5, le=60)
    longest_hours: int = Field(default=12, ge=1, le=24)

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
