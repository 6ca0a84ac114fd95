"""Answering questions: from the guidance where it is sure, asking back where it is not, handing over where it ends."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select

from actions.base import (
    CareAction,
    Events,
    clinic,
    in_check_in,
    library,
    message_of,
    nothing_open,
    say,
    set_slots,
    understanding,
)
from actions.placement import TOLD_INFUSION, placement_for, told
from bot.care.alerts import open_item, unresolved_alert
from bot.care.models import GuidanceSignOff, ItemKind
from bot.care.turn import Turn
from bot.guidance.phases import Phase
from bot.safety.levels import Level
from bot.safety.replies import reply_key
from bot.safety.verdict import Verdict

ASK_WHEN_QUESTION = "When was your infusion?"
PASS_ON_QUESTION = "Shall I pass this on to the clinic?"
WATCHED_PHONE = "being_harmed"


class ActionAnswer(CareAction):
    """Answers every topic of the message from the guidance, in the phase in which the patient is."""

    def name(self) -> str:
        return "action_answer"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Asks once when the infusion was, where it matters and nobody knows."""
        understood = understanding(tracker)
        topics: list[str] = list(understood.get("answers") or [])
        if not topics:  # an intent without a topic to answer: only a story or a test can bring that about
            return _not_covered(dispatcher, turn)
        events: Events = []
        if understood.get("when"):
            remembered = told(understood["when"], turn.now)
            events += set_slots(**{TOLD_INFUSION: remembered})
            tracker.slots[TOLD_INFUSION] = remembered
        elif _time_is_missing(topics, tracker, turn):
            say(dispatcher, "ask_when", turn, question=ASK_WHEN_QUESTION)
            return nothing_open(open_question="ask_when", pending_topics=topics)
        answer_topics(dispatcher, tracker, turn, topics, understood.get("shift"))
        remind_in_crisis(dispatcher, turn)
        return events + nothing_open(last_topics=topics)


class ActionAskBack(CareAction):
    """Asks which of the two likeliest topics was meant."""

    def name(self) -> str:
        return "action_ask_back"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Falls back to "not covered" where there are no two topics to choose from."""
        options = [
            topic for topic in understanding(tracker).get("ask_back") or [] if topic in library().topics
        ]
        if len(options) < 2 or in_check_in(tracker):
            return _not_covered(dispatcher, turn)
        first, second = (library().entry(topic) for topic in options[:2])
        question = f"Did you mean {first.title} or {second.title}?"
        say(dispatcher, "ask_back", turn, question=question, first=first.title, second=second.title)
        remind_in_crisis(dispatcher, turn)
        return nothing_open(open_question="ask_back", options=options[:2])


class ActionNotCovered(CareAction):
    """Says that the guidance does not cover it, and offers to pass the question on."""

    def name(self) -> str:
        return "action_not_covered"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Remembers which message the question was."""
        return _not_covered(dispatcher, turn)


class ActionYesOrNo(CareAction):
    """A yes or no: to passing a question on, or to nothing in particular."""

    def name(self) -> str:
        return "action_yes_or_no"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """On yes a question item lies in the staff queue."""
        yes = tracker.latest_message["intent"]["name"] == "affirm"
        if tracker.get_slot("open_question") == "pass_on":
            message = message_of(turn, int(tracker.get_slot("question_message") or 0))
            if yes and message is not None:
                reason = (
                    "The guidance does not cover this question; the patient wants an answer from the clinic."
                )
                open_item(turn.session, ItemKind.QUESTION, message, reason, turn.now)
            say(dispatcher, "question_passed_on" if yes else "question_not_passed_on", turn)
        else:
            say(dispatcher, "affirm" if yes else "deny", turn)
        return nothing_open(question_message=None)


def answer_topics(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    turn: Turn,
    topics: Sequence[str],
    shift: str | None = None,
) -> None:
    """Say the guidance of each topic. An answer that no clinician signed goes to staff instead (the demo counts as
    signed)."""
    unsigned = []
    for topic in topics:
        entry = library().entry(topic)
        if not (clinic().demo or _is_signed(turn, entry.hash)):
            unsigned.append(topic)
            continue
        placement = placement_for(entry, tracker, turn, shift)
        at = placement.infusion_at
        dispatcher.utter_message(
            response="utter_guidance",
            topic=topic,
            phase=placement.phase.value,
            infusion_at=at.isoformat() if at else None,
        )
    if unsigned:
        titles = ", ".join(library().entry(topic).title for topic in unsigned)
        reason = f"The guidance for this question is not signed off ({titles}), so that it was not sent."
        open_item(turn.session, ItemKind.UNSIGNED_ANSWER, turn.message, reason, turn.now)
        say(dispatcher, "unsigned", turn)


def remind_in_crisis(dispatcher: CollectingDispatcher, turn: Turn) -> None:
    """Until a person has resolved a crisis, each answer repeats the way to help.

    Not to somebody who is being harmed: their phone may be watched, and the first reply was worded for that.
    """
    alert = unresolved_alert(turn.session, int(turn.conversation.id))
    if alert is None or alert.level != Level.CRISIS.value:
        return
    verdict = alert.message.verdict
    if verdict and reply_key(Verdict.from_json(verdict), alert.message.text).startswith(WATCHED_PHONE):
        return
    say(dispatcher, "crisis_reminder", turn)


def _not_covered(dispatcher: CollectingDispatcher, turn: Turn) -> Events:
    say(dispatcher, "not_covered", turn, question=PASS_ON_QUESTION)
    remind_in_crisis(dispatcher, turn)
    return nothing_open(open_question="pass_on", question_message=int(turn.message.id))


def _time_is_missing(topics: Sequence[str], tracker: Tracker, turn: Turn) -> bool:
    if in_check_in(tracker) or tracker.get_slot("open_question") == "ask_when":
        return False  # one question at a time, and this one only once in a row
    entries = [library().entry(topic) for topic in topics]
    return any(
        entry.time_matters and placement_for(entry, tracker, turn).phase is Phase.UNKNOWN for entry in entries
    )


def _is_signed(turn: Turn, content_hash: str) -> bool:
    statement = select(GuidanceSignOff.id).where(GuidanceSignOff.hash == content_hash).limit(1)
    return turn.session.execute(statement).first() is not None
