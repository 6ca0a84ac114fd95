"""Reading what people write: YAML as text, times, telephone numbers; and telling them what is wrong with it."""

from __future__ import annotations

import difflib
import re
from datetime import time
from typing import Any
from urllib.parse import SplitResult, urlsplit

import yaml
from pydantic import BaseModel


class TextLoader(yaml.SafeLoader):
    """Mappings, lists and text; a key that stands twice is refused, since YAML would silently keep the last."""

    yaml_implicit_resolvers: dict[Any, Any] = {}
    # A tag, such as !!int, would call for a type of YAML's own; it is refused, as an unknown one is.
    yaml_constructors = {
        tag: yaml.SafeLoader.yaml_constructors[tag]
        for tag in (*(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str")), None)
    }

    def construct_scalar(self, node: yaml.Node) -> Any:
        text = super().construct_scalar(node)  # type: ignore[arg-type]
        if re.search("[\x00\ud800-\udfff]", str(text)):  # nothing stores or sends it
            raise yaml.constructor.ConstructorError(
                None, None, "a character that no text can hold", node.start_mark
            )
        return text

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
            if isinstance(key, (dict, list)):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a plain word", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{shown(str(key))} stands there twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def shown(word: str) -> str:
    """A word that somebody wrote, as an error may say it: as it is, unless it may be an address, which can hold a
    secret."""
    return word if re.fullmatch(r"[\w .-]{1,40}", word) else "(a text that is no name)"


def filled(value: str) -> str:
    """`value` unless it is empty; ValueError says so."""
    if not value:
        raise ValueError("is empty. Write a value")
    return value


def telephone(value: str, fewest: int = 7) -> str:
    """`value` when it is a telephone number of at least `fewest` and at most 15 digits (E.164); else ValueError."""
    digits = re.sub(r"[^0-9]", "", value)
    if not re.fullmatch(r"\+?[0-9\s().-]+", value) or not fewest <= len(digits) <= 15:
        raise ValueError(f"{value!r} is not a telephone number. Write digits, such as (212) 555-0142")
    return value


def web_address(value: str) -> SplitResult:
    """The parts of a web address whose port there can be; else ValueError. Scheme and host are not checked."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(
            f"{value!r} is not a web address. Write one, such as https://chat.clinic.example"
        ) from None
    return parts


def time_of_day(value: Any, midnight: bool = False) -> time:
    """`HH:MM` as a time; with `midnight`, 24:00 is the end of the day. ValueError names the fix."""
    if isinstance(value, time):
        return value
    text = str(value).strip()
    if midnight and text == "24:00":
        return time.max
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"{text!r} is not a time of day. Write HH:MM, such as 08:30")
    return time(int(match[1]), int(match[2]))


def problem_of(error: Any, model: type[BaseModel]) -> str:
    """One finding of pydantic about `model`, as `key: what is wrong. What to do`, without the full stop."""
    place: list[Any] = [part for part in error["loc"] if part != "__root__"]
    key = ".".join(str(part + 1) if isinstance(part, int) else shown(str(part)) for part in place)
    kind = str(error["type"])
    if kind == "value_error.missing":
        return f"{key}: is missing. Add it"
    if kind == "value_error.extra":
        near = difflib.get_close_matches(str(place[-1]), _known_keys(model, place[:-1]), n=1)
        return f"{key}: is not a known key. " + (f"Write {near[0]} instead" if near else "Remove it")
    if kind == "value_error.const":
        given, allowed = error["ctx"]["given"], ", ".join(map(str, error["ctx"]["permitted"]))
        return f"{key}: {given!r} is not one of the choices. Write one of {allowed}"
    if kind.startswith("type_error.integer"):
        return f"{key}: is not a whole number. Write digits only"
    if kind.startswith(("type_error.bool", "value_error.strictbool")):
        return f"{key}: is neither true nor false. Write one of them"
    if kind == "value_error.number.not_ge":
        return f"{key}: is too small. Write {error['ctx']['limit_value']} or more"
    if kind == "value_error.number.not_le":
        return f"{key}: is too large. Write {error['ctx']['limit_value']} or less"
    if kind == "value_error":
        text = str(error["msg"])
        return f"{key}: {text}" if key else text
    shape = (
        "a list"
        if kind in ("type_error.list", "type_error.tuple")
        else "a group of keys"
        if "dict" in kind
        else "text"
    )
    return f"{key}: has the wrong shape. Write {shape}, as the demo clinic.yml does"


def _known_keys(model: type[BaseModel], place: list[Any]) -> list[str]:
    for part in place:
        if isinstance(part, str):
            model = model.__fields__[part].type_
    return list(model.__fields__)
