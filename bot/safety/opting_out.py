"""Whether a message says, in words, that its writer wants no more texts.

Reviewed data (data/safety/opting_out.yml), for the moments in which no dialogue hears a message. It says nothing about
danger: the screen reads the same message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.safety.errors import RulesBroken

FILE = Path(__file__).resolve().parents[2] / "data" / "safety" / "opting_out.yml"

LONGEST = 1_000
"""Characters that are looked at: of a longer message the beginning and the end."""

_KEYS = {"screen_opting_out", "author", "review", "begins", "wishes", "must", "must_not"}
_APOSTROPHES = re.compile("['\u2019\u2018`]")


@dataclass(frozen=True)
class OptingOut:
    """The words, ready to be looked for. must, must_not: examples that are and are not such a wish."""

    version: str
    wish: re.Pattern[str]
    must: tuple[str, ...]
    must_not: tuple[str, ...]

    def says(self, text: str) -> bool:
        """Whether `text` says that its writer wants no more texts."""
        half = LONGEST // 2
        looked_at = text if len(text) <= LONGEST else f"{text[:half]}\n{text[-half:]}"
        return self.wish.search(_APOSTROPHES.sub("", looked_at)) is not None


def load_words(path: Path = FILE) -> OptingOut:
    """Read and check the words. Raises RulesBroken, naming what is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or set(content) != _KEYS:
            raise RulesBroken(path.name, f"the keys are {', '.join(sorted(_KEYS))}")
        wish = f"{content['begins']}(?:{'|'.join(content['wishes'])})"
        return OptingOut(
            version=str(content["screen_opting_out"]),
            wish=re.compile(wish, re.IGNORECASE),
            must=tuple(content["must"]),
            must_not=tuple(content["must_not"]),
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, re.error) as error:
        raise RulesBroken(path.name, f"cannot be used ({type(error).__name__}: {error})") from error


@lru_cache(maxsize=1)
def words() -> OptingOut:
    """The project's own words, read once. Raises RulesBroken."""
    return load_words()


def wants_no_texts(text: str) -> bool:
    """Whether a message says in words that its writer wants no more texts."""
    return words().says(text)
