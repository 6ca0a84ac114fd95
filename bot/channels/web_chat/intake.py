"""A message comes in from a browser: placed, screened, stored once. Blocking; the route runs each step in a thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.care import conversations
from bot.care.alerts import open_item, unresolved
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Channel, Conversation, ItemKind, Message, Sender, WebSession
from bot.channels.assessing import Assessing
from bot.channels.follow_up import Before, FollowUps
from bot.channels.immediate import immediate_reply
from bot.channels.opting_out import keep_wish, last_word
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept
from bot.channels.take_in import graver, late
from bot.channels.told import AT_ONCE, answered_at_once, notice, record
from bot.channels.web_chat.errors import TooLong
from bot.channels.web_chat.sessions import adopt, open_session, require, session_at
from bot.channels.web_chat.tokens import Proof, prove, public_name, token_hash
from bot.channels.web_chat.wire import LONGEST_TEXT, Incoming, kept_json, message_json, unstored_reply_json
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

ENDED_SESSION = (
    "While the record could not be reached, this came through a browser whose chat had been ended before. It is not "
    "known who wrote it."
)
"""For staff."""


def _known() -> Any:
    conversation_id = bindparam("conversation", type_=BigInteger)
    again = conversations.delivered_before(conversation_id, Channel.WEB, bindparam("external_id"))
    return select(unresolved(conversation_id), again)


_KNOWN: Final = _known()
"""SQL: whether the conversation has an unresolved alert, and the message was taken in before."""


@dataclass(frozen=True)
class Place:
    """Where a message belongs, what stands before it there, and for how many seconds its sender has to wait."""

    conversation_id: int
    before: Before
    wait: int = 0


@dataclass(frozen=True)
class Intake:
    """What taking in a message needs."""

    engine: Engine
    clinic: Clinic
    clock: Clock
    screen: Assessing
    phrases: Phrases

    def place(
        self, token: str | None, conversation: str | None, count: Callable[[Session], int] | None = None
    ) -> Place:
        """Where a browser's message belongs. count: counts it against the limits, in the same transaction; where that
        fails, the message waits for nothing. Raises UnknownSession, OtherConversation, DatabaseUnavailable."""
        place = None
        try:
            with transaction(self.engine) as session:
                session.connection()  # nobody is told that they have no session while that cannot be known
                now = self.clock.now()
                found = require(session, token, self.clinic, now, conversation)
                conversation_id = int(found.conversation_id)
                place = Place(conversation_id, self.follow_ups.before(session, conversation_id, now))
                return replace(place, wait=count(session)) if count is not None else place
        except (DatabaseUnavailable, SQLAlchemyError) as error:
            if place is None:
                raise
            log.warning("a message was counted by this process alone: %s", type(error).__name__)
            return place

    def open_for_grave(self, *, by_page: bool = False) -> tuple[str, Place]:
        """A new visitor's session and its place, for a grave message of a browser that has none: it is stored and put
        before staff like any other. Raises DatabaseUnavailable."""
        with transaction(self.engine) as session:
            token, opened = open_session(session, self.clock.now(), by_page=by_page)
            return token, Place(int(opened.conversation_id), Before())

    @property
    def follow_ups(self) -> FollowUps:
        """What is asked after a crisis text."""
        return FollowUps.load(self.phrases, self.clinic)

    def assess(self, message: Incoming, before: Before) -> Verdict:
        """The verdict on what was typed, read together with what stands before it; for a tapped button, on the number
        it stands for as well."""
        return self._assess(message.text, message.choice, before)

    def _assess(self, text: str, choice: str | None, before: Before) -> Verdict:
        question = self.follow_ups.context(before, choice or text)
        verdict = self.follow_ups.assess(self.screen, before, text, question)
        if choice is not None:
            chosen = self.screen.assess(choice, question)
            verdict = max(verdict, chosen, key=lambda one: one.level.rank)
        return verdict

    def store(self, place: Place, message: Incoming, verdict: Verdict) -> dict[str, Any]:
        """Store a message once and say so. Raises TooLong, DatabaseUnavailable."""
        _refuse_too_long(message, verdict)
        with transaction(self.engine) as session:
            conversation = conversations.lock(session, place.conversation_id)
            received = self._store(
                session, conversation, _said(message), message.id, verdict, place.before, self.clock.now()
            )
            replies: list[Message] = []
            if received.reply is not None or not received.new:
                replies = conversations.replies_at_once(session, received.message, AT_ONCE)
            return {
                "message": message_json(received.message),
                "reply": message_json(replies[0]) if replies else None,
                "more": [message_json(one) for one in replies[1:]],
                # A grave message of a browser whose session had ended opens a conversation of its own.
                "conversation": public_name(place.conversation_id),
            }

    def _store(
        self,
        session: Session,
        conversation: Conversation,
        said: Mapping[str, Any],
        external_id: str,
        verdict: Verdict,
        before: Before,
        now: datetime,
        kept: Kept | None = None,
    ) -> conversations.Received:
        """Store a message in the caller's transaction. said: its text and choice; kept: how it was kept, if it was."""
        follow_ups, text, choice = self.follow_ups, said["text"], said["choice"]
        came_at = kept.at if kept is not None else now
        conversation_id = int(conversation.id)
        asked = {"conversation": conversation_id, "external_id": external_id}
        alerted, again = session.execute(_KNOWN, asked).one()
        heard = follow_ups.hear(session, conversation, text, choice, came_at) if alerted else None
        verdict = follow_ups.put_right(session, conversation, self.screen, before, text, verdict, came_at)
        verdict = late(follow_ups.judged(verdict, heard), came_at, now)
        given = answered_at_once(kept, verdict)
        goes_on = follow_ups.reply(heard, verdict, text, conversation, Channel.WEB)
        last = last_word(text, verdict, before, conversation, goes_on, Channel.WEB, self.phrases, self.clinic)
        reply = given or (last.reply if last is not None and last.instead else goes_on)
        received = conversations.receive(
            session,
            conversation_id,
            channel=Channel.WEB,
            external_id=external_id,
            text=text,
            verdict=verdict,
            now=now,
            immediate_reply=reply
            or immediate_reply(verdict, text, Channel.WEB, self.phrases, self.clinic, now, session=session),
            reply_in_request=given is not None,
            choice=choice,
            came_at=came_at,
            locked=conversation,
            alerted=alerted,
            fresh=not again,
        )
        if received.new and (alerted or received.reply is not None):
            # A crisis text that was given long ago is not followed by a question now: staff are told, and phone. Nor is
            # somebody asked who wants no texts.
            asks = kept is None and last is None
            message, told = received.message, received.reply
            follow_ups.go_on(session, conversation, message, verdict, heard, told, now, sent=False, asks=asks)
            keep_wish(session, conversation, message, last, told, now, sent=False)
        return received

    def keep(
        self, token: str | None, place: Place | None, message: Incoming, verdict: Verdict, spool: Spool
    ) -> dict[str, Any]:
        """Keep a message that cannot be stored, and say so. Needs no database.

        place: where it belongs, if the database could still say so. The same message again is kept once and gets the
        same answer. Raises Unproven, OtherConversation, TooLong, NotKept.
        """
        now = self.clock.now()
        if place is not None and token:
            proof = Proof(token_hash(token), place.conversation_id, now)
        else:
            proof = prove(token, self.clinic, now, message.conversation)
        _refuse_too_long(message, verdict)
        told = immediate_reply(
            verdict, message.text, Channel.WEB, self.phrases, self.clinic, now, stored=False
        ) or notice(spool, Channel.WEB, proof.token_hash, self._say_kept(), now)
        what = {**_said(message), "conversation_id": proof.conversation_id, "shown": message.conversation}
        kept = spool.keep(Kept(Channel.WEB.value, proof.token_hash, message.id, now, what, verdict, told))
        return kept_json(kept)

    def take(self, session: Session, kept: Kept, now: datetime) -> None:
        """Store a message that was kept, in the caller's transaction, once.

        What was written through a session that had been ended before belongs to nobody's conversation: it gets one of
        its own, and staff are told.
        """
        known = _session_of(session, kept)
        conversation_id = int(known.conversation_id) if known is not None else _of_nobody(session, kept)
        conversation = conversations.lock(session, conversation_id)
        before = self.follow_ups.before(session, conversation_id, kept.at)
        stored = conversations.stored_before(session, conversation_id, Channel.WEB, kept.external_id)
        if stored is not None:  # after all, or by a process that died since: it was read then
            told = conversations.Received(stored, None, new=False)
            record(session, conversation, told, kept, before.question, now)
            return
        again = self._assess(kept.message["text"], kept.message["choice"], before)
        verdict = graver(kept.verdict, again)
        received = self._store(
            session, conversation, kept.message, kept.external_id, verdict, before, now, kept
        )
        record(session, conversation, received, kept, before.question, now)
        if known is None:
            open_item(session, ItemKind.PERSON_WANTED, received.message, ENDED_SESSION, now)

    def conversation_of(self, session: Session, kept: Kept) -> int:
        """The conversation that a kept message was written to."""
        known = _session_of(session, kept)
        return int(known.conversation_id) if known is not None else _of_nobody(session, kept)

    def _say_kept(self) -> str:
        return self.phrases.say(conversations.KEPT_REPLY, Channel.WEB.value, self.clinic)

    def unstored_reply(self, message: Incoming, verdict: Verdict) -> dict[str, Any] | None:
        """The safety text for a message that was neither stored nor kept: it says that nobody could be told."""
        now = self.clock.now()
        reply = immediate_reply(
            verdict, message.text, Channel.WEB, self.phrases, self.clinic, now, stored=False
        )
        return unstored_reply_json(reply, verdict, message.text) if reply else None


