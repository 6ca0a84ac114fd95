"""The tables of the record of care. Importing this package registers all of them on `Base.metadata`."""

import bot.care.models.notes  # noqa: F401 - registered on the metadata; exported to nobody, see there
from bot.care.models.alerts import (
    Alert,
    AlertEvent,
    AlertState,
    Attempt,
    Disposition,
    Item,
    ItemKind,
    NextStep,
)
from bot.care.models.base import Base
from bot.care.models.check_ins import (
    CheckIn,
    CheckInAnswer,
    CheckInConsent,
    CheckInPause,
    CheckInReason,
    CheckInState,
)
from bot.care.models.conversations import (
    Channel,
    Conversation,
    Message,
    MessageState,
    PhoneNumber,
    Sender,
    WebSession,
)
from bot.care.models.follow_up import FollowUp, FollowUpAnswer, Whereabouts
from bot.care.models.identity import IdentityUse, Invite, PhoneShare
from bot.care.models.learning import Correction
from bot.care.models.operation import Heartbeat, Lately, LegalHold, ReportSnapshot, TrackerState
from bot.care.models.paging import (
    Absence,
    Climb,
    ClimbState,
    ContactPoint,
    Holiday,
    Page,
    PageLink,
    PageState,
    Responder,
    Shift,
)
from bot.care.models.people import Patient, Treatment
from bot.care.models.staff import (
    AuditEntry,
    AuditLink,
    GuidanceSignOff,
    RecoveryCode,
    SecondFactor,
    StaffMember,
    StaffSession,
)

__all__ = [
    "Absence",
    "Alert",
    "AlertEvent",
    "AlertState",
    "Attempt",
    "AuditEntry",
    "AuditLink",
    "Base",
    "Channel",
    "CheckIn",
    "CheckInAnswer",
    "CheckInConsent",
    "CheckInPause",
    "CheckInReason",
    "CheckInState",
    "Climb",
    "ClimbState",
    "ContactPoint",
    "Conversation",
    "Correction",
    "Disposition",
    "FollowUp",
    "FollowUpAnswer",
    "GuidanceSignOff",
    "Heartbeat",
    "Holiday",
    "IdentityUse",
    "Invite",
    "Item",
    "ItemKind",
    "Lately",
    "LegalHold",
    "Message",
    "MessageState",
    "NextStep",
    "Page",
    "PageLink",
    "PageState",
    "Patient",
    "PhoneNumber",
    "PhoneShare",
    "RecoveryCode",
    "ReportSnapshot",
    "Responder",
    "SecondFactor",
    "Sender",
    "Shift",
    "StaffMember",
    "StaffSession",
    "TrackerState",
    "Treatment",
    "WebSession",
    "Whereabouts",
]
