"""One turn: the oldest unanswered message of a conversation, answered by Rasa in one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.care import live
from bot.care.check_in_pauses import pause_for_worry
from bot.care.conversations import Reply, answered, lock, say, state_since
from bot.care.database import DatabaseUnavailable, transaction
from bot.care.models import Channel, Message, MessageState
from bot.care.staff_questions import keep_answer
from bot.care.turn import Turn, begin
from bot.channels.first_contact import counts_since, first_contact, notice_kind
from bot.clinic.clock import Clock
from bot.clinic.settings import Clinic
from bot.dialogue.errors import TurnFailed
from bot.dialogue.host import DialogueHost
from bot.guidance.phrases import Phrases
from bot.work.give_up import give_up

log = logging.getLogger(__name__)


class Outcome(str, Enum):
    """How a turn ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    HELD = "held"
    NOTHING = "nothing to answer"


class _CrisisMeanwhile(Exception):
    """While Rasa was at it, the patient wrote something worrying and got the approved text."""


class _Overtaken(Exception):
    """While Rasa was at it, a member of staff took over, or the message was dealt with elsewhere."""


@dataclass(frozen=True)
class Answering:
    """What the answer task works with."""

    engine: Engine
    host: DialogueHost
    phrases: Phrases
    clinic: Clinic
    clock: Clock

    async def next_turn(self, conversation_id: int) -> Outcome:
        """Answer the oldest unanswered message, if there is one.

        All that the turn writes is committed once; whoever is killed before leaves nothing behind. A turn that fails
        leaves the fixed reply and a staff item, in a transaction of its own. Raises DatabaseUnavailable, upon which the
        job is tried again.
        """
        message_id = 0
        try:
            with transaction(self.engine) as session:
                now = self.clock.now()
                notice, since = notice_kind(self.clinic), counts_since(self.clinic, now)
                turn = begin(session, conversation_id, now, notice, since)
                if turn is None:
                    return Outcome.NOTHING
                message_id = int(turn.message.id)
                return await self._answer(turn)
        except _CrisisMeanwhile:
            # What Rasa made of it belongs to before: a check-in would chirp on below the crisis text. Once more. A
            # check-in that this turn was about to begin could not be paused by the message: its row was locked.
            with transaction(self.engine) as session:
                lock(session, conversation_id)
                pause_for_worry(session, conversation_id, self.clock.now())
            return await self.next_turn(conversation_id)
        except _Overtaken:
            return self._hold(conversation_id, message_id)
        except TurnFailed as error:
            if isinstance(error.__cause__, DatabaseUnavailable):
                raise error.__cause__ from error
            log.error("%s", error)
            return self.give_up(conversation_id, message_id, f"The assistant failed ({error.cause}).")
        except SQLAlchemyError as error:
            log.error("A turn of conversation %d failed: %s", conversation_id, type(error).__name__)
            if not message_id:  # nothing was looked up yet: the job is tried again
                raise DatabaseUnavailable("A turn could not begin. It is tried again.") from error
            return self.give_up(
                conversation_id, message_id, f"The assistant failed ({type(error).__name__})."
            )

    async def _answer(self, turn: Turn) -> Outcome:
        session, message, now = turn.session, turn.message, turn.now
        if turn.conversation.owner_id is not None:
            raise _Overtaken
        seq, channel = int(turn.conversation.last_seq), Channel(message.channel)
        replies: list[Reply] = []
        if turn.begun is not None and not turn.begun.greeted:
            replies.append(first_contact(self.clinic, self.phrases, channel, now, session))
        if turn.answers_staff:
            keep_answer(session, message, now)
        replies += await self.host.answer(turn)
        # From here to the commit nobody else writes to the conversation: who owns it is looked at once more.
        conversation = lock(session, int(message.conversation_id))
        state, worried = state_since(session, message, seq)
        if conversation.owner_id is not None or state != MessageState.RECEIVED.value:
            raise _Overtaken
        if worried:
            raise _CrisisMeanwhile
        for reply in replies:
            say(session, conversation, reply, channel=channel, now=now, reply_to=message)
        answered(session, message)
        return Outcome.ANSWERED

    def _hold(self, conversation_id: int, message_id: int) -> Outcome:
        with transaction(self.engine) as session:
            conversation = lock(session, conversation_id)
            message = session.get(Message, message_id)
            if message is not None and message.state == MessageState.RECEIVED.value and conversation.owner_id:
                message.state = MessageState.HELD.value
                live.queue_changed(session)
                live.conversation_changed(session, conversation_id)
        return Outcome.HELD

    def give_up(self, conversation_id: int, message_id: int, reason: str) -> Outcome:
        """The fixed honest reply and an item for staff, unless the message was dealt with meanwhile."""
        give_up(self.engine, self.phrases, self.clinic, self.clock.now(), conversation_id, message_id, reason)
        return Outcome.FAILED
