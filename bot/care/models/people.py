"""Patients and their infusions."""

from __future__ import annotations

from sqlalchemy import Column, Computed, Date, ForeignKey, Index, Integer, String, Text, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import relationship

from bot.care.models.base import Base, Timestamp
from bot.care.models.names import NAME_WORDS


class Patient(Base):
    """Somebody the clinic treats. Address, birth date and emergency contact are what a welfare check needs.

    An erased one stays as a row without anything about the person; one that was enrolled twice stays as it was, and
    `merged_into` is the one that counts.
    """

    __tablename__ = "patient"

    id = Column(Integer, primary_key=True)
    name = Column(String(200), nullable=False)
    date_of_birth = Column(Date)
    phone = Column(String(32))
    address = Column(Text)
    emergency_contact = Column(Text)
    # What the clinic's portal calls this patient, for those who come from there already signed in.
    portal_id = Column(String(64), unique=True)
    # The IANA name of the zone in which the patient lives; empty: the clinic's.
    time_zone = Column(String(64))
    created_at = Column(Timestamp, nullable=False, server_default=func.now())
    # The words of the name for the search: the database keeps them.
    name_words = Column(TSVECTOR, Computed(NAME_WORDS.replace(":", "\\:"), persisted=True))
    erased_at = Column(Timestamp)
    erased_by_id = Column(ForeignKey("staff_member.id"))
    erased_because = Column(String(32))
    merged_into_id = Column(ForeignKey("patient.id"), index=True)
    merged_at = Column(Timestamp)
    merged_by_id = Column(ForeignKey("staff_member.id"))

    treatments = relationship("Treatment", back_populates="patient", order_by="Treatment.infusion_at")
    conversation = relationship("Conversation", back_populates="patient", uselist=False)
    merged_into = relationship("Patient", remote_side=[id])

    __table_args__ = (Index("ix_patient_name_words", "name_words", postgresql_using="gin"),)


class Treatment(Base):
    """One infusion, planned or given. Cancelled ones stay, with the time of cancelling."""

    __tablename__ = "treatment"

    id = Column(Integer, primary_key=True)
    patient_id = Column(ForeignKey("patient.id"), nullable=False)
    infusion_at = Column(Timestamp, nullable=False)
    cancelled_at = Column(Timestamp)
    created_at = Column(Timestamp, nullable=False, server_default=func.now())

    patient = relationship("Patient", back_populates="treatments")

    __table_args__ = (
        Index("ix_treatment_patient_id_infusion_at", "patient_id", "infusion_at"),
        Index("ix_treatment_infusion_at", "infusion_at"),  # whose plan is not over
    )  # every answer
