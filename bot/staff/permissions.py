"""Who may do what. One table; what it does not grant is refused."""

from __future__ import annotations

from enum import Enum


class Permission(str, Enum):
    """A named thing that a member of staff may do."""

    QUEUE_VIEW = "queue.view"
    CONVERSATION_VIEW = "conversation.view"
    CONVERSATION_WRITE = "conversation.write"
    ALERT_HANDLE = "alert.handle"
    ALERT_CLOSE_UNREACHED = "alert.close_unreached"
    ROSTER_VIEW = "roster.view"
    ROSTER_EDIT = "roster.edit"
    PATIENT_VIEW = "patient.view"
    PATIENT_EDIT = "patient.edit"
    PATIENT_IMPORT = "patient.import"
    PATIENT_EXPORT = "patient.export"
    PATIENT_MERGE = "patient.merge"
    PATIENT_ERASE = "patient.erase"
    NOTE_VIEW = "note.view"
    NOTE_WRITE = "note.write"
    SERIES_EXPORT = "series.export"
    GUIDANCE_VIEW = "guidance.view"
    GUIDANCE_SIGN = "guidance.sign"
    AUDIT_VIEW = "audit.view"
    ACCOUNT_OWN = "account.own"
    ACCOUNT_MANAGE = "account.manage"
    REPORT_VIEW = "report.view"
    MESSAGE_CORRECT = "message.correct"

    @property
    def description(self) -> str:
        """What it allows, for the person who is refused."""
        return _DESCRIPTIONS[self]


_DESCRIPTIONS = {
    Permission.QUEUE_VIEW: "see the queue",
    Permission.CONVERSATION_VIEW: "read conversations",
    Permission.CONVERSATION_WRITE: "take over conversations and write to patients",
    Permission.ALERT_HANDLE: "acknowledge and resolve alerts, and close items",
    Permission.ALERT_CLOSE_UNREACHED: "close an alert although the patient was not reached",
    Permission.ROSTER_VIEW: "see who is on call",
    Permission.ROSTER_EDIT: "change who is on call",
    Permission.PATIENT_VIEW: "see the list of patients",
    Permission.PATIENT_EDIT: "enrol patients and record treatments",
    Permission.PATIENT_IMPORT: "enrol many patients from a file",
    Permission.PATIENT_EXPORT: "save everything about a patient as a file",
    Permission.PATIENT_MERGE: "make one of two records of the same patient",
    Permission.PATIENT_ERASE: "erase a patient",
    Permission.NOTE_VIEW: "read private notes",
    Permission.NOTE_WRITE: "write private notes",
    Permission.SERIES_EXPORT: "save a patient's check-ins as a file",
    Permission.GUIDANCE_VIEW: "read the guidance",
    Permission.GUIDANCE_SIGN: "sign off the guidance",
    Permission.AUDIT_VIEW: "read the audit",
    Permission.ACCOUNT_OWN: "see to your own account",
    Permission.ACCOUNT_MANAGE: "see to the accounts of others",
    Permission.REPORT_VIEW: "see the reports",
    Permission.MESSAGE_CORRECT: "say what a message should have been taken for",
}


class Role(str, Enum):
    """What a member of staff is to the console."""

    NURSE = "nurse"
    CLINICIAN = "clinician"
    ADMIN = "admin"
    AUDITOR = "auditor"


_CARE = frozenset(
    {
        Permission.ACCOUNT_OWN,
        Permission.QUEUE_VIEW,
        Permission.CONVERSATION_VIEW,
        Permission.CONVERSATION_WRITE,
        Permission.ALERT_HANDLE,
        Permission.ROSTER_VIEW,
        Permission.ROSTER_EDIT,
        Permission.PATIENT_VIEW,
        Permission.PATIENT_EDIT,
        Permission.PATIENT_IMPORT,
        Permission.NOTE_VIEW,
        Permission.NOTE_WRITE,
        Permission.SERIES_EXPORT,
        Permission.GUIDANCE_VIEW,
        Permission.REPORT_VIEW,
        Permission.MESSAGE_CORRECT,
    }
)

ROLES: dict[Role, frozenset[Permission]] = {
    Role.NURSE: _CARE,
    # Only who may prescribe may sign what patients are told.
    Role.CLINICIAN: _CARE
    | {
        Permission.PATIENT_EXPORT,
        Permission.PATIENT_MERGE,
        Permission.PATIENT_ERASE,
        Permission.ALERT_CLOSE_UNREACHED,
        Permission.GUIDANCE_SIGN,
    },
    # The front desk: people and dates, not what patients write (HIPAA's minimum necessary, 45 CFR 164.502(b)).
    Role.ADMIN: frozenset(
        {
            Permission.ROSTER_VIEW,
            Permission.ROSTER_EDIT,
            Permission.PATIENT_VIEW,
            Permission.PATIENT_EDIT,
            Permission.PATIENT_IMPORT,
            Permission.PATIENT_MERGE,
            Permission.PATIENT_ERASE,
            Permission.GUIDANCE_VIEW,
            Permission.AUDIT_VIEW,
            Permission.REPORT_VIEW,
            Permission.ACCOUNT_OWN,
            Permission.ACCOUNT_MANAGE,
        }
    ),
    Role.AUDITOR: frozenset(
        {Permission.ACCOUNT_OWN, Permission.GUIDANCE_VIEW, Permission.AUDIT_VIEW, Permission.REPORT_VIEW}
    ),
}


def may(role: str, permission: Permission) -> bool:
    """Whether the role grants the permission; an unknown role grants nothing."""
    try:
        return permission in ROLES[Role(role)]
    except ValueError:
        return False
