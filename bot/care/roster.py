"""Who is on call when, and when the clinic works: shifts and holidays on the clinic's wall clock, across DST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.care.models import Responder
from bot.care.opening import LOOK_AHEAD, OpeningTimes, opening_times
from bot.clinic.paging_settings import EVERYBODY, FIRST_ON_CALL, ON_CALL
from bot.clinic.settings import Clinic


@dataclass(frozen=True)
class Span:
    """A time without anybody on call: from `begins` up to `ends` (aware, UTC)."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Roster:
    """The roster as it is now. people: active ones, first in line first; opening: hours and holidays of the clinic."""

    clinic: Clinic
    people: Sequence[Responder]
    opening: OpeningTimes

    @property
    def holidays(self) -> Mapping[date, str]:
        """The days on which the clinic is closed, with their names."""
        return self.opening.holidays

    def on_call(self, at: datetime) -> list[Responder]:
        """Who is on shift at `at` (aware), first in line first."""
        return [person for person in self.people if self._on_shift(person, at)]

    def who(self, who: str, at: datetime) -> list[Responder]:
        """The people that a rung of the ladder means at `at`: by shift, by role, or all."""
        if who == EVERYBODY:
            return list(self.people)
        if who in (ON_CALL, FIRST_ON_CALL):
            there = self.on_call(at)
            return there if who == ON_CALL else there[:1]
        return [person for person in self.people if person.role == who]

    def is_working(self, at: datetime) -> bool:
        """Whether the clinic is open at `at`, holidays considered."""
        return self.opening.is_open(at)

    def is_staffed(self, at: datetime) -> bool:
        """Whether a patient may be told that somebody is on shift: the clinic is open, and somebody is on call.

        Before the roster is made, at the very first start, clinic.yml is all there is.
        """
        return self.is_working(at) and (not self.people or bool(self.on_call(at)))

    def next_opening(self, at: datetime) -> datetime:
        """When the clinic works next: `at` itself where it does, or where it never opens within LOOK_AHEAD days."""
        return self.opening.next_opening(at)

    def until(self, at: datetime, days: int = LOOK_AHEAD) -> datetime | None:
        """When who is on call changes after `at`; None where it does not within `days`."""
        now = [person.id for person in self.on_call(at)]
        for moment in self._changes(at, days):
            if [person.id for person in self.on_call(moment)] != now:
                return moment
        return None

    def gaps(self, at: datetime, days: int = 7) -> list[Span]:
        """Times within `days` after `at` at which nobody is on call."""
        end = at + timedelta(days=days)
        found: list[Span] = []
        begins = None if self.on_call(at) else at
        for moment in [*self._changes(at, days), end]:
            covered = moment >= end or bool(self.on_call(moment))
            if begins is None and not covered:
                begins = moment
            elif begins is not None and covered:
                found.append(Span(begins, moment))
                begins = None
        return found

    def _on_shift(self, person: Responder, at: datetime) -> bool:
        today = self._local(at).date()
        # A night shift began yesterday.
        return any(
            begins <= at < ends
            for day in (today - timedelta(days=1), today)
            for begins, ends in self._spans(person, day)
        )

    def _spans(self, person: Responder, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The person's shifts that begin on `day`, in UTC."""
        if any(absence.first_day <= day <= absence.last_day for absence in person.absences):
            return
        for shift in person.shifts:
            weekly = shift.weekday == day.weekday() and day not in self.holidays
            if weekly or shift.day == day:
                last = day if shift.ends > shift.starts else day + timedelta(days=1)
                yield self._instant(day, shift.starts), self._instant(last, shift.ends)

    def _changes(self, at: datetime, days: int) -> list[datetime]:
        """Every moment after `at`, within `days`, at which a shift begins or ends, in order."""
        first = self._local(at).date() - timedelta(days=1)
        moments = {
            moment
            for person in self.people
            for offset in range(days + 2)
            for span in self._spans(person, first + timedelta(days=offset))
            for moment in span
        }
        return sorted(moment for moment in moments if at < moment < at + timedelta(days=days))

    def _instant(self, day: date, clock: time) -> datetime:
        # A wall-clock time that the change to summer time leaves out is read with the old offset, for the end of one
        # shift as for the beginning of the next: no gap opens between them.
        return datetime.combine(day, clock, self.clinic.zone).astimezone(timezone.utc)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.clinic.zone)


def read(session: Session, clinic: Clinic) -> Roster:
    """The roster as it is now."""
    people = session.execute(
        select(Responder)
        .options(
            selectinload(Responder.contacts),
            selectinload(Responder.shifts),
            selectinload(Responder.absences),
        )
        .where(Responder.active)
        .order_by(Responder.place, Responder.id)
    )
    return Roster(clinic, people.scalars().all(), opening_times(session, clinic))
