"""A night in which nobody acknowledges: a patient writes, the ladder is climbed, and the patient is told."""

from __future__ import annotations

from dataclasses import dataclass

from bot.care import alerts, conversations, heartbeats, ownership
from bot.care.database import transaction
from bot.care.models import Channel, Message
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.replies import rule_kinds
from bot.safety.verdict import Verdict
from bot.work.nobody_yet import tell_of_nobody_yet
from tests.work.paging_scene import Duty

WORDS = dict.fromkeys(Channel, "Nora writes with you now.")
HARMED = next(
    one for one, (level, kind) in rule_kinds().items() if (level, kind) == (Level.CRISIS, "being_harmed")
)
"""A rule of somebody whose phone may be watched."""


@dataclass
class Night:
    """Nobody acknowledges: pages are shown in place of sending, and time passes."""

    duty: Duty
    conversation: int = 0
    alert: int = 0

    def writes(
        self, text: str, level: str = "crisis", channel: Channel = Channel.WEB, fired: tuple[str, ...] = ()
    ) -> None:
        number = len(self.said()) + 1000 if self.conversation else 0
        with transaction(self.duty.engine) as session:
            if not self.conversation:
                made = (
                    conversations.conversation_for_number(session, "+12125550161")
                    if channel is Channel.SMS
                    else conversations.start_conversation(session)
                )
                self.conversation = int(made.id)
            conversations.receive(
                session,
                self.conversation,
                channel=channel,
                external_id=f"night-{number}-{self.duty.clock.now()}",
                text=text,
                verdict=Verdict(Level(level), 0.9, ("A reason",), fired=fired),
                now=self.duty.clock.now(),
            )
            found = alerts.unresolved_alert(session, self.conversation)
            self.alert = int(found.id) if found is not None else 0

    def care_beats(self) -> None:
        """A care worker is there, which sends texts."""
        now = self.duty.clock.now()
        with transaction(self.duty.engine) as session:
            heartbeats.beat(session, "care", now, now)

    def taken_over(self) -> None:
        nurse, now = self.duty.nurse(), self.duty.clock.now()
        with transaction(self.duty.engine) as session:
            ownership.take_over(
                session, self.conversation, nurse, now, expected_owner_id=None, announcement=WORDS
            )

    def passes(self, minutes: float) -> None:
        self.duty.pass_time(minutes, step=1)
        self.look()

    def look(self) -> int:
        return tell_of_nobody_yet(self.duty.engine, Phrases.load(), self.duty.clinic, self.duty.clock)

    def said(self, kind: str = "nobody_yet") -> list[Message]:
        with transaction(self.duty.engine) as session:
            found = session.query(Message).filter_by(conversation_id=self.conversation, kind=kind)
            return list(found.order_by(Message.seq))