def _said(message: Incoming) -> dict[str, Any]:
    return {"text": message.text, "choice": message.choice}


def _refuse_too_long(message: Incoming, verdict: Verdict) -> None:
    """A worrying message is never too long: it is stored whole, since what matters may stand anywhere in it. So is one
    that the screen failed on."""
    if message.too_long and (not verdict.level.needs_staff or verdict.for_its_length_alone):
        raise TooLong(
            f"This message is longer than {LONGEST_TEXT} characters, and nobody has read it. "
            "Send the main point in a few sentences. If it cannot wait, please call."
        )


def _session_of(session: Session, kept: Kept) -> WebSession | None:
    """The session that a kept message was written through; None where it had been ended before, or where the page
    showed another conversation."""
    known = session_at(session, kept.sender, kept.at)
    if known is None and kept.message["conversation_id"] is None:
        known = adopt(session, kept.sender, kept.at)
    shown = kept.message.get("shown")
    return known if known is None or not shown or shown == public_name(int(known.conversation_id)) else None


def _of_nobody(session: Session, kept: Kept) -> int:
    """A conversation of a visitor whom we do not know, for this one message: the same one each time."""
    statement = (
        select(Message.conversation_id)
        .join(Conversation)
        .where(
            Message.channel == Channel.WEB.value,
            Message.external_id == kept.external_id,
            Message.sender == Sender.PATIENT.value,
            Conversation.patient_id.is_(None),
        )
    )
    known = session.execute(statement.limit(1)).scalar_one_or_none()
    return int(known if known is not None else conversations.start_conversation(session).id)
