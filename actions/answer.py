"""Answering questions: from the guidance where it is sure, asking back where it is not, handing over where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import bindparam, select

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
from actions.placement import TOLD_INFUSION, placement_for, told, told_report
from bot.care import episodes
from bot.care.alerts import open_item, unresolved_alert
from bot.care.models import Alert, GuidanceSignOff, ItemKind, Message, Sender
from bot.care.turn import Turn
from bot.guidance.discreet import neutral_key_of
from bot.guidance.phases import Phase
from bot.safety.levels import Level
from bot.safety.spanish import is_spanish

ASK_WHEN_QUESTION = "When was your infusion?"
PASS_ON_QUESTION = "Shall I pass this on to the clinic?"
FEW_WORDS = 3
"""So many tell no language ("no", "ok gracias")."""
UNKNOWN_TIME = "unknown"
SAID_BACK = {
    "today": "was today",
    "yesterday": "was yesterday",
    "earlier": "was before yesterday",
    "not_yet": "is still to come",
}
PERSON_WANTED = "The patient asks for a person."
PASSED_ON = "The guidance does not cover this question; the patient wants an answer from the clinic."


class ActionAnswer(CareAction):
    """Answers every topic of the message from the guidance, in the phase in which the patient is."""

    def name(self) -> str:
        return "action_answer"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Asks once when the infusion was, where it matters and nobody knows."""
        understood = understanding(tracker)
        topics: list[str] = list(understood.get("answers") or [])
        if not topics:  # an intent without a topic to answer: only a story or a test can bring that about
            return not_covered(dispatcher, turn)
        events = remember_time(tracker, turn)
        if understood.get("when") is None and _time_is_missing(topics, tracker, turn):
            remind_of_help(dispatcher, turn)
            say(dispatcher, "ask_when", turn, question=ASK_WHEN_QUESTION)
            return nothing_open(open_question="ask_when", pending_topics=topics)
        said_before = answer_topics(dispatcher, tracker, turn, topics, understood.get("shift"))
        remind_of_help(dispatcher, turn)
        if not said_before or in_check_in(tracker):
            return events + nothing_open(last_topics=topics)
        # The same words once more are no help; whoever asks on wants to know something that they do not hold.
        say(dispatcher, "same_again", turn, question=PASS_ON_QUESTION)
        question = int(turn.message.id)
        return events + nothing_open(open_question="pass_on", question_message=question, last_topics=topics)


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
            return not_covered(dispatcher, turn)
        first, second = (library().entry(topic) for topic in options[:2])
        question = f"Did you mean {first.title} or {second.title}?"
        remind_of_help(dispatcher, turn)
        say(dispatcher, "ask_back", turn, question=question, first=first.title, second=second.title)
        return nothing_open(open_question="ask_back", options=options[:2])


