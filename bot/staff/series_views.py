"""A patient's series of check-ins: beside the conversation, on a page of its own, and to take along."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import select
from starlette.responses import Response

from bot.care import people
from bot.care.chart import Panel, Wording, panels_of, svg
from bot.care.fhir import bundle
from bot.care.models import Conversation, Patient
from bot.care.ownership import UnknownConversation
from bot.care.series import Point, PointState, Series, conversation_series, main_item, mood_series
from bot.clinic.instruments import InstrumentError, load_instrument
from bot.staff.console import View, Visit
from bot.staff.labels import POINTS, plain
from bot.staff.permissions import Permission
from bot.staff.series_files import csv_of, png_of

WORDING = Wording(
    title="Check-ins over time",
    treatment="infusion",
    no_answer="no answer",
    mood="Mood, 0 (the worst) to 10 (the best)",
    phq9="PHQ-9 total, 0 to 27",
    phq2="PHQ-2 total, 0 to 6",
)

NARROW, WIDE = 330, 760
"""Pixels: beside a conversation, and on a page of its own."""

ROWS_BESIDE = 20


@dataclass(frozen=True)
class Row:
    """One line of the table. value: the number or why there is none; typed: what the patient wrote."""

    at: datetime
    what: str
    item: str
    value: str
    typed: str
    corrected: bool


def page(visit: Visit) -> Response:
    """The chart, the table behind it, and the files."""
    patient, series = _of_patient(visit)
    visit.note("series.viewed", f"patient:{patient.id}")
    return visit.page(
        "series.html",
        patient=patient,
        series=series,
        rows=_rows(series.points),
        chart=_chart(visit, series, WIDE),
        small_chart=_chart(visit, series, NARROW),
    )


def beside(visit: Visit) -> Response:
    """The chart for an open conversation, which asks for it by itself; whoever opened that is in the audit."""
    statement = select(Conversation).where(Conversation.id == visit.id())
    conversation = visit.record.execute(statement).scalar_one_or_none()
    if conversation is None:
        raise UnknownConversation(f"There is no conversation {visit.id()}. Go back to the queue.")
    series = conversation_series(visit.record, int(conversation.id))
    main = [point for point in series.points if point.item == main_item(point.instrument)]
    return visit.page(
        "_series.html",
        patient_id=conversation.patient_id,
        rows=_rows(main)[:ROWS_BESIDE],
        chart=_chart(visit, series, NARROW) if main else "",
    )


def as_svg(visit: Visit) -> Response:
    """The chart alone, as on the page."""
    patient, series = _of_patient(visit)
    visit.note("series.viewed", f"patient:{patient.id}")
    return Response(str(_chart(visit, series, WIDE)), media_type="image/svg+xml")


def as_png(visit: Visit) -> Response:
    """The chart as a picture for a letter."""
    patient, series = _of_patient(visit)
    clinic = visit.console.clinic
    picture = png_of(series, _panels(series), WORDING, clinic.zone, visit.now)
    return _file(visit, patient, picture, "image/png", "png")


def as_csv(visit: Visit) -> Response:
    """Everything that was answered, for a spreadsheet."""
    patient, series = _of_patient(visit)
    return _file(visit, patient, csv_of(series, visit.console.clinic.zone), "text/csv; charset=utf-8", "csv")


def as_fhir(visit: Visit) -> Response:
    """Everything that was answered, for another record."""
    patient, series = _of_patient(visit)
    whole = bundle(patient, series, visit.console.clinic.web.public_url, visit.now)
    return _file(visit, patient, json.dumps(whole).encode(), "application/fhir+json", "json")


def _file(visit: Visit, patient: Patient, content: bytes, media_type: str, ending: str) -> Response:
    visit.note("series.exported", f"patient:{patient.id}", format=ending)
    # No name of a patient in the name of a file: it stands in the history of browsers.
    disposition = f'attachment; filename="check-ins-{patient.id}.{ending}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


def _of_patient(visit: Visit) -> tuple[Patient, Series]:
    patient = people.patient_by_id(visit.record, visit.id())
    return patient, mood_series(visit.record, int(patient.id))


def _panels(series: Series) -> list[Panel]:
    return panels_of(series, WORDING)


def _chart(visit: Visit, series: Series, width: int) -> Markup:
    # Safe to stand in a page as it is: the drawing escapes what is written on it, and nothing of it is a patient's.
    return Markup(svg(series, _panels(series), WORDING, visit.console.clinic.zone, visit.now, width))


def _rows(points: Sequence[Point]) -> list[Row]:
    """Newest first."""
    return [_row(point) for point in sorted(points, key=lambda one: one.at, reverse=True)]


def _row(point: Point) -> Row:
    try:
        instrument = load_instrument(point.instrument)
        item = instrument.item(point.item)
        what, name = instrument.title, item.label if item is not None else ""
    except InstrumentError:
        item, what, name = None, plain(point.instrument), ""
    if point.value is not None:
        # The first word of a number is its name: "2 (a little)".
        word = next((word for word, number in item.words if number == point.value), "") if item else ""
        value = f"{point.value:g} ({word})" if word else f"{point.value:g}"
    else:
        value = "" if point.state is PointState.ANSWERED else POINTS[point.state.value]
    return Row(point.at, what, plain(name or point.item), value, point.raw, point.corrected)


_PATIENT = "/staff/patients/{id:int}"
VIEWS = [
    View("GET", f"{_PATIENT}/series", Permission.CONVERSATION_VIEW, page),
    View("GET", f"{_PATIENT}/series.svg", Permission.CONVERSATION_VIEW, as_svg),
    View("GET", f"{_PATIENT}/series.png", Permission.SERIES_EXPORT, as_png),
    View("GET", f"{_PATIENT}/series.csv", Permission.SERIES_EXPORT, as_csv),
    View("GET", f"{_PATIENT}/fhir", Permission.SERIES_EXPORT, as_fhir),
    View("GET", "/staff/conversations/{id:int}/series", Permission.CONVERSATION_VIEW, beside, passive=True),
]
