"""A patient's check-ins as a series: what was answered when, what is missing, and the infusions between.

Corrections append, so the newest answer to an item counts; its time stays that of the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, selectinload

from bot.care.models import CheckIn, CheckInAnswer, CheckInState, Conversation, Treatment
from bot.clinic.instruments import Instrument, InstrumentError, load_instrument
from bot.clinic.settings import load_clinic

TOTAL = "total"
"""The item under which a questionnaire's sum stands in a series."""

MOOD = "mood"
SERIES_REPLY = "series"
"""The kind of a reply that the web shows with a picture of the series."""

LONGEST = 400
"""Check-ins. Two years of the shipped plan with a treatment every month are fewer."""

COURSE_DAYS = 42

_MOMENT = func.coalesce(CheckIn.started_at, CheckIn.sent_at, CheckIn.due_at)
_ENDED = frozenset({CheckInState.FINISHED.value, CheckInState.PARTIAL.value, CheckInState.EXPIRED.value})


class PointState(str, Enum):
    """What a point is: an answer, or why there is none.

    SKIPPED: the patient left it out; MISSED: it was asked for, and nobody answered; NOT_SENT: it could not be sent in
    its time; INCOMPLETE: a sum of which items are missing.
    """

    ANSWERED = "answered"
    SKIPPED = "skipped"
    MISSED = "missed"
    NOT_SENT = "not_sent"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Point:
    """One item of one check-in. value: the number, None where there is none; raw: as typed; corrected: not the first
    answer; check_in_state: of the whole check-in."""

    at: datetime
    check_in_id: int
    instrument: str
    version: str
    item: str
    value: float | None
    state: PointState
    check_in_state: str
    raw: str = ""
    corrected: bool = False


@dataclass(frozen=True)
class Series:
    """All points, oldest first, and the times of the infusions (aware), without cancelled ones."""

    points: tuple[Point, ...]
    treatments: tuple[datetime, ...]

    def of(self, item: str, instrument: str | None = None) -> list[Point]:
        """The points of one item, of one questionnaire where it is named."""
        return [
            point for point in self.points if point.item == item and instrument in (None, point.instrument)
        ]

    def answered(self, item: str, instrument: str | None = None) -> list[tuple[datetime, float]]:
        """Time and value of what was answered with a number."""
        return [(point.at, point.value) for point in self.of(item, instrument) if point.value is not None]


def mood_series(session: Session, patient_id: int, until: datetime | None = None) -> Series:
    """The series of a patient; empty for one without check-ins. until: as it stood then (aware)."""
    statement = select(Conversation.id).where(Conversation.patient_id == patient_id)
    conversation_id = session.execute(statement).scalar_one_or_none()
    treatments = tuple(_treatments(session, patient_id))
    points = () if conversation_id is None else _points(session, int(conversation_id), until)
    return Series(points, treatments)


def conversation_series(session: Session, conversation_id: int, until: datetime | None = None) -> Series:
    """The same for whoever a conversation is with; for a visitor whom we do not know it has no treatments."""
    statement = select(Conversation.patient_id).where(Conversation.id == conversation_id)
    patient_id = session.execute(statement).scalar_one_or_none()
    treatments = () if patient_id is None else tuple(_treatments(session, int(patient_id)))
    return Series(_points(session, conversation_id, until), treatments)


def check_ins_in_order(session: Session, conversation_id: int, limit: int = LONGEST) -> list[CheckIn]:
    """The last `limit` check-ins that were asked or should have been, oldest first, with their answers."""
    states = [state.value for state in CheckInState]
    states.remove(CheckInState.SCHEDULED.value)
    states.remove(CheckInState.CANCELLED.value)
    statement = select(CheckIn).where(CheckIn.conversation_id == conversation_id, CheckIn.state.in_(states))
    newest = statement.options(selectinload(CheckIn.answers)).order_by(_MOMENT.desc(), CheckIn.id.desc())
    return list(reversed(session.execute(newest.limit(limit)).scalars().all()))


def newest_answers(check_in: CheckIn, until: datetime | None = None) -> dict[str, CheckInAnswer]:
    """The answer that counts for each item, in the order in which the items were first answered."""
    newest: dict[str, CheckInAnswer] = {}
    for answer in check_in.answers:
        if until is None or answer.at <= until:
            newest[answer.item] = answer
    return newest


def total_of(instrument: str, values: Mapping[str, float]) -> tuple[float | None, bool]:
    """The sum of a questionnaire's scored items so far, and whether all of them are there. (None, False) where the
    questionnaire has no sum, or nothing of it is answered."""
    scored = _scored(instrument)
    known = [values[item] for item in scored if item in values]
    return (sum(known), len(known) == len(scored)) if known else (None, False)


def main_item(instrument: str) -> str:
    """What a questionnaire is about in one number: its sum, or its first item."""
    known = _instrument(instrument)
    return TOTAL if known is None or known.summed else known.items[0].key


