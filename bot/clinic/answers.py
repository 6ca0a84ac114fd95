"""What a patient's words answer to an item of a questionnaire. Plain functions: they never raise and never guess."""

from __future__ import annotations

import re
import unicodedata

from bot.clinic.instruments import Item, Parsed

_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "nil": 0,
    "cero": 0, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
    "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
}  # fmt: skip
WORDS = "|".join(_NUMBER_WORDS)
NUMBER = rf"-?\d{{1,3}}(?:[.,]\d)?|{WORDS}"
WIDEST_RANGE = 2
"""Points between the ends of a range that still says something: "a 6 or 7", "between 4 and 6"."""

_SKIP = re.compile(
    r"^(skip( (this|that|it))?( one| question)?( please)?|pass|next|rather not( say)?|prefer not( to say)?|no comment"
    r"|none of your business|prefiero no(?: (?:decir|responder|contestar)(?:lo)?)?|n/?a|-)[.! ]*$"
)
_SAME = re.compile(
    r"^\W*(?:(?:still |about |pretty much |exactly |just |it'?s |everything(?:'?s)? |all |is )*(?:the )?same"
    r"(?: (?:thing|number|answer))?"
    r"(?: (?:as|like))?(?: (?:yesterday|last (?:time|night|week)|before|the last one|usual|always|ever|again))?"
    r"|(?:as|like) (?:yesterday|last time|before)|no change|unchanged|ditto)\W*$"
)
_BEFORE, _AFTER = r"(?<![\w.,:/\u2013\u2212-])", r"(?:\s?-?\s?ish)?(?![\w:/\u2013\u2212-]|[.,]\d)"
_NUMBER = re.compile(rf"{_BEFORE}({NUMBER})(?:\s*(?:/|out of)\s*(\d{{1,3}}))?{_AFTER}")
_RANGE = re.compile(
    rf"{_BEFORE}(?:(\d{{1,2}}|{WORDS})\s*(?:-|\u2013|to|or|o)|(?<=between )(\d{{1,2}}|{WORDS})\s*and)"
    rf"\s*(?:an?\s+)?(\d{{1,2}}|{WORDS})(?:\s*(?:/|out of)\s*(\d{{1,3}}))?{_AFTER}"
)
# The scale itself, named beside the answer: "4 on a scale of 1 to 10".
_SCALE = re.compile(r"\b(?:on|in) (?:a|the) scale (?:of|from) \d{1,3}\s*(?:-|\u2013|to)\s*(\d{1,3})\b")
# Numbers that are part of something else said beside the answer: "slept 4 to 5 hours", "at 3 am", "took 2 pills".
_MEASURED = re.compile(
    rf"(?<![\w.,])(?:(?:\d+|{WORDS})\s*(?:-|\u2013|to|or)\s*)?(?:\d+(?:[.,]\d+)?|{WORDS})\s*"
    r"(?:(?:hours?|hrs?|h|am|pm|a\.m|p\.m|o'?clock|days?|weeks?|months?|years?|mins?|minutes?|nights?|pills?|tablets?|mg"
    r"|times|beers?|drinks?|kids?)\b|%)"
)
# "one" is a number after these words and at the start; elsewhere it is "a rough one" or "no one".
_BEFORE_ONE = re.compile(
    r"(?:^|\b(?:an?|about|maybe|around|probably|like|mood|just|say|it's|its|i'm|im|at|only|is|or|to)|[^\w\s])\s*$"
)
_DRESS = (
    r"(?:(?:about|around|maybe|probably|like|roughly|just|say|an?|un|como|tal vez|quiz[a\u00e1]s?"
    r"|i'?d say|i(?:'?m| am)(?: at)?|it'?s|option|number)\s+)*"
)
_BARE = re.compile(
    rf"\W*?{_DRESS}(?:{NUMBER})(?:\s*(?:/|out of)\s*\d{{1,3}})?(?:\s?-?\s?ish)?"
    r"\s*(?:please|thanks|thank you|i guess)?\W*"
)
_OPENS = re.compile(
    rf"\W*?{_DRESS}(?P<number>{NUMBER})(?:\s*/\s*\d{{1,3}})?(?![\w/:]|[.,]\d|\s*(?:-|\u2013)\s*\d)(?P<rest>.*)",
    re.S,
)
# What takes a "no" half back: then it is asked again.
_TAKEN_BACK = re.compile(
    r"\d|\b(?:but|except|sometimes|only|just|maybe|though|until|apart|wait|yes|yeah|or)\b"
)


