"""Everything that the clinic keeps of one patient as a FHIR R4B Bundle, for another record: what the JSON file holds
(bot/care/export.py), in the resources of FHIR.

Messages are Communications, infusions Procedures, consents Consents, alerts DetectedIssues with what was done about
them. https://hl7.org/fhir/R4B/communication.html, procedure.html, consent.html, detectedissue.html
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.care.export import everything
from bot.care.fhir import LOINC, Json, Names, bundle, entry_of
from bot.care.models import MessageState
from bot.care.people import patient_by_id
from bot.care.series import mood_series

LEVELS = "urn:aftercare:level"
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_CONSENT = "59284-0"
"""LOINC: Patient Consent."""

_SENT = {
    MessageState.QUEUED.value: "in-progress",
    MessageState.FAILED.value: "not-done",
    MessageState.WITHHELD.value: "not-done",
}
_SEVERITY = {"crisis": "high", "emergency": "high", "unassessed": "moderate", "urgent": "moderate"}


def whole_bundle(session: Session, patient_id: int, clinic_url: str, now: datetime) -> Json:
    """The whole record as a FHIR Bundle of type collection, in plain JSON types. Left out is what the JSON file leaves
    out. clinic_url: as in `bot.care.fhir.bundle`. Raises UnknownPatient."""
    patient = patient_by_id(session, patient_id)
    whole = bundle(patient, mood_series(session, patient_id), clinic_url, now)
    record, names = everything(session, patient_id, now), Names(clinic_url.rstrip("/"))
    first = whole["entry"][0]
    _complete(first["resource"], record)
    subject = {"reference": first["fullUrl"]}
    parts = (
        ("treatment", record["treatments"], _procedure),
        ("consent", _numbered(record["consents"]), _consent),
        ("message", record["messages"], _communication),
        ("alert", record["alerts"], _issue),
    )
    for kind, rows, made in parts:
        for row in rows:
            resource = made(row, subject, now)
            whole["entry"].append(entry_of(names.url(kind, row["id"]), resource))
    return whole


def _numbered(rows: list[Json]) -> list[Json]:
    return [{"id": f"{row['channel']}/{row['given_at']}", **row} for row in rows]


def _complete(patient: Json, record: Json) -> None:
    """What another record needs to know the person by, and whom to call."""
    details = record["patient"]
    numbers = [one["number"] for one in record["numbers"]] or list(filter(None, [details["phone"]]))
    if numbers:
        patient["telecom"] = [{"system": "phone", "value": number} for number in numbers]
    if address := _words(details["address"]):
        patient["address"] = [{"text": address}]
    if contact := _words(details["emergency_contact"]):
        patient["contact"] = [{"relationship": [{"text": "Emergency contact"}], "name": {"text": contact}}]


def _procedure(row: Json, subject: Json, now: datetime) -> Json:
    ahead = datetime.fromisoformat(row["infusion_at"]) > now
    status = "not-done" if row["cancelled_at"] else "preparation" if ahead else "completed"
    return {
        "resourceType": "Procedure",
        "status": status,
        "code": {"text": "Ketamine infusion"},
        "subject": subject,
        "performedDateTime": row["infusion_at"],
    }


def _consent(row: Json, subject: Json, now: datetime) -> Json:
    channel = {"sms": "text message", "web": "web chat"}.get(row["channel"], row["channel"])
    period = {"start": row["given_at"], **({"end": row["withdrawn_at"]} if row["withdrawn_at"] else {})}
    return {
        "resourceType": "Consent",
        "status": "inactive" if row["withdrawn_at"] else "active",
        "scope": {"coding": [{"system": SCOPE, "code": "treatment"}]},
        "category": [{"coding": [{"system": LOINC, "code": _CONSENT}]}],
        "patient": subject,
        "dateTime": row["given_at"],
        "policyRule": {"text": f"Check-ins by {channel}, agreed to {row['how'].replace('_', ' ')}"},
        "provision": {"period": period},
    }


def _communication(row: Json, subject: Json, now: datetime) -> Json:
    of_patient = row["sender"] == "patient"
    resource: Json = {
        "resourceType": "Communication",
        "status": "completed" if of_patient else _SENT.get(row["state"], "completed"),
        "medium": [{"text": {"sms": "text message", "web": "web chat"}.get(row["channel"], row["channel"])}],
        "subject": subject,
        "sent": row["at"],
        "sender": subject if of_patient else {"display": row["written_by"] or "Automated assistant"},
    }
    if not of_patient:
        resource["recipient"] = [subject]
    if words := _words(row["text"]):
        resource["payload"] = [{"contentString": words}]
    if row["reasons"]:
        resource["reasonCode"] = [{"text": reason} for reason in map(_words, row["reasons"]) if reason]
    return resource


def _issue(row: Json, subject: Json, now: datetime) -> Json:
    resource: Json = {
        "resourceType": "DetectedIssue",
        "status": "final",
        "code": {
            "coding": [{"system": LEVELS, "code": row["level"]}],
            "text": _words("; ".join(row["reasons"])) or row["level"],
        },
        "severity": _SEVERITY.get(row["level"], "low"),
        "patient": subject,
        "identifiedDateTime": row["opened_at"],
    }
    if row["disposition"]:
        ended = _words(f"{row['disposition'].replace('_', ' ')}: {row['note'] or ''}").rstrip(": ")
        done: Json = {"action": {"text": ended}, "date": row["resolved_at"]}
        if row["resolved_by"]:
            done["author"] = {"display": row["resolved_by"]}
        resource["mitigation"] = [done]
    return resource


def _words(text: str | None) -> str:
    """A text as FHIR takes it: not empty, no control characters but line ends. "" where nothing is left."""
    kept = "".join(one for one in text or "" if one in "\n\t" or one.isprintable())
    return kept.strip()
