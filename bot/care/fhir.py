"""A patient's series as FHIR R4B JSON: a Bundle of the patient, one QuestionnaireResponse a check-in, and Observations.

Made by hand, since FHIR is plain JSON; tests check it with a FHIR library. The codes are LOINC's where it has the very
question (panel 44249-1 for the PHQ-9, 55757-9 for the PHQ-2), and ours for all others.
https://hl7.org/fhir/R4B/questionnaireresponse.html, https://hl7.org/fhir/R4B/observation.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from bot.care.models import CheckInState, Patient
from bot.care.series import TOTAL, Point, PointState, Series
from bot.clinic.instruments import InstrumentError, load_instrument

Json = dict[str, Any]

LOINC = "http://loinc.org"
OWN = "urn:aftercare:item"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
UCUM = "http://unitsofmeasure.org"

_ITEM_CODES = {
    "phq_interest": "44250-9",
    "phq_down": "44255-8",
    "phq_sleep": "44259-0",
    "phq_tired": "44254-1",
    "phq_appetite": "44251-7",
    "phq_failure": "44258-2",
    "phq_concentration": "44252-5",
    "phq_moving": "44253-3",
    "phq_harm": "44260-8",
}
_TOTAL_CODES = {"phq9": "44261-6", "phq2": "55758-7"}
_STATUS = {
    CheckInState.FINISHED.value: "completed",
    CheckInState.OPEN.value: "in-progress",
    CheckInState.SENT.value: "in-progress",
}
_WHY_ABSENT = {
    PointState.SKIPPED: ("asked-declined", "Asked But Declined"),
    PointState.MISSED: ("asked-unknown", "Asked But Unknown"),
    PointState.INCOMPLETE: ("asked-unknown", "Asked But Unknown"),
    PointState.NOT_SENT: ("not-asked", "Not Asked"),
}


def bundle(patient: Patient, series: Series, clinic_url: str, now: datetime) -> Json:
    """The series as a FHIR Bundle of type collection, in plain JSON types.

    clinic_url: the clinic's public address: identifiers of two clinics must not meet. Identifiers stay the same from
    export to export, so that a record that has taken one in recognises the next.
    """
    names = Names(clinic_url.rstrip("/"))
    subject = names.url("patient", patient.id)
    entries = [entry_of(subject, _patient(patient, names))]
    for check_in_id, group in groupby(_by_check_in(series), key=lambda point: point.check_in_id):
        points = list(group)
        response = names.url("check-in", check_in_id)
        given = any(point.item != TOTAL and point.state is not PointState.MISSED for point in points)
        if given and points[0].check_in_state != CheckInState.EXPIRED.value:
            entries.append(entry_of(response, _response(points, subject)))
            derived: str | None = response
        else:
            derived = None
        for point in points:
            if point.value is not None or point.state is not PointState.ANSWERED:
                url = names.url("observation", f"{check_in_id}/{point.item}")
                entries.append(entry_of(url, _observation(point, subject, derived)))
    return {"resourceType": "Bundle", "type": "collection", "timestamp": now.isoformat(), "entry": entries}


class Names:
    """Stable identifiers below one clinic's address."""

    def __init__(self, clinic_url: str) -> None:
        self.base = clinic_url
        self._space: UUID = uuid5(NAMESPACE_URL, clinic_url)

    def url(self, kind: str, identifier: object) -> str:
        """The identifier of one resource: the same in every export."""
        return f"urn:uuid:{uuid5(self._space, f'{kind}/{identifier}')}"


def _by_check_in(series: Series) -> Sequence[Point]:
    first: dict[int, datetime] = {}
    for point in series.points:
        first[point.check_in_id] = min(point.at, first.get(point.check_in_id, point.at))
    return sorted(series.points, key=lambda point: (first[point.check_in_id], point.check_in_id))


def entry_of(url: str, resource: Json) -> Json:
    """A resource as an entry of a bundle, under an identifier of `Names`."""
    return {"fullUrl": url, "resource": {**resource, "id": url.rsplit(":", 1)[-1]}}


def _patient(patient: Patient, names: Names) -> Json:
    resource: Json = {
        "resourceType": "Patient",
        "identifier": [{"system": f"{names.base}/patient", "value": str(patient.id)}],
        "name": [{"text": str(patient.name)}],
    }
    if patient.date_of_birth is not None:
        resource["birthDate"] = patient.date_of_birth.isoformat()
    return resource


def _response(points: Sequence[Point], subject: str) -> Json:
    instrument, version = points[0].instrument, points[0].version
    status = _STATUS.get(points[0].check_in_state, "stopped")
    if status == "completed" and any(point.corrected for point in points):
        status = "amended"
    answered = [point for point in points if point.item != TOTAL and point.state is not PointState.MISSED]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"urn:aftercare:instrument:{instrument}|{version}",
        "status": status,
        "subject": {"reference": subject},
        "authored": max(point.at for point in answered).isoformat(),
        "source": {"reference": subject},
        "item": [_answer(point) for point in answered],
    }


def _answer(point: Point) -> Json:
    item: Json = {"linkId": point.item, "text": _label(point)}
    words = point.raw.replace("\r", "").strip()
    if point.value is not None:
        item["answer"] = [{"valueDecimal": point.value}]
    elif point.state is PointState.ANSWERED and words:
        item["answer"] = [{"valueString": words}]
    return item


def _observation(point: Point, subject: str, response: str | None) -> Json:
    observation: Json = {
        "resourceType": "Observation",
        "status": "amended" if point.corrected else "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "survey", "display": "Survey"}]}],
        "code": _code(point),
        "subject": {"reference": subject},
        "effectiveDateTime": point.at.isoformat(),
    }
    if point.value is not None:
        observation["valueQuantity"] = {
            "value": point.value,
            "unit": "score",
            "system": UCUM,
            "code": "{score}",
        }
    else:
        code, display = _WHY_ABSENT[point.state]
        observation["dataAbsentReason"] = {"coding": [{"system": ABSENT, "code": code, "display": display}]}
    if response is not None:
        observation["derivedFrom"] = [{"reference": response}]
    return observation


def _code(point: Point) -> Json:
    codings: list[Mapping[str, str]] = []
    totals = point.item == TOTAL
    known = _TOTAL_CODES.get(point.instrument) if totals else _ITEM_CODES.get(point.item)
    if known is not None:
        codings.append({"system": LOINC, "code": known})
    codings.append({"system": OWN, "code": f"{point.instrument}.{point.item}", "display": _label(point)})
    return {"coding": codings, "text": _label(point)}


def _label(point: Point) -> str:
    """What the item is called; its key where the questionnaire was taken out since."""
    try:
        instrument = load_instrument(point.instrument)
    except InstrumentError:
        return point.item
    if point.item == TOTAL:
        return f"{instrument.title} total"
    item = instrument.item(point.item)
    return item.label or point.item if item is not None else point.item