def plain(text: str) -> str:
    """`text` in lower case, with full-width and other spellings of digits and letters made plain ones."""
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").strip()


def number_of(typed: str) -> float:
    """The number that NUMBER matched, in digits or as a word."""
    return float(_NUMBER_WORDS.get(typed, typed.replace(",", "."))) + 0.0  # "-0" is 0


def repeats(text: str) -> bool:
    """True where `text` says no more than that it is as it was: "same as yesterday"."""
    return _SAME.match(plain(text)) is not None


def parse(item: Item, text: str) -> Parsed | None:
    """What `text` answers to `item`, or None where it is no answer that we are sure of.

    Never raises, and never gives a value off the item's scale. A range ("a 6 or 7") counts as its middle; two numbers
    that are no range count as unclear. An item with grave answers is read more strictly: its answer stands at the
    beginning, and a "no" that is half taken back is unclear.
    """
    text = plain(text)
    if not text:
        return None
    worded = _worded(item, text)
    if worded is not None:
        return worded
    if _SKIP.match(text):
        return Parsed(None, skipped=True) if item.declined is None else Parsed(float(item.declined))
    if item.kind == "word":
        return Parsed(None)
    if item.grave:
        return leading(item, text)
    return _on_scale(item, _value(item, text))


def bare(item: Item, text: str) -> Parsed | None:
    """The same, where `text` is nothing but an answer: a number in plain dress, one of the item's words, a skip."""
    short = plain(text)
    parsed = parse(item, short)
    if parsed is None or item.kind == "word":
        return None
    if _worded(item, short) or _SKIP.match(short) or _BARE.fullmatch(_RANGE.sub("1", short, count=1)):
        return parsed
    return None


def leading(item: Item, text: str) -> Parsed | None:
    """The answer with which `text` begins, whatever else it says ("2. been sick all night"), or None."""
    text = plain(text)
    worded = _worded(item, text)
    if worded is not None:
        return worded
    opens = _OPENS.match(_MEASURED.sub(" ", text))
    if opens is not None:
        parsed, rest = _on_scale(item, number_of(opens["number"])), opens["rest"]
    else:
        parsed, rest = _opening_words(item, text)
    if parsed is not None and item.grave and not item.is_grave(parsed) and _TAKEN_BACK.search(rest):
        return None
    return parsed


def _worded(item: Item, text: str) -> Parsed | None:
    spoken = re.sub(r"\s+", " ", text.strip(" .!?,"))
    return next((Parsed(float(value)) for words, value in item.words if spoken == words), None)


def _opening_words(item: Item, text: str) -> tuple[Parsed | None, str]:
    for words, value in sorted(item.words, key=lambda one: -len(one[0])):
        if re.match(rf"\W*{re.escape(words)}(?!\w)", text):
            return Parsed(float(value)), text[len(words) :]
    return None, ""


def _on_scale(item: Item, number: float | None) -> Parsed | None:
    if number is None or item.kind == "word" or not item.lowest <= number <= item.highest:
        return None
    if item.kind == "choice" and number != int(number):
        return None
    return Parsed(number)


def _value(item: Item, text: str) -> float | None:
    """The one number that `text` names, or the middle of a narrow range; None where there is none, or several."""
    scale = _SCALE.search(text)
    if scale is not None and int(scale.group(1)) == item.highest:
        text = _SCALE.sub(" ", text)
    text = _MEASURED.sub(" ", text)
    values = []
    span = _RANGE.search(text)
    if span is not None and item.kind == "scale":
        low, high = sorted((number_of(span.group(1) or span.group(2)), number_of(span.group(3))))
        if high - low > WIDEST_RANGE or not _of_this_scale(item, span.group(4)):
            return None
        values.append((low + high) / 2)
        text = f"{text[: span.start()]} {text[span.end() :]}"
    for found in _NUMBER.finditer(text):
        if found.group(1) == "one" and not _BEFORE_ONE.search(text[: found.start()]):
            continue
        if not _of_this_scale(item, found.group(2)):
            return None
        values.append(number_of(found.group(1)))
    return values[0] if len(values) == 1 else None


def _of_this_scale(item: Item, out_of: str | None) -> bool:
    return out_of is None or int(out_of) == item.highest
