"""Several answers to one message, in the order in which the patient asked."""

from __future__ import annotations

from bot.language.clauses import clauses
from bot.language.reader import Reader
from bot.nlu.in_context import TOPIC_PREFIX


def in_order(text: str, answers: tuple[str, ...], reader: Reader) -> tuple[str, ...]:
    """`answers` (topics) by the clause of `text` that asks for each most clearly; as they were where there is one."""
    parts = clauses(text) if len(answers) > 1 else []
    if len(parts) < 2:
        return answers
    chances = [dict(reading.intents) for reading in reader.read_many([(part, None) for part in parts])]

    def place(topic: str) -> int:
        by_clause = [chance.get(TOPIC_PREFIX + topic, 0.0) for chance in chances]
        return by_clause.index(max(by_clause))

    return tuple(sorted(answers, key=place))
