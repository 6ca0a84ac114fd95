"""A text message comes in: screened, stored once, answered at once where it is worrying. What needs no proof any more.

Blocking; the route runs it in a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.care import alerts
from bot.care.consent import OPT_OUT_REPLY, opt_out
from bot.care.conversations import (
    KEPT_REPLY,
    SAFETY_REPLY,
    Received,
    Reply,
    conversation_for_number,
    has_said,
    lock,
    question_just_asked,
    receive,
    say,
    stored_before,
)
from bot.care.database import transaction
from bot.care.models import Channel, Conversation, ItemKind, Message, MessageState, PhoneNumber
from bot.care.unheard import NOT_PAGED
from bot.channels.assessing import Assessing
from bot.channels.first_contact import first_contact, is_due
from bot.channels.follow_up import FOLLOW_UP, FollowUps
from bot.channels.immediate import immediate_reply, of_trouble
from bot.channels.limits import Limits
from bot.channels.opting_out import keep_wish, last_word
from bot.channels.sms.given import Answered
from bot.channels.sms.sending import SAID_EVERY, TEXTS_WAIT, Sending
from bot.channels.sms.settings import SmsSettings
from bot.channels.sms.texts import Answer, InboundText
from bot.channels.sms.words import Word, carrier_word
from bot.channels.spool import Spool
from bot.channels.spool_records import Kept
from bot.channels.take_in import graver, late
from bot.channels.told import answered_at_once, notice, record
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

CARRIER_WORD, NOTICE = "carrier_word", "notice"
"""Kinds of our replies to STOP, START and HELP, and to photos and empty texts."""

CROWDED = "sms_crowded"
"""The kind, and the phrase, of what somebody is told who texts faster than we answer."""

CROWDED_SAID_EVERY = timedelta(minutes=10)

FASTER_THAN_ANSWERED = (
    "Texts come faster than one person writes them, and the assistant answers no more of them for now. They are stored "
    "and screened. Read them, and phone if it is a patient."
)
"""For staff."""

PICTURE_CAME = (
    "A picture came by text message, which the assistant does not look at. The carrier's console has it."
)
"""For staff, whatever words came with it."""

HELP_IN_AN_ALERT = (
    "While an alert was unresolved, the patient asked for help by a carrier's word. Somebody must phone."
)
"""For staff."""

_IN_REQUEST = (
    CROWDED,
    SAFETY_REPLY,
    FOLLOW_UP,
    OPT_OUT_REPLY,
    CARRIER_WORD,
    NOTICE,
    KEPT_REPLY,
    NOT_PAGED,
    TEXTS_WAIT,
)


@dataclass(frozen=True)
class Intake:
    """Takes in text messages."""

    engine: Engine
    clinic: Clinic
    clock: Clock
    screen: Assessing
    phrases: Phrases
    settings: SmsSettings
    limits: Limits
    sending: Sending
    answered: Answered = field(default_factory=Answered)

    def assess(self, sms: InboundText) -> Verdict:
        """The verdict on a message of which nothing else is known. Needs no database."""
        return self.screen.assess(sms.text)

    def unstored_answer(self, sms: InboundText, verdict: Verdict) -> Answer | None:
        """The approved text for a message at crisis or emergency that cannot even be kept. Needs no database."""
        reply = self._immediate(verdict, sms, None)
        return Answer(reply.text) if reply else None

    def keep(self, sms: InboundText, verdict: Verdict, spool: Spool) -> Answer | None:
        """Keep a message that cannot be stored, and return what to answer at once. Needs no database.

        The same delivery again is kept once and gets the same answer. Raises NotKept.
        """
        now = self.clock.now()
        word = carrier_word(sms.text, opted_out=False, from_carrier=sms.opt_out_type)
        told = self._immediate(verdict, sms, None)
        if told is None and word is not None:
            told = self._to_word(word, sms)
        elif told is None:
            told = notice(spool, Channel.SMS, sms.number, self._say(KEPT_REPLY), now)
        kept = spool.keep(Kept(Channel.SMS.value, sms.number, sms.sid, now, asdict(sms), verdict, told))
        return Answer(kept.told.text) if kept.told else None

    def store(self, sms: InboundText) -> Answer | None:
        """Store the message with all that follows from it, in one transaction, and return what to answer at once.

        The same delivery again stores nothing and returns the same answer. Raises DatabaseUnavailable.
        """
        with transaction(self.engine) as session:
            return _answer(self._store(session, sms, self.clock.now()))

    def take(self, session: Session, kept: Kept, now: datetime) -> None:
        """Store a message that was kept, in the caller's transaction, once."""
        self._store(session, InboundText(**kept.message), now, kept)

    def conversation_of(self, session: Session, kept: Kept) -> int:
        """The conversation of the number that a kept message came from."""
        return int(conversation_for_number(session, kept.sender).id)

    def _store(
        self, session: Session, sms: InboundText, now: datetime, kept: Kept | None = None
    ) -> list[Message]:
        """Store a message, and return what the carrier is told to send back. kept: how it was kept, if it was."""
        came_at = kept.at if kept is not None else now
        follow_ups = FollowUps.load(self.phrases, self.clinic)
        conversation = conversation_for_number(session, sms.number)
        conversation = lock(session, int(conversation.id))
        before = follow_ups.before(session, int(conversation.id), came_at)
        if kept is not None and (
            stored := stored_before(session, int(conversation.id), Channel.SMS, sms.sid)
        ):
            # Stored after all, or by a process that died since: it was read then. And a second delivery that was kept
            # while the first one was answered told nobody anything.
            if self.answered.of(sms.sid) is None:
                again = Received(stored, None, new=False)
                record(session, conversation, again, kept, before.question, now)
            return []
        question = follow_ups.context(before, sms.text)
        verdict = follow_ups.assess(self.screen, before, sms.text, question)
        if kept is not None:
            verdict = graver(kept.verdict, verdict)
        alerted = alerts.has_unresolved_alert(session, int(conversation.id))
        heard = follow_ups.hear(session, conversation, sms.text, None, came_at) if alerted else None
        verdict = follow_ups.put_right(session, conversation, self.screen, before, sms.text, verdict, came_at)
        verdict = late(follow_ups.judged(verdict, heard), came_at, now)
        phone = session.execute(select(PhoneNumber).where(PhoneNumber.number == sms.number)).scalar_one()
        word = carrier_word(sms.text, opted_out=phone.opted_out_at is not None, from_carrier=sms.opt_out_type)
        given = answered_at_once(kept, verdict)
        goes_on = follow_ups.reply(heard, verdict, sms.text, conversation, Channel.SMS)
        last = last_word(
            sms.text, verdict, before, conversation, goes_on, Channel.SMS, self.phrases, self.clinic
        )
        reply = given or (last.reply if last is not None and last.instead else goes_on)
        reply = reply or self._immediate(verdict, sms, session) or self._own_reply(word, sms, conversation)
        crowded = False
        if kept is None and not (reply or word or heard):
            crowded = self._crowded(session, sms, verdict, conversation)
        told_before = has_said(session, int(conversation.id), CROWDED, now - CROWDED_SAID_EVERY)
        if crowded and not told_before and phone.opted_out_at is None:
            reply = Reply(self._say(CROWDED), kind=CROWDED)
        received = receive(
            session,
            int(conversation.id),
            channel=Channel.SMS,
            external_id=sms.sid,
            text=sms.text,
            verdict=verdict,
            now=now,
            immediate_reply=reply,
            reply_in_request=kept is None or given is not None,
            answered_here=word is not None or crowded,
            media_count=sms.media_count,
            phone=phone,
            came_at=came_at,
            locked=conversation,
            alerted=alerted,
        )
        if kept is not None:
            record(session, conversation, received, kept, before.question, now)
        if not received.new:
            return _given_in_request(session, received.message)
        # A crisis text that was given long ago is not followed by a question now: staff are told, and phone. Nor is
        # somebody asked who wants no texts.
        asks = kept is None and last is None and phone.opted_out_at is None
        message, said, sent = received.message, received.reply, kept is None
        further = follow_ups.go_on(
            session, conversation, message, verdict, heard, said, now, sent=sent, asks=asks
        )
        further += keep_wish(session, conversation, message, last, said, now, sent=sent)
        if word is not None:
            self._follow(session, word, phone, conversation, received.message)
        elif crowded:
            if not told_before:
                alerts.open_item(session, ItemKind.PERSON_WANTED, received.message, FASTER_THAN_ANSWERED, now)
        elif reply is None or reply.kind == NOTICE:
            self._beside(session, sms, phone, conversation, received.message, told=reply is not None)
        if sms.media_count:
            alerts.open_item(session, ItemKind.QUESTION, received.message, PICTURE_CAME, now)
        if self.sending.stopped and sent and word is None and phone.opted_out_at is None:
            further += self._say_that_texts_wait(session, conversation, message, verdict, now)
        return [*([said] if said is not None else []), *further]

    def _say_that_texts_wait(
        self,
        session: Session,
        conversation: Conversation,
        message: Message,
        verdict: Verdict,
        now: datetime,
    ) -> list[Message]:
        """What goes out with the answer to the carrier while nothing else goes out, once in a while: that answers come
        late, or, to somebody in danger, that nobody could be paged yet."""
        words: str | None = self._say(TEXTS_WAIT)
        kind = TEXTS_WAIT
        if verdict.level.immediate:
            alert = alerts.unresolved_alert(session, int(conversation.id))
            if conversation.owner_id is not None or alert is None or alert.acknowledged_at is not None:
                return []
            kind, stored = NOT_PAGED, verdict.as_json()
            words = of_trouble(kind, stored, str(message.text), Channel.SMS, self.phrases, self.clinic)
        if words is None or has_said(session, int(conversation.id), kind, now - SAID_EVERY):
            return []
        open_question = question_just_asked(session, int(conversation.id))
        reply = Reply(words, kind=kind, question=open_question)
        told = say(session, conversation, reply, channel=Channel.SMS, now=now, reply_to=message, sent=True)
        return [told]

    def _crowded(
        self, session: Session, sms: InboundText, verdict: Verdict, conversation: Conversation
    ) -> bool:
        """Whether so many texts come that no more are answered for now. All are stored and screened; what worries the
        screen, and what a person answers, is dealt with as ever."""
        if verdict.level.needs_staff or conversation.owner_id is not None:
            return False
        return self.limits.text(sms.number, session)

    def _immediate(self, verdict: Verdict, sms: InboundText, session: Session | None) -> Reply | None:
        """session: in which the message is stored; None where it is not."""
        now, stored = self.clock.now(), session is not None
        return immediate_reply(
            verdict, sms.text, Channel.SMS, self.phrases, self.clinic, now, stored=stored, session=session
        )

    def _own_reply(self, word: Word | None, sms: InboundText, conversation: Conversation) -> Reply | None:
        if word is not None:
            return self._to_word(word, sms)
        if sms.text.strip() or conversation.owner_id is not None:
            return None
        return Reply(self._say("media" if sms.media_count else "empty_message"), kind=NOTICE)

    def _to_word(self, word: Word, sms: InboundText) -> Reply | None:
        if self.settings.words_answered_by == "carrier" or sms.opt_out_type:
            return None
        return Reply(self._say(word.value), kind=CARRIER_WORD)

    def _follow(
        self, session: Session, word: Word, phone: PhoneNumber, conversation: Conversation, message: Message
    ) -> None:
        """Do what a carrier's word asks for. The dialogue does not see it; staff do where it may be a cry for help."""
        now = self.clock.now()
        if conversation.owner_id is not None:
            message.state = MessageState.HELD.value
        if word is Word.STOP:
            opt_out(session, conversation, message, now)
        elif word is Word.START:
            phone.opted_out_at = None
        elif alerts.unresolved_alert(session, int(conversation.id)) is not None:
            alerts.open_item(session, ItemKind.PERSON_WANTED, message, HELP_IN_AN_ALERT, now)

    def _beside(
        self,
        session: Session,
        sms: InboundText,
        phone: PhoneNumber,
        conversation: Conversation,
        message: Message,
        told: bool,
    ) -> None:
        """What goes with an ordinary message: who is writing here, and that photos are not looked at."""
        now = self.clock.now()
        silent = phone.opted_out_at is not None or conversation.owner_id is not None
        if not silent and is_due(session, int(conversation.id), self.clinic, now):
            first = first_contact(self.clinic, self.phrases, Channel.SMS, now, session)
            say(session, conversation, first, channel=Channel.SMS, now=now, phone=phone)
        if sms.media_count and not told and not silent:
            notice = Reply(self._say("media"), kind=NOTICE)
            say(session, conversation, notice, channel=Channel.SMS, now=now, reply_to=message)

    def _say(self, key: str) -> str:
        return self.phrases.say(key, Channel.SMS.value, self.clinic)


def _answer(messages: Sequence[Message]) -> Answer | None:
    answers = [Answer(str(message.text), int(message.id)) for message in messages]
    return replace(answers[0], more=tuple(answers[1:])) if answers else None


def _given_in_request(session: Session, message: Message) -> list[Message]:
    statement = select(Message).where(Message.reply_to_id == message.id, Message.kind.in_(_IN_REQUEST))
    # A photo notice that was queued is on its way already; what was withheld never goes out.
    not_given = (MessageState.QUEUED.value, MessageState.WITHHELD.value)
    statement = statement.where(Message.attempts == 0, Message.state.not_in(not_given))
    return list(session.execute(statement.order_by(Message.seq)).scalars())
