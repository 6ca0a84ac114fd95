"""After the crisis text, in the answer to the very request: a short question with numbers, and how somebody whom nobody
can phone may be reached. Plain Python and the database: no worker, no Rasa.

Nothing here lowers what staff see, and nothing keeps a message from being screened: an answer is read first as a
message like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.care import check_ins, follow_up
from bot.care.alerts import in_crisis, unresolved_alert
from bot.care.check_in_rows import grave_row
from bot.care.conversations import SAFETY_REPLY, Reply, say
from bot.care.models import Alert, Channel, Conversation, FollowUp, Message
from bot.care.precedents import precedents
from bot.channels.assessing import Assessing
from bot.channels.whereabouts import Named, named_in
from bot.clinic.answers import repeats
from bot.clinic.instruments import Item, Parsed
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.follow_up import Answer, Question, Script, raised, script
from bot.safety.levels import Level
from bot.safety.replies import reply_key
from bot.safety.spanish import is_spanish
from bot.safety.verdict import Verdict
from bot.safety.window import MOST_BEFORE, WITHIN

FOLLOW_UP = "follow_up"
"""The kind of our questions after a crisis text, and of what we say to an answer that is not the safety text itself."""

FITS_AFTER = ("crisis", "crisis_es")
"""Safety texts after which something is asked. Not in an emergency or after an overdose: act first. Not on a phone that
may be watched."""

MOST_WORDS = 25
"""Of a message with a number or a place; a longer one, or one that asks something, is answered by the dialogue too."""

SPANISH = "es"


@dataclass(frozen=True)
class Heard:
    """What a message is to what we asked after the crisis text. follow_up: None where nothing was asked; answer: to the
    question that waits, or None; late: that question was asked long ago; named: a number or a place, of somebody whom
    nobody can phone; thanked: they are told that it is kept."""

    follow_up: FollowUp | None
    answer: Answer | None
    late: bool = False
    named: Named | None = None
    thanked: bool = False


@dataclass(frozen=True)
class Before:
    """What stands before a message. question: what our last message asked; waiting: our question after a crisis text
    that nobody has answered, and spanish: it was asked in Spanish; owned: a person speaks with the patient; texts: what
    the patient wrote in the last minutes and worried nobody, oldest first; again: where a check-in asked, the number
    that "same as yesterday" repeats, or "" where there is none; check_in: there is one that the message could belong
    to."""

    question: str | None = None
    waiting: Question | None = None
    spanish: bool = False
    owned: bool = False
    texts: tuple[str, ...] = ()
    again: str | None = None
    check_in: bool = False


@dataclass(frozen=True)
class FollowUps:
    """Asks, understands and goes on. `script`: the reviewed questions."""

    phrases: Phrases
    clinic: Clinic
    script: Script

    @classmethod
    def load(cls, phrases: Phrases, clinic: Clinic) -> FollowUps:
        """With the project's own questions. Raises RulesBroken where they cannot be used."""
        return cls(phrases, clinic, script())

    def before(self, session: Session, conversation_id: int, now: datetime) -> Before:
        """What a message that comes in now is read with."""
        found = precedents(
            session,
            conversation_id,
            now,
            lately=WITHIN,
            most=MOST_BEFORE,
        )
        waiting = self._waiting(session, conversation_id) if found.follow_up else None
        asks = found.question if found.check_in else None
        return Before(
            question=found.question,
            waiting=self.script.questions[str(waiting.question)] if waiting is not None else None,
            spanish=waiting is not None and str(waiting.language) == SPANISH,
            owned=found.owned,
            texts=found.texts,
            again=check_ins.given_last(session, conversation_id, asks, now),
            check_in=found.check_in,
        )

    def assess(self, screen: Assessing, before: Before, text: str, question: str | None) -> Verdict:
        """The verdict on a message. question: by `context`. "Same as yesterday" in a check-in says what it repeats;
        with nothing to repeat it says nothing, and the dialogue asks again."""
        if before.again is None or not repeats(text):
            return screen.assess_with(before.texts, text, question)
        if not before.again:
            return screen.assess_with(before.texts, text)
        verdict = screen.assess_with(before.texts, before.again, question)
        return replace(verdict, evidence=((0, len(text)),) if verdict.evidence else ())

    def put_right(
        self,
        session: Session,
        conversation: Conversation,
        screen: Assessing,
        before: Before,
        text: str,
        verdict: Verdict,
        now: datetime,
    ) -> Verdict:
        """The verdict on a message that gives a check-in a grave answer which the question asked last does not show: in
        the place of another ("I meant 2"), or in a row ("6 2 1 2"). Never lower than it was; it waits for no worker."""
        if not before.check_in:
            return verdict
        for item, parsed in self._answers(session, int(conversation.id), before, text, now):
            meant = screen.assess(f"{parsed.value:g}", item.context) if item.is_grave(parsed) else verdict
            if meant.level > verdict.level:
                verdict = replace(meant, evidence=((0, len(text)),))
        return verdict

    def _answers(
        self, session: Session, conversation_id: int, before: Before, text: str, now: datetime
    ) -> Sequence[tuple[Item, Parsed]]:
        taken_back = check_ins.taken_back(session, conversation_id, text, now)
        if taken_back is not None:
            return [(taken_back[1].item, taken_back[1].parsed)]
        row = None if before.owned else grave_row(session, conversation_id, text, before.question, now)
        if row is None:
            return ()
        # While a crisis is not resolved, what may answer our own question is not taken for another one's.
        asks = before.question is not None
        if not asks and in_crisis(session, conversation_id) and self.script.may_answer(text):
            return ()
        return row

    def context(self, before: Before, text: str) -> str | None:
        """The question that a message is to be read with, or None.

        One of ours after a crisis text only where the message answers it: in its light the trained reader takes "jk" or
        a phone number for a crisis.
        """
        waiting = before.waiting
        if waiting is not None and self._answer(waiting.key, text, before.owned) is not None:
            return waiting.asks
        return before.question

    def hear(
        self, session: Session, conversation: Conversation, text: str, choice: str | None, now: datetime
    ) -> Heard | None:
        """What a message is to what we asked, or None: something else. The conversation must be locked."""
        alert = unresolved_alert(session, int(conversation.id))
        named = self._named(session, conversation, alert, text)
        within = timedelta(minutes=self.script.within)
        waiting = self._waiting(session, int(conversation.id))
        if waiting is not None:
            owned = conversation.owner_id is not None
            answer = self._answer(str(waiting.question), self._said_to(waiting, text, choice), owned)
            late = now - waiting.asked_at > within
            # Of a late number that may as well be for the check-in only what worries is taken for an answer.
            either = late and answer is not None and answer.meaning == "no"
            if answer is not None and not (either and check_ins.current(session, int(conversation.id), now)):
                return Heard(waiting, answer, late=late, named=named)
        if alert is None or named is None:
            return None
        running = follow_up.of_alert(session, int(alert.id))
        # Hours later "I'm at home" is said by the way.
        thanked = running is not None and (named.number is not None or now - running.started_at <= within)
        return Heard(running, None, named=named, thanked=thanked)

    def judged(self, verdict: Verdict, heard: Heard | None) -> Verdict:
        """The verdict on a message that may be an answer: never lower than it was."""
        return raised(verdict, heard.answer) if heard is not None and heard.answer is not None else verdict

    def reply(
        self, heard: Heard | None, verdict: Verdict, text: str, conversation: Conversation, channel: Channel
    ) -> Reply | None:
        """What is said to an answer at once; None where the safety text, a person or the dialogue replies."""
        if heard is None or heard.follow_up is None or conversation.owner_id is not None:
            return None
        language = str(heard.follow_up.language)
        if heard.answer is None:
            brief = len(text.split()) <= MOST_WORDS and "?" not in text
            calm = verdict.level in (Level.NONE, Level.UNASSESSED)
            return self._said("reach_kept", language, channel) if heard.thanked and brief and calm else None
        if heard.late and heard.answer.meaning != "yes":
            return None  # long after the crisis text no further question is asked
        if not heard.answer.bare or reply_key(verdict, text) not in ("", "urgent", "unassessed", *FITS_AFTER):
            return None
        return self._said(self._next(heard.follow_up, heard.answer), language, channel)

    def go_on(
        self,
        session: Session,
        conversation: Conversation,
        message: Message,
        verdict: Verdict,
        heard: Heard | None,
        reply: Message | None,
        now: datetime,
        *,
        sent: bool,
        asks: bool = True,
    ) -> list[Message]:
        """Keep what the message answered, and say what comes after the safety text. Gives our further messages.

        message: as stored, with `verdict`; reply: what it was answered with at once. sent: the channel hands them to
        the carrier in the answer to this request. asks: False where nothing may be asked now.
        """
        channel = Channel(message.channel)
        alert = unresolved_alert(session, int(conversation.id))
        named = heard.named if heard is not None else None
        named = named or self._named(session, conversation, alert, str(message.text))
        if alert is not None and named is not None:
            follow_up.keep_whereabouts(session, alert, message, named.number, named.reason, now)
        if heard is not None and heard.follow_up is not None:
            if heard.answer is not None:
                self._keep(session, heard.follow_up, heard.answer, message, reply, now)
            return []
        running = follow_up.of_alert(session, int(alert.id)) if alert is not None else None
        if running is not None and running.question is not None:
            follow_up.end(running, follow_up.OTHER_WORDS, now)
        if not asks or alert is None or conversation.owner_id is not None or reply is None:
            return []
        if reply.kind != SAFETY_REPLY or reply_key(verdict, str(message.text)) not in FITS_AFTER:
            return []
        further: list[Reply] = []
        if running is None:
            language = SPANISH if is_spanish(str(message.text)) else "en"
            running = follow_up.begin(session, alert, self.script.version, language, now)
            reachable = follow_up.has_number(session, alert)
            if channel is Channel.WEB and not reachable and follow_up.nobody_can_phone(session, conversation):
                further.append(self._said("reach", language, channel))
        first = running.question is None and self.script.fits(verdict)
        if first:
            further.append(self._said(self.script.first.key, str(running.language), channel))
        stored = [
            say(session, conversation, one, channel=channel, now=now, reply_to=message, sent=sent)
            for one in further
        ]
        if first:
            follow_up.asked(running, self.script.first.key, stored[-1])
        return stored

    def _keep(
        self,
        session: Session,
        running: FollowUp,
        answer: Answer,
        message: Message,
        reply: Message | None,
        now: datetime,
    ) -> None:
        follow_up.answered(session, running, message, answer.meaning, answer.reason, now)
        goes_on = self._next(running, answer)
        if (
            reply is None
            or reply.kind not in (FOLLOW_UP, SAFETY_REPLY)
            or goes_on not in self.script.questions
        ):
            asked_all = reply is not None and goes_on in self.script.endings
            follow_up.end(running, follow_up.ANSWERED if asked_all else follow_up.OTHER_WORDS, now)
        elif reply.kind == FOLLOW_UP:
            follow_up.asked(running, goes_on, reply)

    def _next(self, running: FollowUp, answer: Answer) -> str:
        """The key of what is said to an answer: a question, or an ending where no more may be asked."""
        if answer.then in self.script.endings:
            return answer.then
        if running.ended_at is None and int(running.asked) < self.script.most:
            return answer.then
        return "act_now" if answer.meaning == "yes" else "done"

    def _named(
        self, session: Session, conversation: Conversation, alert: Alert | None, text: str
    ) -> Named | None:
        """The number or the place in a message of somebody in danger whom nobody can phone."""
        if alert is None or not Level(alert.level).immediate:
            return None
        named = named_in(session, text, self.script, self.clinic)
        return named if named is not None and follow_up.nobody_can_phone(session, conversation) else None

    def _waiting(self, session: Session, conversation_id: int) -> FollowUp | None:
        waiting = follow_up.waiting_question(session, conversation_id)
        return waiting if waiting is not None and waiting.question in self.script.questions else None

    def _answer(self, question: str, text: str, owned: bool) -> Answer | None:
        """What a message says to our question. While a person speaks with the patient, only a bare number or word is
        meant for us: "yes she is here" is said to them."""
        answer = self.script.understand(question, text)
        return answer if answer is not None and (answer.alone or not owned) else None

    def _said_to(self, waiting: FollowUp, text: str, choice: str | None) -> str:
        """What a message says to our question: the number of the button, where it is one of that question's. The button
        of a check-in asked before says what its title says."""
        shown = self._said(str(waiting.question), str(waiting.language), Channel.WEB).buttons
        return choice if choice is not None and {"title": text.strip(), "payload": choice} in shown else text

    def _said(self, key: str, language: str, channel: Channel) -> Reply:
        phrase = f"follow_up_{key}_{SPANISH}" if language == SPANISH else f"follow_up_{key}"
        buttons = self.phrases.buttons(phrase) if channel is Channel.WEB else []
        # No `question`: what is no answer must not be read in the light of it. The record knows what was asked.
        return Reply(
            self.phrases.say(phrase, channel.value, self.clinic),
            kind=SAFETY_REPLY if key in ("act_now", "call_now") else FOLLOW_UP,
            buttons=tuple({"title": one.title, "payload": one.payload} for one in buttons),
        )
