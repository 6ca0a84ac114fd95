"""The screen: a patient's text in, a verdict out.

Two readers that know nothing of each other: rules and the trained reader. Each reads the text as typed and
once more with disguises undone ("k i l l", "su1c1de"); the trained reader reads the clauses apart as well, so that a
question beside a confession hides nothing. `bot.safety.join` makes one level of what they say.

    screen = Screen.load("full")
    screen.assess("i dont want to be here anymore").level      # Level.CRISIS
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import Levenshtein

from bot.language.errors import LanguageError
from bot.language.labels import SAFETY_INTENT
from bot.language.normalise import clean as plain_text
from bot.language.normalise import normalise
from bot.language.reader import Reader
from bot.safety import danger, join
from bot.safety.answers import AnswerRule, Meanings, answer_rules, is_frequency_scale, plain_answers, settles
from bot.safety.levels import Level
from bot.safety.places import gravest, merged, moved, place
from bot.safety.reader_texts import CLAUSES_UP_TO, clauses_apart, says_something, wholes
from bot.safety.rule_reader import Finding, beginnings, rule_reader
from bot.safety.rules import READER_CALM, Rule, RuleBook, rule_book
from bot.safety.text import Piece, chunks, clean, windows
from bot.safety.verdict import TOO_LONG, Verdict
from bot.safety.versions import code_version
from bot.safety.window import MOST_BEFORE, calm_apart, read_together, together

log = logging.getLogger(__name__)

Mode = Literal["full", "rules_only", "off"]
MODES: tuple[Mode, ...] = ("full", "rules_only", "off")

# Messages that `assess_many` gives to the trained reader at once: two texts each stay below what it remembers.
BATCH = 32

_FAILED = "The screen could not assess this message. Read it as if it were urgent."
_READER_ALONE = {
    Level.EMERGENCY: "The trained reader takes this for a medical emergency now.",
    Level.URGENT: "The trained reader takes this for something that a clinician should see today.",
}
_READER_MISSING = "Judged by the rules alone: the trained reader is not there."


@dataclass(frozen=True)
class Assessment:
    """A verdict with the way to it: what `aftercare explain` prints.

    read: the texts that were read, as (how, text). silenced: rules that matched and were silenced by a scope, as
    (rule, scopes). readings: what the trained reader said to each text, as (how, probabilities). by_intent: what its
    head of intents gives for `safety`, where it was asked.
    """

    verdict: Verdict
    joined: join.Joined
    read: tuple[tuple[str, str], ...]
    fired: tuple[tuple[str, int, int], ...]
    silenced: tuple[tuple[str, tuple[str, ...]], ...]
    readings: tuple[tuple[str, dict[str, float]], ...]
    by_intent: float | None = None


class Screen:
    """Assesses messages. Loaded once per process (`Screen.load`); `assess` may be called from any thread."""

    def __init__(self, mode: Mode, book: RuleBook | None, reader: Reader | None, reader_state: str) -> None:
        self.mode: Mode = mode
        self.reader = reader
        self._book = book
        self._rules = rule_reader(book) if book else None
        self._answers: tuple[AnswerRule, ...] = answer_rules(book.answers) if book else ()
        self._plain = plain_answers(book.plain) if book else ()
        self._meanings = Meanings(book.meanings) if book else None
        self.versions = {
            "mode": mode,
            "rules": book.version if book else "off",
            "reader": reader.version if reader else reader_state,
            "join": join.VERSION,
            "danger": danger.VERSION,
            "code": code_version(),
        }

    @staticmethod
    @lru_cache(maxsize=3)
    def load(mode: Mode = "full") -> Screen:
        """The screen for a mode of `clinic.yml`: full, rules_only (nothing is inferred by a model) or off.

        A missing or unfit model file is no reason to fail: the screen then works with the rules alone, and
        `versions["reader"]` says `missing` or `outdated`. Raises RulesBroken when the rules cannot be used, and
        ValueError for an unknown mode.
        """
        if mode not in MODES:
            raise ValueError(f"safety reading mode {mode!r}: choose one of {', '.join(MODES)}")
        if mode == "off":
            return Screen(mode, None, None, "off")
        book = rule_book()
        if mode == "rules_only":
            return Screen(mode, book, None, "off")
        try:
            return Screen(mode, book, Reader.load(), "")
        except LanguageError as error:
            log.error("safety screen without its trained reader: %s", error)
            return Screen(mode, book, None, "missing" if "Missing" in type(error).__name__ else "outdated")

    def assess(self, text: str, context: str | None = None) -> Verdict:
        """The verdict on one message.

        text: as typed, of any length and content; context: the question just asked, or None. Never raises: a message
        that cannot be assessed gets level `unassessed`, so that a person looks at it.
        """
        return self.examine(text, context).verdict

    def assess_with(self, recent: Sequence[str], text: str, context: str | None = None) -> Verdict:
        """As `assess`, read together with what the patient wrote shortly before and what worried nobody (oldest first).

        It only raises (`bot.safety.window`). Never raises an error: where reading together fails, a person looks.
        Answers that the questions of a check-in list ("2", "most days") are no sentences: side by side they sound like
        a crisis and say nothing, so that each counts by itself. The verdict brings along what the encoder made of the
        text.
        """
        verdict = self._assess_with(recent, text, context)
        try:
            return replace(verdict, encoded=self.reader.recall(text, context)) if self.reader else verdict
        except Exception as error:  # whoever reads the text next encodes it again
            log.error("a reading could not be handed on: %s", type(error).__name__)
            return verdict

    def look_ahead(self, text: str, context: str | None = None) -> None:
        """Say that this message is about to be assessed, so that a part of the work is done beside other work. Never
        raises."""
        try:
            if self.reader is not None and len(text) <= CLAUSES_UP_TO:
                self.reader.begin(clean(text), context)
        except Exception as error:  # it is read in any case
            log.error("a reading could not be begun: %s", type(error).__name__)

    def _assess_with(self, recent: Sequence[str], text: str, context: str | None) -> Verdict:
        try:
            by_itself = context is not None and (self._is_plain(text, context) or self._lists(text))
            before = [] if by_itself else [one for one in recent[-MOST_BEFORE:] if not self._lists(one)]
            if not by_itself:
                self._begin(before, text, context)
        except Exception as error:
            return _not_together(self.assess(text, context), error)
        alone = self.assess(text, context)
        try:
            return read_together(self, before, text, alone)
        except Exception as error:
            return _not_together(alone, error)

    def _begin(self, before: Sequence[str], text: str, context: str | None) -> None:
        self.look_ahead(text, context)
        if before and self.reader is not None and not calm_apart(self.reader, before):
            self.look_ahead(together(before, text))

    def assess_many(self, rows: Sequence[tuple[str, str | None]]) -> list[Verdict]:
        """The verdicts on many messages, in order; the trained reader takes them in batches. Never raises."""
        verdicts: list[Verdict] = []
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            try:
                if self.reader is not None:
                    self.reader.levels_many(
                        [(part, c) for text, c in batch for _, part in wholes(clean(text))]
                    )
            except Exception as error:
                # Only the warming of the reader's memory failed; each message is still assessed by itself below.
                log.error("reading a batch failed: %s", type(error).__name__)
            verdicts += [self.assess(text, context) for text, context in batch]
        return verdicts

    def level_of(self, rule_id: str) -> Level:
        """The level of the rule with that id. Raises KeyError when there is none (or the screen is off)."""
        levels = {rule.id: rule.level for rule in self._book.rules} if self._book else {}
        levels.update({rule.id: rule.level for rule in self._answers})
        return levels[rule_id]

    def reason_of(self, rule_id: str) -> str:
        """The reason of the rule with that id, a sentence for staff. Raises KeyError as `level_of` does."""
        reasons = {rule.id: rule.reason for rule in self._book.rules} if self._book else {}
        reasons.update({rule.id: rule.reason for rule in self._answers})
        return reasons[rule_id]

    def examine(self, text: str, context: str | None = None, *, made_of: Sequence[str] = ()) -> Assessment:
        """As `assess`, with the way to the verdict. Never raises.

        made_of: the messages that the text was put together from, each of which was read by itself. What one of them
        has all the words for is not looked for again, no clause is read apart, and the trained reader is not asked
        where it was calm about each (`bot.safety.window.calm_apart`).
        """
        try:
            return self._examine(text, context, made_of)
        except Exception as error:
            # The boundary of promise 1: whatever breaks, a person looks. No traceback: it may hold a patient's words.
            log.error("the safety screen failed: %s", type(error).__name__)
            return _without_reading(Verdict(Level.UNASSESSED, 0.5, (_FAILED,), (), (), dict(self.versions)))

    def _examine(self, text: str, context: str | None, made_of: Sequence[str]) -> Assessment:
        if self._rules is None:
            return _without_reading(Verdict(Level.NONE, 0.0, (), (), (), dict(self.versions)))
        typed = clean(text)
        pieces, complete = windows(typed)
        read: list[tuple[str, str]] = []
        findings: list[Finding] = []
        for piece in pieces:
            for chunk in chunks(piece):
                read.append(("typed", chunk.text))
                cuts = beginnings(chunk.text, [clean(one) for one in made_of])
                findings += moved(self._rules.read(chunk.text, cuts), chunk.start)
                findings += self._read_normalised(chunk, read, made_of)
        fired = [finding for finding in findings if not finding.silenced_by]
        silenced = [finding for finding in findings if finding.silenced_by]
        answered = self._answered(typed, context)
        plain = self._is_plain(typed, context)
        known = plain or (made_of and not fired and self._calm_apart(typed, made_of))
        wide = [one for one in fired if not one.plain and not made_of]
        common = [one for one in wide if READER_CALM in one.rule.unless]
        readings = [] if known else self._readings(typed, context, apart=not made_of, closely=bool(wide))
        whole = [probabilities for how, probabilities in readings if how != "clause"]
        apart = [probabilities for how, probabilities in readings if how == "clause"]
        by_intent = self._by_intent(typed, context, whole, apart if common else ())
        calm = common if join.calm(whole, apart, by_intent or 0.0) else []
        calm = wide if join.certain(whole, apart) else calm
        fired = [one for one in fired if one not in calm]
        silenced += [replace(one, silenced_by=(READER_CALM,)) for one in calm]
        joined = join.join(
            [*(finding.rule for finding in fired), *answered],
            [finding.rule for finding in silenced],
            whole,
            apart,
            by_intent or 0.0,
            self._by_clause(typed, context, whole, apart),
        )
        if not fired and not answered and joined.decided_by == "both":
            fired = [finding for finding in silenced if finding.rule.level == joined.level]
        found_by: list[Rule | AnswerRule] = [*answered, *(finding.rule for finding in fired)]
        whose = ""
        if (
            joined.level is Level.CRISIS
            and self.reader
            and not any(one.level is Level.CRISIS for one in found_by)
        ):
            whose = danger.whose(self.reader, typed, context)
        verdict = self._verdict(text, joined, fired, answered, complete, whose)
        if joined.decided_by == "reader":
            worries = [join.worry(probabilities) for probabilities in apart]
            verdict = replace(verdict, evidence=gravest(typed, clauses_apart(typed), worries))
        return Assessment(
            verdict=verdict,
            joined=joined,
            read=tuple(dict.fromkeys(read)),
            fired=tuple(dict.fromkeys((finding.rule.id, finding.start, finding.end) for finding in fired)),
            silenced=tuple(dict.fromkeys((finding.rule.id, finding.silenced_by) for finding in silenced)),
            readings=tuple(readings),
            by_intent=by_intent,
        )

    def _read_normalised(
        self, chunk: Piece, read: list[tuple[str, str]], made_of: Sequence[str]
    ) -> list[Finding]:
        """What the rules find once disguises are undone, with places in the text as typed."""
        assert self._rules is not None
        undone = normalise(chunk.text)
        if undone == plain_text(chunk.text):
            return []
        read.append(("normalised", undone))
        blocks = Levenshtein.opcodes(chunk.text.lower(), undone.lower())
        found = []
        for finding in self._rules.read(undone, beginnings(undone, [normalise(one) for one in made_of])):
            start, end = place(blocks, finding.start, finding.end)
            found.append(replace(finding, start=chunk.start + start, end=chunk.start + end))
        return found

    def _answered(self, text: str, context: str | None) -> list[AnswerRule]:
        """Answer rules that fire: a bare answer to the question just asked."""
        if not context or self._meanings is None:
            return []
        meant = self._meanings.of(context, text)
        for answer in (one for plain in self._plain for one in plain.put_right(text)):
            if self._meanings.nothing_else(context, answer):
                meant |= self._meanings.of(context, answer)
        return [rule for rule in self._answers if rule.is_about(context) and rule.means & meant]

    def _is_plain(self, text: str, context: str | None) -> bool:
        """Whether a message is nothing but what was asked for, such as a time, or says unasked when a treatment was."""
        return any(plain.is_plain(context, text) for plain in self._plain)

    def _lists(self, text: str) -> bool:
        """Whether a message is nothing but a number, or an answer that a question of a check-in lists."""
        return any(plain.is_listed(text) for plain in self._plain)

    def _readings(
        self, text: str, context: str | None, *, apart: bool = True, closely: bool = False
    ) -> list[tuple[str, dict[str, float]]]:
        """What the trained reader says to the whole message, to its normalised form and, where those are worrying
        enough, or it is to look `closely`, and `apart`, to its clauses."""
        if self.reader is None or not says_something(text):
            return []
        if context and settles(context, text) and self._is_judged(context):
            return []
        texts = wholes(text)
        levels = self.reader.levels_many([(part, context) for _, part in texts])
        readings = [(how, probabilities) for (how, _), probabilities in zip(texts, levels)]
        worry = max(join.worry(probabilities) for _, probabilities in readings)
        if apart and (closely or worry >= join.CLAUSE_IN_WHOLE):
            parts = clauses_apart(text)
            readings += [
                ("clause", probabilities)
                for probabilities in self.reader.levels_many([(part, context) for part in parts])
            ]
        return readings

    def _by_intent(
        self,
        text: str,
        context: str | None,
        whole: Sequence[join.Probabilities],
        clauses: Sequence[join.Probabilities],
    ) -> float | None:
        """The second opinion on a message of which the reader is in two minds, as a whole or because of a clause; None
        where it is not needed."""
        if self.reader is None or not (join.undecided(whole) or join.alarming(clauses)):
            return None
        return self.reader.chance_of(SAFETY_INTENT, [(part, context) for _, part in wholes(text)])

    def _by_clause(
        self,
        text: str,
        context: str | None,
        whole: Sequence[join.Probabilities],
        clauses: Sequence[join.Probabilities],
    ) -> float:
        """What the head of intents gives for `safety` in a clause that is nearly certain to worry; 0 where there is
        none, the whole is too calm for it to count, or worrying enough without it."""
        worry = max(map(join.worry, whole), default=0.0)
        if self.reader is None or not join.CLAUSE_IN_WHOLE <= worry < join.ALARM_SURE:
            return 0.0
        parts = zip(clauses_apart(text), clauses)
        grave = [(part, context) for part, found in parts if join.worry(found) >= join.ALARM_APART]
        return self.reader.chance_of(SAFETY_INTENT, grave) if grave else 0.0

    def _calm_apart(self, text: str, parts: Sequence[str]) -> bool:
        """Whether the trained reader need not be asked about `text`, made of `parts`. It was asked about them as typed:
        a disguise is undone, and read, in any case."""
        return self.reader is not None and calm_apart(self.reader, parts) and len(wholes(text)) == 1

    def _is_judged(self, context: str) -> bool:
        """True where something else than the trained reader judges a listed answer: an answer rule, or a score."""
        return is_frequency_scale(context) or any(rule.is_about(context) for rule in self._answers)

    def _verdict(
        self,
        text: str,
        joined: join.Joined,
        fired: Sequence[Finding],
        answered: Sequence[AnswerRule],
        complete: bool,
        whose: str,
    ) -> Verdict:
        level, reasons = joined.level, []
        if level is not Level.NONE:
            rules: list[Rule | AnswerRule] = [*answered, *(finding.rule for finding in fired)]
            rules.sort(key=lambda rule: -rule.level.rank)
            reasons = list(dict.fromkeys(rule.reason for rule in rules))
            if joined.decided_by == "reader" or (rules and level > max(rule.level for rule in rules)):
                reasons.insert(0, danger.REASONS[whose] if level is Level.CRISIS else _READER_ALONE[level])
            if self.mode == "full" and self.reader is None:
                reasons.append(_READER_MISSING)
        if not complete:
            level = max(level, Level.UNASSESSED)
            reasons.append(TOO_LONG.format(length=len(text)))
        if level is Level.NONE:
            return Verdict(level, joined.score, (), (), (), dict(self.versions))
        spans = merged([(finding.start, finding.end) for finding in fired])
        stripped = text.strip()
        if not spans and answered and stripped:
            start = text.index(stripped)
            spans = [(start, start + len(stripped))]
        ids = dict.fromkeys([*(rule.id for rule in answered), *(finding.rule.id for finding in fired)])
        return Verdict(
            level, joined.score, tuple(reasons), tuple(spans), tuple(ids), dict(self.versions), danger=whose
        )


def _not_together(alone: Verdict, error: Exception) -> Verdict:
    log.error("reading messages together failed: %s", type(error).__name__)
    return replace(alone, level=max(alone.level, Level.UNASSESSED), reasons=(*alone.reasons, _FAILED))


def _without_reading(verdict: Verdict) -> Assessment:
    return Assessment(verdict, join.Joined(verdict.level, verdict.score, "nobody"), (), (), (), ())
