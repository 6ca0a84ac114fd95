"""The tables of the record of care. Importing this package registers all of them on `Base.metadata`."""

from bot.care.models.alerts import Alert, AlertEvent, AlertState, Disposition, Item, ItemKind
from bot.care.models.base import Base
from bot.care.models.check_ins import CheckIn, CheckInAnswer, CheckInConsent, CheckInReason, CheckInState
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
from bot.care.models.operation import Heartbeat, TrackerState
from bot.care.models.people import Patient, Treatment
from bot.care.models.staff import AuditEntry, GuidanceSignOff, StaffMember, StaffSession

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertState",
    "AuditEntry",
    "Base",
    "Channel",
    "CheckIn",
    "CheckInAnswer",
    "CheckInConsent",
    "CheckInReason",
    "CheckInState",
    "Conversation",
    "Disposition",
    "FollowUp",
    "FollowUpAnswer",
    "GuidanceSignOff",
    "Heartbeat",
    "IdentityUse",
    "Invite",
    "Item",
    "ItemKind",
    "Message",
    "MessageState",
    "Patient",
    "PhoneNumber",
    "PhoneShare",
    "Sender",
    "StaffMember",
    "StaffSession",
    "TrackerState",
    "Treatment",
    "WebSession",
    "Whereabouts",
]
