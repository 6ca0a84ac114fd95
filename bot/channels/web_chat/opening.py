"""A browser opens the chat: it goes on with its session, proves whose it is, or begins as somebody unknown."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care.browsers import leave_visit
from bot.care.conversations import conversation_of
from bot.care.database import transaction
from bot.care.invites import InviteRefused, redeem
from bot.care.models import Patient, WebSession
from bot.care.opening import open_now
from bot.channels.discreet import crisis_shown
from bot.channels.limits import Limits
from bot.channels.web_chat.identity import IdentityRefused, patient_of, read_identity, spend, use
from bot.channels.web_chat.sessions import greet, open_session, session_of
from bot.channels.web_chat.tokens import new_token, public_name
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Proofs:
    """What a browser brings along to be verified: the token of an invite link, or an identity signed by the portal."""

    invite: str | None = None
    identity: str | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Proofs:
        """From the body of a request; what is no text counts as not there."""
        return cls(_text(body.get("invite")), _text(body.get("identity")))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


@dataclass(frozen=True)
class Opening:
    """What opening the chat needs. secret: shared with the clinic's portal; None where there is none."""

    engine: Engine
    clinic: Clinic
    clock: Clock
    phrases: Phrases
    limits: Limits
    secret: bytes | None

    def open(
        self, token: str | None, proofs: Proofs, address: str, *, by_page: bool = False
    ) -> tuple[dict[str, Any], str | None]:
        """The state that the page begins with, and the token of a session that is new. by_page: the page keeps it.

        Raises InviteRefused, IdentityRefused, TooMany, DatabaseUnavailable.
        """
        now = self.clock.now()
        with transaction(self.engine) as session:
            current = session_of(session, token, self.clinic, now)
            patient = self._proven(session, current, proofs, address, now)
            given = None
            if patient is not None:
                given, current = self._go_on_as(session, current, patient, now, by_page)
            elif current is None:
                self.limits.opening(address, session)
                given, current = open_session(session, now, by_page=by_page)
            current.last_seen_at = now
            greet(session, current, self.clinic, self.phrases, now)
            return self._state(session, current, now), given

    def _proven(
        self, session: Session, current: WebSession | None, proofs: Proofs, address: str, now: datetime
    ) -> Patient | None:
        """The patient whom the browser has proven to be; None where it brings nothing, or nothing new."""
        if proofs.invite is not None:
            self.limits.opening(address, session)
            try:
                return redeem(session, proofs.invite, now)
            except InviteRefused:
                # The link that this browser has used itself, opened again from a bookmark or a message.
                if current is not None and current.verified:
                    return None
                raise
        if proofs.identity is None:
            return None
        try:
            identity = read_identity(proofs.identity, self.secret, now)
            patient = patient_of(session, identity)
            if current is not None and current.verified and current.conversation.patient_id == patient.id:
                # A page that is loaded again, be it with the same identity: nothing has to be proven any more, and
                # nobody else shall open a browser with what was not needed here.
                spend(session, identity, now)
            else:
                self.limits.opening(address, session)
                use(session, identity, now)
        except IdentityRefused as refused:
            log.warning("a signed identity was refused: %s", refused)
            raise
        return patient

    def _go_on_as(
        self,
        session: Session,
        current: WebSession | None,
        patient: Patient,
        now: datetime,
        by_page: bool,
    ) -> tuple[str | None, WebSession]:
        if current is not None and current.verified and current.conversation.patient_id == patient.id:
            return None, current
        if current is not None:
            leave_visit(session, current, conversation_of(session, patient), now)
        return open_session(session, now, patient, by_page=by_page)

    def without_database(self, address: str | None, *, by_page: bool = False) -> str:
        """The token of a visitor's session that is stored later, with its first message. address: whose new chat is
        counted, None where no limit counts. Raises TooMany."""
        if address is not None:
            self.limits.opening(address)
        return new_token(None, self.clock.now(), by_page=by_page)

    def _state(self, session: Session, web_session: WebSession, now: datetime) -> dict[str, Any]:
        patient = web_session.conversation.patient
        return {
            "session": "ok",
            "clinic": {
                "name": self.clinic.name,
                "phone": self.clinic.phone,
                "after_hours_phone": self.clinic.after_hours_phone,
                "crisis_line": self.clinic.crisis_line,
                "ambulance": self.clinic.ambulance,
                "on_shift": open_now(session, self.clinic, now),
            },
            "conversation": public_name(int(web_session.conversation_id)),
            "verified": bool(web_session.verified),
            "name": patient.name if patient is not None and web_session.verified else None,
            "crisis": crisis_shown(session, int(web_session.conversation_id)),
            "last_seq": web_session.conversation.last_seq,
        }
