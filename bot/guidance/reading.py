"""Reading the files below `guidance/`: YAML to checked mappings, and the checks that texts of every kind share."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.clinic.paths import ROOT
from bot.guidance import gsm7
from bot.guidance.errors import GuidanceInvalid

FOLDER = ROOT / "guidance"
"""Where the guidance lies."""

CHANNELS = ("web", "sms")
WEB_LIMIT = 600
"""Characters of an answer on the web: what fits a small screen without scrolling."""
SMS_LIMIT = 2 * gsm7.OF_SEVERAL
"""Septets of an answer by text message: two segments."""

CLINIC_FIELDS: Mapping[str, int] = {
    "clinic_name": 40,
    "phone": 20,
    "after_hours_phone": 20,
    "phone_now": 20,
    "crisis_line": 8,
    "ambulance": 3,
}
"""Placeholders that the clinic's settings fill, and the longest value that the length checks reckon with."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Loader):
    """Refuses a key that stands twice, where YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(self.construct_object(key_node, deep=True))
            if key in seen:
                problem = f"{key} stands there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        content: dict[Any, Any] = super().construct_mapping(node, deep)
        return content


class Problems:
    """Collects what is wrong, so that one run names everything."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, file: str, key: str, problem: str) -> None:
        """problem: what is wrong and what to do, a sentence or two without the last full stop."""
        self.found.append(f"{file}: {key}: {problem}." if key else f"{file}: {problem}.")

    def raise_if_any(self) -> None:
        """Raises GuidanceInvalid when anything was added."""
        if self.found:
            raise GuidanceInvalid(self.found)


def read_mapping(path: Path, problems: Problems) -> dict[str, Any]:
    """The content of one YAML file; an empty mapping when it cannot be read, which is then among the problems."""
    name = shown(path)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except FileNotFoundError:
        problems.add(name, "", "there is no such file. Put it back, or point to the right folder")
        return {}
    except (OSError, UnicodeDecodeError) as error:
        problems.add(name, "", f"cannot be read ({type(error).__name__}). Make it a readable UTF-8 file")
        return {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "the file"
        problems.add(name, where, f"{getattr(error, 'problem', None) or 'is not YAML'}. Mend that line")
        return {}
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError):
        # A value of a type that it is not, such as 2026-13-40, which YAML takes for a date.
        problems.add(name, "", "holds a value that cannot be read. Write texts in quotes")
        return {}
    if not isinstance(content, dict):
        problems.add(name, "", "holds no keys. Write one `key: value` a line, as its neighbours do")
        return {}
    return content


def shown(path: Path) -> str:
    """A path as errors name it: from the guidance folder on."""
    return (
        "/".join(path.parts[-3:]) if path.parent.name in ("topics", "phrases") else "/".join(path.parts[-2:])
    )


def check_keys(
    content: Mapping[str, Any],
    needed: Iterable[str],
    optional: Iterable[str],
    file: str,
    at: str,
    problems: Problems,
) -> None:
    """Every needed key is there, and no unknown one."""
    needed, optional = list(needed), list(optional)
    for key in needed:
        if key not in content:
            problems.add(file, _join(at, key), "is missing. Add it")
    for key in content:
        if key not in needed and key not in optional:
            problems.add(
                file, _join(at, str(key)), f"is not a known key. Use one of {', '.join(needed + optional)}"
            )


def check_text(
    text: Any,
    channel: str,
    allowed: Mapping[str, int],
    file: str,
    key: str,
    problems: Problems,
    limit: int | None = None,
) -> None:
    """A wording holds text, uses known placeholders only, and fits its channel with their longest values.

    allowed: placeholder to the length that it may take. limit: characters (web) or septets (sms) instead of the usual.
    """
    if not isinstance(text, str) or not text.strip():
        problems.add(file, key, "holds no text. Write the wording")
        return
    for name in placeholders(text):
        if name not in allowed:
            known = ", ".join(sorted(allowed))
            problems.add(file, key, f"the placeholder {{{name}}} is not known here. Use one of {known}")
    bare = _PLACEHOLDER.sub("", text)
    if "{" in bare or "}" in bare:
        problems.add(file, key, "a brace stands alone. Write placeholders as {name}")
    strange = gsm7.outside(bare) if channel == "sms" else []
    if strange:
        signs = " ".join(map(repr, strange))
        problems.add(
            file, key, f"{signs} is not in the GSM-7 alphabet of text messages. Write plain characters"
        )
        return
    most, unit = (limit or WEB_LIMIT, "characters") if channel == "web" else (limit or SMS_LIMIT, "septets")
    length = longest(text, channel, allowed)
    if length > most:
        problems.add(file, key, f"is up to {length} {unit} long, {most} are allowed. Shorten it")


def longest(text: str, channel: str, lengths: Mapping[str, int]) -> int:
    """How long `text` gets when its placeholders hold values of these lengths: characters, or septets for sms."""
    bare = _PLACEHOLDER.sub("", text)
    own = len(bare) if channel == "web" else gsm7.septets(bare)
    return own + sum(lengths.get(name, 0) for name in placeholders(text))


def placeholders(text: str) -> list[str]:
    """The names in braces, in order, repeats included."""
    return _PLACEHOLDER.findall(text)


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with each {name} replaced once; what a value holds is never read as a placeholder. KeyError
    when one is missing."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def hash_of(content: Any) -> str:
    """sha256 (64 hexadecimal digits) over canonical JSON, so that layout and the order of keys do not count."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