def _points(session: Session, conversation_id: int, until: datetime | None) -> tuple[Point, ...]:
    points = []
    for check_in in check_ins_in_order(session, conversation_id):
        points += _points_of(check_in, until)
    return tuple(points)


def _points_of(check_in: CheckIn, until: datetime | None) -> list[Point]:
    def point(
        at: datetime, item: str, value: float | None, state: PointState, answer: CheckInAnswer | None
    ) -> Point:
        first = next((one for one in check_in.answers if one.item == item), answer)
        return Point(
            at=at if first is None else first.at,
            check_in_id=int(check_in.id),
            instrument=str(check_in.instrument),
            version=str(check_in.instrument_version),
            item=item,
            value=value,
            state=state,
            check_in_state=str(check_in.state),
            raw=str(answer.raw) if answer is not None else "",
            corrected=answer is not first,
        )

    answers = newest_answers(check_in, until)
    points = [
        point(
            answer.at,
            item,
            answer.value,
            PointState.SKIPPED if answer.skipped else PointState.ANSWERED,
            answer,
        )
        for item, answer in answers.items()
    ]
    moment = check_in.started_at or check_in.sent_at or check_in.due_at
    if moment is None or (until is not None and moment > until):
        return points
    values = {item: answer.value for item, answer in answers.items() if answer.value is not None}
    total, complete = total_of(str(check_in.instrument), values)
    main = main_item(str(check_in.instrument))
    if complete:
        points.append(point(moment, TOTAL, total, PointState.ANSWERED, None))
    elif check_in.state in _ENDED and main not in answers:
        if answers:
            state = PointState.INCOMPLETE if main == TOTAL else PointState.MISSED
        else:
            state = (
                PointState.NOT_SENT if not (check_in.sent_at or check_in.started_at) else PointState.MISSED
            )
        points.append(point(moment, main, None, state, None))
    return points


def _treatments(session: Session, patient_id: int) -> Sequence[datetime]:
    statement = select(Treatment.infusion_at).where(
        Treatment.patient_id == patient_id, Treatment.cancelled_at.is_(None)
    )
    return session.execute(statement.order_by(Treatment.infusion_at)).scalars().all()


def _instrument(key: str) -> Instrument | None:
    try:
        return load_instrument(key)
    except InstrumentError:
        return None  # a questionnaire that the clinic has taken out since; its answers stay


def _scored(key: str) -> tuple[str, ...]:
    known = _instrument(key)
    return known.summed if known is not None else ()


@dataclass(frozen=True)
class CourseDay:
    """Mood on one day after a treatment. day: 0 is the day of the infusion; courses: treatments with an answer that
    day; patients: whose they are; median, low and high: of the last answer of each course (quartiles)."""

    day: int
    median: float
    low: float
    high: float
    courses: int
    patients: int


_COURSE = text(
    """
    with answer as (
        select distinct on (a.check_in_id) a.check_in_id, a.value, min(a.at) over (partition by a.check_in_id) as at
        from check_in_answer a
        where a.item = :item and a.at >= cast(:first as timestamptz) and a.at < cast(:last as timestamptz)
        order by a.check_in_id, a.id desc
    ), course as (
        select t.id as treatment_id, t.patient_id, answer.value, answer.at,
               (answer.at at time zone :zone)::date - (t.infusion_at at time zone :zone)::date as day
        from answer
        join check_in c on c.id = answer.check_in_id
        join conversation v on v.id = c.conversation_id
        join lateral (
            select id, patient_id, infusion_at from treatment
            where patient_id = v.patient_id and cancelled_at is null and infusion_at <= answer.at
            order by infusion_at desc limit 1
        ) t on true
        where answer.value is not null
    ), last as (
        select distinct on (treatment_id, day) treatment_id, patient_id, day, value
        from course where day <= :days order by treatment_id, day, at desc
    )
    select day,
           percentile_cont(0.5) within group (order by value) as median,
           percentile_cont(0.25) within group (order by value) as low,
           percentile_cont(0.75) within group (order by value) as high,
           count(*) as courses, count(distinct patient_id) as patients
    from last group by day order by day
    """
)


def course_after_treatment(
    session: Session,
    zone: tzinfo | None = None,
    days: int = COURSE_DAYS,
    *,
    first: datetime | None = None,
    last: datetime | None = None,
) -> list[CourseDay]:
    """Mood by day after the latest infusion, over all patients, in one query. Days without an answer are left out.

    zone: whose calendar the days are of (default: the clinic's); days: the last day looked at; first and last: only
    answers from `first` on and before `last` (aware; default: all).
    """
    where = str(zone or load_clinic().zone)
    bounds = {"first": first or "-infinity", "last": last or "infinity"}
    rows = session.execute(_COURSE, {"item": MOOD, "zone": where, "days": days, **bounds})
    return [
        CourseDay(int(day), float(median), float(low), float(high), int(courses), int(patients))
        for day, median, low, high, courses, patients in rows
    ]
