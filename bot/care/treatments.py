"""Infusions: recorded, moved, cancelled. The check-ins that follow them go along."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import check_in_plan
from bot.care.models import Treatment
from bot.care.people import UnknownPatient, patient_by_id
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic

LONGEST_AGO = timedelta(days=730)
FURTHEST_AHEAD = timedelta(days=365)
"""An infusion beyond these is a slip of the keyboard: a wrong year moves every answer of that patient."""


class ImplausibleTreatment(AftercareError):
    """The time of an infusion is far off, or one is recorded at that time already."""

    code, status = "AC213", 422


def treatment_by_id(session: Session, treatment_id: int) -> Treatment:
    """The infusion. Raises UnknownPatient."""
    treatment = session.get(Treatment, treatment_id)
    if treatment is None:
        raise UnknownPatient(f"There is no treatment {treatment_id}. Go back to the patient.")
    return treatment


def record_treatment(
    session: Session, patient_id: int, infusion_at: datetime, clinic: Clinic, now: datetime
) -> Treatment:
    """Record an infusion, given or planned, and plan the check-ins that follow it. infusion_at: aware.

    Raises UnknownPatient, ImplausibleTreatment.
    """
    patient = patient_by_id(session, patient_id)
    _check_time(session, int(patient.id), infusion_at, now)
    treatment = Treatment(patient_id=patient.id, infusion_at=infusion_at, created_at=now)
    session.add(treatment)
    session.flush()
    check_in_plan.replan(session, int(patient.id), clinic, now)
    return treatment


def move_treatment(
    session: Session, treatment_id: int, infusion_at: datetime, clinic: Clinic, now: datetime
) -> Treatment:
    """The infusion begins, or began, at another time (aware); its check-ins move along, those already sent stay.

    Raises UnknownPatient (no such treatment), ImplausibleTreatment (also where it was cancelled).
    """
    treatment = treatment_by_id(session, treatment_id)
    if treatment.cancelled_at is not None:
        raise ImplausibleTreatment("This treatment was cancelled. Record a new one.")
    if treatment.infusion_at != infusion_at:
        _check_time(session, int(treatment.patient_id), infusion_at, now)
        treatment.infusion_at = infusion_at
        session.flush()
        check_in_plan.replan(session, int(treatment.patient_id), clinic, now)
    return treatment


def cancel_treatment(session: Session, treatment_id: int, clinic: Clinic, now: datetime) -> Treatment:
    """An infusion that did not or will not take place; the row stays, its check-ins that were not sent are cancelled.

    Raises UnknownPatient where there is none.
    """
    treatment = treatment_by_id(session, treatment_id)
    if treatment.cancelled_at is None:
        treatment.cancelled_at = now
        session.flush()
        check_in_plan.replan(session, int(treatment.patient_id), clinic, now)
    return treatment


def check_plausible(infusion_at: datetime, now: datetime) -> None:
    """Raises ImplausibleTreatment where an infusion at that time (aware) is a slip of the keyboard."""
    if not now - LONGEST_AGO < infusion_at < now + FURTHEST_AHEAD:
        raise ImplausibleTreatment("That date is more than two years ago or a year ahead. Check the year.")


def _check_time(session: Session, patient_id: int, infusion_at: datetime, now: datetime) -> None:
    check_plausible(infusion_at, now)
    same = select(Treatment.id).where(
        Treatment.patient_id == patient_id,
        Treatment.infusion_at == infusion_at,
        Treatment.cancelled_at.is_(None),
    )
    if session.execute(same).first() is not None:
        raise ImplausibleTreatment("A treatment at that time is recorded already.")
