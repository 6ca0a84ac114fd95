"""The section `retention` of `clinic.yml`: after how many days what we keep is removed by itself."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, validator

NEVER = "never"


class Retention(BaseModel):
    """Days; None (written `never`): kept until somebody removes it.

    messages: the words of messages, the patient's and ours, and what check-ins quote of them; their row, level, time
    and scores stay. trackers: Rasa's memory of the last turns, after the last one. sessions: log-ins of browsers, after
    they ended. pages: who was paged for an alert, after it was resolved. jobs: jobs of the queue that failed.
    dead_letters: messages that could not be stored, after the alert that they raised was resolved.

    The words of patients are part of a medical record, and how long that is kept differs by state and by age: the
    default keeps them.
    """

    messages: int | None = Field(default=None, ge=30, le=36_500)
    trackers: int | None = Field(default=30, ge=7, le=3_650)
    sessions: int | None = Field(default=30, ge=1, le=3_650)
    pages: int | None = Field(default=2_190, ge=30, le=36_500)
    jobs: int | None = Field(default=30, ge=1, le=3_650)
    dead_letters: int | None = Field(default=90, ge=7, le=3_650)

    class Config:
        extra = "forbid"
        frozen = True
        anystr_strip_whitespace = True

    @validator("*", pre=True)
    def _days_or_never(cls, value: Any) -> Any:
        if isinstance(value, str) and value.strip().lower() == NEVER:
            return None
        if value is None or not str(value).strip().isdigit():
            raise ValueError(f"{value!r} is no number of days. Write one, such as 90, or {NEVER}")
        return value
