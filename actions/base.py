"""What all actions share: the turn they belong to, the clinic's texts, and a boundary that no error passes unsaid."""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from bot.care.conversations import receive, start_conversation
from bot.care.database import engine_for, transaction
from bot.care.models import Channel, Conversation, Message, Sender
from bot.care.roster import read
from bot.care.turn import Turn, current_turn
from bot.clinic.clock import SystemClock
from bot.clinic.settings import Clinic, load_clinic
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.safety.levels import Level
from bot.safety.replies import reply_key
from bot.safety.screen import Screen
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

Events = list[dict[str, Any]]
CONVERSATION = "conversation"
CHECK_IN_FORM = "check_in_form"
ON_SHIFT = "on_shift"


class CareAction(Action, ABC):
    """An action of ours. Subclasses give `name` and `act`.

    says_safety_text: what the message's verdict asks for is said by `act`.
    """

    says_safety_text = False

    @abstractmethod
    def name(self) -> str:
        """The action's name in domain.yml."""

    @abstractmethod
    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Do it: say things through `dispatcher`, store things in `turn.session`, return Rasa events."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Called by Rasa. In the answer worker an error goes to the turn, which ends as a whole; in an action server of
        its own (`rasa shell`) nobody would catch it, so that the fixed reply is said here."""
        if current_turn() is not None:
            return await self.act(dispatcher, tracker, current_turn())  # type: ignore[arg-type]
        try:
            with _turn_of_shell(tracker) as (turn, unsaid):
                if unsaid and not self.says_safety_text:
                    say(dispatcher, unsaid, turn)
                events = await self.act(dispatcher, tracker, turn)
                return [*events, {"event": "slot", "name": CONVERSATION, "value": int(turn.conversation.id)}]
        except Exception as error:  # the boundary to the patient: nothing may pass
            log.error("Action %s failed: %s", self.name(), type(error).__name__)
            dispatcher.utter_message(response="utter_turn_failed")
            return []


@cache
def clinic() -> Clinic:
    """The clinic's settings, read once."""
    return load_clinic()


@cache
def library() -> Library:
    """The guidance, read once."""
    return Library.load()


@cache
def phrases() -> Phrases:
    """All other wording, read once."""
    return Phrases.load()


@cache
def _engine() -> Engine:
    return engine_for(os.environ.get("DATABASE_URL", ""))


@cache
def _screen() -> Screen:
    return Screen.load(clinic().safety_reading)


def _assessed(text: str) -> Verdict:
    """The verdict on a message without one: of a typed "/intent" Rasa drops what its pipeline found."""
    try:
        return _screen().assess(text)
    except Exception as error:  # a message that nobody could read is put before staff
        log.error("A message could not be screened: %s. Staff read it.", type(error).__name__)
        return Verdict(Level.UNASSESSED)


@contextmanager
def _turn_of_shell(tracker: Tracker) -> Iterator[tuple[Turn, str]]:
    """A turn for `rasa shell`: the conversation is made at first need and remembered in a slot, the message is stored
    with the verdict of the pipeline, so that a worrying one is put before staff like any other. Where the pipeline gave
    none the message is screened here, and with the turn comes the key of the safety text that it asks for; else "".
    """
    now = SystemClock().now()
    with transaction(_engine()) as session:
        known = tracker.get_slot(CONVERSATION)
        conversation = session.get(Conversation, int(known)) if known else None
        if conversation is None:
            conversation = start_conversation(session)
        latest = tracker.latest_message
        text, unsaid = str(latest.get("text") or ""), ""
        if not latest.get("safety"):
            verdict = _assessed(text)
            latest["safety"] = verdict.as_json()
            unsaid = reply_key(verdict, text)
        received = receive(
            session,
            int(conversation.id),
            channel=Channel.SHELL,
            external_id=str(latest.get("message_id") or now.timestamp())[:64],
            text=text,
            verdict=Verdict.from_json(latest["safety"]),
            now=now,
            answered_here=True,
        )
        turn = Turn(session=session, conversation=conversation, message=received.message, now=now)
        yield turn, unsaid if received.new else ""


def understanding(tracker: Tracker) -> dict[str, Any]:
    """What the reader made of the latest message: intent, answers, ask_back, when, shift; shares of topics beside a
    worry."""
    return dict(tracker.latest_message.get("understanding") or {})


def message_of(turn: Turn, message_id: int) -> Message | None:
    """A message of this conversation by its number, or None."""
    statement = select(Message).where(
        Message.id == message_id, Message.conversation_id == turn.conversation.id
    )
    return turn.session.execute(statement).scalar_one_or_none()


def tapped(turn: Turn) -> str | None:
    """The payload of the button that was tapped, or None: no button, or one that belongs to an earlier question.

    A number means something only to the question whose button it was; a payload in words ("check in") always does.
    """
    choice = turn.message.choice
    if choice is None or not str(choice).isdecimal():
        return choice
    statement = select(Message.buttons).where(
        Message.conversation_id == turn.conversation.id,
        Message.sender != Sender.PATIENT.value,
        func.jsonb_array_length(Message.buttons) > 0,
    )
    buttons = turn.session.execute(statement.order_by(Message.seq.desc()).limit(1)).scalar_one_or_none()
    shown = {"title": turn.message.text.strip(), "payload": choice}
    return choice if shown in (buttons or []) else None


def set_slots(**values: Any) -> Events:
    """Rasa events that set these slots."""
    return [
        {"event": "slot", "timestamp": None, "name": name, "value": value} for name, value in values.items()
    ]


def nothing_open(**values: Any) -> Events:
    """Rasa events after which no question of ours is open, with further slots."""
    return set_slots(**{"open_question": None, "options": None, "pending_topics": None, **values})


def in_check_in(tracker: Tracker) -> bool:
    """True in the middle of a check-in."""
    return bool((tracker.active_loop or {}).get("name") == CHECK_IN_FORM)


def on_shift_variant(key: str, turn: Turn) -> str | None:
    """The variant of a phrase for when somebody is on shift, where it has one and the roster says so; else None."""
    if ON_SHIFT not in phrases().phrase(key).texts:
        return None
    return ON_SHIFT if read(turn.session, clinic()).is_staffed(turn.now) else None


def say(
    dispatcher: CollectingDispatcher, key: str, turn: Turn, question: str | None = None, **fields: str
) -> None:
    """Say a phrase of guidance/phrases, in the variant that fits the hour.

    question: what it asks, in the words that the reader was trained with.
    """
    dispatcher.utter_message(
        response=f"utter_{key}", variant=on_shift_variant(key, turn), fields=fields, question=question
    )
