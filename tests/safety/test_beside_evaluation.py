"""The measure of questions beside confessions counts what is hidden, on either side."""

from __future__ import annotations

from bot.language.training_data import Example
from bot.safety.beside_evaluation import beside, chosen, evaluate
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

WISH = Example("i want to die", "safety", "crisis")
QUESTION = Example("may i eat?", "ask_eating")
TALK = Example("nice weather", "out_of_scope")


class _HearsWhatComesFirst:
    """Flags what begins with the wish, and plain talk beside a question."""

    def assess(self, text: str) -> Verdict:
        level = Level.CRISIS if text.startswith(WISH.text) or TALK.text in text else Level.NONE
        return Verdict(level, 1.0, (), (), (), {})


def test_two_messages_are_one_text() -> None:
    assert beside("may i eat?", "i want to die") == "may i eat? i want to die"
    assert beside("i want to die ", "may i eat?") == "i want to die. may i eat?"


def test_what_a_question_hides_is_counted_on_each_side() -> None:
    found = evaluate(_HearsWhatComesFirst(), [WISH, WISH], [QUESTION], [TALK])  # type: ignore[arg-type]
    assert (found.after.hits, found.after.of) == (0, 2)
    assert (found.before.hits, found.before.of) == (2, 2)
    assert (found.harmless.hits, found.harmless.of) == (1, 1)
    assert found.missed == ("may i eat? i want to die",) * 2


def test_confessions_are_those_that_are_heard_alone(rules_screen) -> None:
    grave, questions, plain = chosen(rules_screen, 20)
    assert len(grave) == 20 and all(rules_screen.assess(one.text).level is not Level.NONE for one in grave)
    assert all(one.intent.startswith("ask_") for one in questions) and len(plain) > 100