class ActionNotCovered(CareAction):
    """Says that the guidance does not cover it, and offers to pass the question on."""

    def name(self) -> str:
        return "action_not_covered"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Remembers which message the question was. What is no question leaves what is open as it is."""
        understood = understanding(tracker)
        if turn.answers_staff:
            return answered_to_staff(dispatcher, turn)
        if understood.get("stray"):
            if not stay_sober(dispatcher, turn):
                worded = any(character.isalnum() for character in str(turn.message.text))
                say(dispatcher, "stray_answer" if worded else "emoji_only", turn)
            return []
        if understood.get("when") and not in_check_in(tracker):
            return note_time(dispatcher, tracker, turn)
        return not_covered(dispatcher, turn, "only_english" if understood.get("spanish") else "not_covered")


class ActionYesOrNo(CareAction):
    """A yes or no: to passing a question on, or to nothing in particular."""

    def name(self) -> str:
        return "action_yes_or_no"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """On yes a question item lies in the staff queue."""
        if turn.answers_staff:
            return answered_to_staff(dispatcher, turn)
        yes = tracker.latest_message["intent"]["name"] == "affirm"
        if tracker.get_slot("open_question") == "pass_on":
            message = message_of(turn, int(tracker.get_slot("question_message") or 0))
            if yes and message is not None:
                open_item(turn.session, ItemKind.QUESTION, message, PASSED_ON, turn.now)
            say(dispatcher, "question_passed_on" if yes else "question_not_passed_on", turn)
            remind_of_help(dispatcher, turn)
        elif not stay_sober(dispatcher, turn):
            say(dispatcher, "affirm" if yes else "deny", turn)
        return nothing_open(question_message=None)


def answered_to_staff(dispatcher: CollectingDispatcher, turn: Turn) -> Events:
    """To a word that says nothing by itself, after a question of staff: they have it now, and we make nothing of it."""
    if not stay_sober(dispatcher, turn):
        spanish = "_es" if is_spanish(str(turn.message.text)) else ""
        say(dispatcher, f"answer_passed_on{spanish}", turn)
    return nothing_open(question_message=None)


def remember_time(tracker: Tracker, turn: Turn) -> Events:
    """Keep what the message tells of the time of the infusion, for this turn and the next ones."""
    when = understanding(tracker).get("when")
    if when is None or when == UNKNOWN_TIME:
        return []
    remembered = told(when, turn.now)
    tracker.slots[TOLD_INFUSION] = remembered
    return set_slots(**{TOLD_INFUSION: remembered})


def note_time(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
    """To somebody who says when the infusion was and nothing else: what the answers will go by."""
    events = remember_time(tracker, turn)
    if not stay_sober(dispatcher, turn):
        report = told_report(tracker, turn)
        if report is None:
            say(dispatcher, "time_on_record", turn)
        else:
            say(dispatcher, "time_noted", turn, when=SAID_BACK[report])
    return events


def answer_topics(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    turn: Turn,
    topics: Sequence[str],
    shift: str | None = None,
) -> bool:
    """Say the guidance of each topic. An answer that no clinician signed goes to staff instead (the demo counts as
    signed).

    True where all of it was said in answer to the last message already.
    """
    unsigned, fitted = [], []
    for topic in topics:
        entry = library().entry(topic)
        if not may_be_sent(topic, turn):
            unsigned.append(topic)
            continue
        placement = placement_for(entry, tracker, turn, shift)
        fitted.append((topic, placement.phase.value))
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
    return bool(fitted) and set(fitted) <= just_said(turn)


def call_person(dispatcher: CollectingDispatcher, turn: Turn) -> None:
    """Put the wish for a person into the staff queue, and say honestly when somebody will look."""
    open_item(turn.session, ItemKind.PERSON_WANTED, turn.message, PERSON_WANTED, turn.now)
    say(dispatcher, "human", turn)
    remind_of_help(dispatcher, turn)


def remind_of_help(dispatcher: CollectingDispatcher, turn: Turn) -> bool:
    """Until a person has resolved a crisis or an emergency, each answer repeats the way to help. True where it did.

    Not to somebody who is being harmed: their phone may be watched, and the first reply was worded for that.
    """
    alert = sobering_alert(turn)
    if alert is None or on_watched_phone(turn) is not None:
        return False
    say(dispatcher, f"{alert.level}_reminder{_in_language_of(turn)}", turn)
    return True


def stay_sober(dispatcher: CollectingDispatcher, turn: Turn) -> bool:
    """In a crisis or an emergency, say the way to help and nothing else: to small talk, to a yes or no. Else False."""
    alert = sobering_alert(turn)
    if alert is None:
        return False
    if not remind_of_help(dispatcher, turn):
        say(dispatcher, on_watched_phone(turn) or alert.level, turn)
    return True


def sobering_alert(turn: Turn) -> Alert | None:
    """The alert of a crisis or an emergency that nobody has resolved, if there is one: the assistant is sober then."""
    if turn.begun is not None and not turn.begun.alerted:
        return None
    alert = unresolved_alert(turn.session, int(turn.conversation.id))
    return alert if alert is not None and Level(alert.level).immediate else None


def _in_language_of(turn: Turn) -> str:
    """The ending of a phrase's key: "_es" for a message in Spanish, and for a word or two after an alert in Spanish."""
    text = str(turn.message.text)
    if is_spanish(text):
        return "_es"
    if len(text.split()) > FEW_WORDS:
        return ""
    written = episodes.texts(turn.session, int(turn.conversation.id))
    return "_es" if any(map(is_spanish, written)) else ""


def on_watched_phone(turn: Turn) -> str | None:
    """The key of the neutral text, where all that was grave in the episode under way got that one; else None."""
    return neutral_key_of(episodes.grave_messages(turn.session, int(turn.conversation.id)))


def not_covered(dispatcher: CollectingDispatcher, turn: Turn, key: str = "not_covered") -> Events:
    """Say so, and offer to pass the question on. What is asked next does not lean on an older topic."""
    remind_of_help(dispatcher, turn)
    say(dispatcher, key, turn, question=PASS_ON_QUESTION)
    return nothing_open(open_question="pass_on", question_message=int(turn.message.id), last_topics=None)


def _time_is_missing(topics: Sequence[str], tracker: Tracker, turn: Turn) -> bool:
    if in_check_in(tracker) or tracker.get_slot("open_question") == "ask_when":
        return False  # one question at a time, and this one only once in a row
    entries = [library().entry(topic) for topic in topics if may_be_sent(topic, turn)]
    return any(
        entry.time_matters and placement_for(entry, tracker, turn).phase is Phase.UNKNOWN for entry in entries
    )


def may_be_sent(topic: str, turn: Turn) -> bool:
    """Whether a clinician has signed the answer as it stands; in the demo every answer may be sent."""
    if clinic().demo:
        return True
    content_hash = library().signed_as(topic, clinic())
    statement = select(GuidanceSignOff.id).where(GuidanceSignOff.hash == content_hash).limit(1)
    return turn.session.execute(statement).first() is not None


def _just_said() -> Any:
    before = select(Message.id).where(
        Message.conversation_id == bindparam("conversation"),
        Message.sender == Sender.PATIENT.value,
        Message.seq < bindparam("seq"),
    )
    last = before.order_by(Message.seq.desc()).limit(1).scalar_subquery()
    return select(Message.guidance).where(Message.reply_to_id == last)


_JUST_SAID: Final = _just_said()


def just_said(turn: Turn) -> set[tuple[str, str]]:
    """(topic, phase) of the guidance in our replies to the patient's message before this one."""
    asked = {"conversation": turn.conversation.id, "seq": turn.message.seq}
    said = turn.session.execute(_JUST_SAID, asked).scalars()
    return {(answer["topic"], answer["phase"]) for answers in said for answer in answers}
