"""What can go wrong with the guidance, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from bot.clinic.errors import AftercareError


class GuidanceInvalid(AftercareError):
    """The files below `guidance/` break a rule.

    problems: one line for each, naming the file, the key and the fix.
    """

    code = "AC301"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class UnknownTopic(AftercareError):
    """An answer was asked for on a topic that the guidance does not have."""

    code, status = "AC302", 404

    def __init__(self, topic: str, known: Iterable[str]) -> None:
        self.topic = topic
        super().__init__(
            f"The guidance has no topic of the name {topic!r}.{_nearest(topic, known)} Use one of guidance/topics."
        )


class UnknownPhrase(AftercareError):
    """A phrase, or a variant of one, was asked for that the guidance does not have."""

    code = "AC303"

    def __init__(self, key: str, known: Iterable[str], variant_of: str = "") -> None:
        self.key = key
        kind = f"variant of the phrase {variant_of!r}" if variant_of else "phrase"
        super().__init__(
            f"The guidance has no {kind} of the name {key!r}.{_nearest(key, known)} Use a name of guidance/phrases."
        )


class WrongFields(AftercareError):
    """A phrase was asked for without the fields that it declares, or with others."""

    code = "AC304"

    def __init__(self, key: str, needed: Iterable[str], given: Iterable[str]) -> None:
        self.key = key
        super().__init__(
            f"The phrase {key!r} needs the fields ({', '.join(sorted(needed)) or 'none'}) and was given "
            f"({', '.join(sorted(given)) or 'none'}). Hand over exactly the fields that guidance/phrases declares."
        )


class NoTimeZone(AftercareError):
    """A moment without a time zone reached the guidance, where it would shift an answer by hours."""

    code = "AC305"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} has no time zone. Hand over an aware datetime.")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
