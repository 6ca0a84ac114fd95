"""When the infusion was, in a patient's words: after we asked, or told beside a question.

A report is today, yesterday, earlier or not_yet; a weekday ("tuesday") or a date ("11-20") that only a calendar can
turn into one of these; or "unknown" where the patient does not know.
"""

from __future__ import annotations

import re
from typing import Sequence

REPORTS = ("today", "yesterday", "earlier", "not_yet")
"""In the order of the numbers that SMS asks for."""

UNKNOWN = "unknown"

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# Whole names, or the letters that people shorten them to: "maybe 6" is no sixth of May.
_MONTH = (
    r"jan(?:uary)?|feb(?:r?uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_FEW = (
    r"(?:an?|one|two|three|four|five|six|seven|eight|(?:a )?few|(?:a )?couple(?: of)?|half an|[0-9]|1[0-2])"
)
_HOURS = r"(?:hours?|hrs?|h)"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.I)


# The first that fits counts. What is said to have been stands before "tomorrow": "this morning, the next is tomorrow"
# is a patient who must not drive tonight.
_SAID: Sequence[tuple[str, re.Pattern[str]]] = (
    (
        "not_yet",
        _any(
            r"\bnot yet\b",
            r"\bhave(n'?t| not) (had|started|done|got|gotten|been)\b",
            r"\bupcoming\b",
            r"\bcoming (up|mon|tue|wed|thu|fri|sat|sun)",
            rf"\bnext (week|month|time|{_DAY})\b",
            rf"\b(?:not )?(?:un)?till? (?:next |this )?(?:{_DAY}|tomorrow)\b(?! ago)",
            rf"\bis (on |this )?{_DAY}\b",
            rf"\bit'?s (on |this )?{_DAY}\b",
            r"\bbefore my first\b",
            r"\blater today\b",
            rf"\bin (about |like )?{_FEW} ?({_HOURS}|days?|weeks?|min(ute)?s?)\b(?! ago)",
            r"\b(will be|going to be|gonna be|scheduled)\b",
        ),
    ),
    (
        "earlier",
        _any(r"\bday (?:before|b4) (?:yesterday|yest|yday|ystrday|yesterdy)\b(?!.*\bor yesterday\b)"),
    ),
    (
        "today",
        _any(
            r"(?<!not )(?<!before )\b(today|tonight|tonite|2day|2nite)\b",
            r"\bthis (morning|afternoon|evening|noon|am|pm)\b",
            r"\b(?:right now|rn)\b",
            r"\bjust (now|had|got|left|finished|did|came|woke|done|ended|walked|finishing)\b",
            r"\bon (my|the) way (home|back)\b",
            r"\bstill (here|there|at the clinic|in (the|my) (recovery )?(chair|room|bed)|in recovery|hooked up)\b",
            r"\b(minutes?|mins?) ago\b",
            rf"\b{_FEW} ?{_HOURS} ago\b",
            r"\b(hour|hr) and a half ago\b",
        ),
    ),
    (
        "yesterday",
        _any(
            r"(?<!not )\b(yesterday|yest|yday|ystrday|yesterdy)\b",
            r"\blast (night|nite|evening)\b",
            r"\b(?:the )?day before today\b",
            r"\b(1|a|one) day ago\b",
            rf"\b(1[3-9]|2[0-9]|3[0-6]) ?{_HOURS} ago\b",
        ),
    ),
    ("not_yet", _any(r"\b(tomorrow|tmrw|tmr|tmrow|2moro|2morrow|tomorow|tommorow)\b")),
)
_SAID_LAST: Sequence[tuple[str, re.Pattern[str]]] = (
    (
        "earlier",
        _any(
            r"\bago\b",
            r"\bdays\b",
            r"\b(weeks?|months?|years?)\b",
            r"\bearlier\b",
            r"\bbefore that\b",
            r"\b(?:other|few) (?:day|nites?|nights?)\b",
            r"\bweekend\b",
            r"\b(?:two|three|four|couple|few|[2-9]) wks\b",
            r"\b(?:ages|long time|good while|fortnight)\b",
            r"\bday (?:[2-9]|\d\d) (?:post|after|since)\b",
        ),
    ),
    (
        # A time of day alone: that of today.
        "today",
        _any(
            r"\b(noon|midday)\b",
            r"\b(at|around|about) \d{1,2}(:\d\d)?\b(?! (days|weeks|months))",
            r"\b\d{1,2}(:\d\d)? ?(am|pm|a\.m|p\.m)\b",
        ),
    ),
    (
        UNKNOWN,
        _any(
            r"\b(idk|dunno|unsure|forgot|forget)\b",
            r"\bno (idea|clue)\b",
            r"\bnot (really |quite )?sure\b",
            r"\b(don'?t|do not|can'?t|cannot|cant) (know|remember|recall|say|tell)\b",
        ),
    ),
)
_WEEKDAY = re.compile(rf"\b({_DAY})\b", re.I)
_DATE = re.compile(r"(?<![\d/.])(1[0-2]|0?[1-9])[/-](3[01]|[12]\d|0?[1-9])(?![\d])")
_MONTH_DAY = re.compile(rf"\b({_MONTH})\.? (3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b", re.I)
_DAY_OF_MONTH = re.compile(rf"\b(3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b", re.I)

INFUSION = r"(?:infusions?|sessions?|treatments?|drip|ketamine|appointment|appt)"
_WHICH = "(?:first |second |last |ketamine |iv )?"
_THEIRS = re.compile(
    rf"\b(this morning|yesterday|today|last night|tomorrow|{_DAY})'?s? {_WHICH}{INFUSION}\b", re.I
)
_AFTER_NOUN = re.compile(rf"\b(?:{INFUSION}\W+)*{INFUSION}\b(?P<rest>[^,.?!;]*)", re.I)
_NEXT_CLAUSE = re.compile(
    r"\b(?:can|could|may|should|is it|am|when|how|do|does|will i|would|what|why|so|but|and)\b", re.I
)
# What may stand between "infusion" and its time. Nothing else may: "after the infusion for two days" tells no time.
_BETWEEN = re.compile(
    r"(?:\W+(?:was|is|were|went|happened|ended|finished|done|over|just|only|like|about|around|early|late|at|on|the))*\W+",
    re.I,
)
_BEGINS_TIME = re.compile(
    rf"(?:today|tonight|tonite|this|yesterday|yest|yday|last|earlier|tomorrow|tmrw|next|not yet|in|later|will be"
    rf"|scheduled|coming|{_FEW}|{_DAY}|\d|(?:{_MONTH}) \d)",
    re.I,
)

# Beside the time itself, words that say no more than that there was or will be an infusion.
SAYS_NO_MORE = re.compile(
    r"\b(?:i|i'?m|i'?ve|my|mine|me|we|had|have|having|got|getting|did|done|finished|the|an?|was|is|it|it'?s|were|be|been|will"
    r"|just|only|with|at|on|around|about|in|for|of|here|there|came|went|ago|already|so|ok|okay|hi|hello|hey|fyi|clinic|iv|ketamine"
    r"|first|second|third|fourth|fifth|sixth|last|next|latest|before|earlier|coming|scheduled|not yet|this|today"
    r"|tonight|yesterday|yest|yday|tomorrow|tmrw|morning|afternoon|evening|night|noon|midday|hours?|days?|weeks?|months?|am|pm|[ap]\.m"
    rf"|{INFUSION}|{_DAY}|{_FEW}|{_MONTH}|\d+(?:st|nd|rd|th|am|pm)?)\b",
    re.I,
)

_PAST = re.compile(r"\b(was|had|did|got|went|left|finished|ended|done|over|ago)\b", re.I)


def reported(text: str) -> str | None:
    """The report in `text`, or None. Never raises."""
    plain = text.replace("\u2019", "'")
    for when, pattern in _SAID:
        if pattern.search(plain):
            return when
    date = _DATE.search(plain)
    if date is not None:
        return f"{int(date.group(1)):02}-{int(date.group(2)):02}"
    date = _MONTH_DAY.search(plain)
    if date is not None:
        return f"{_MONTHS.index(date.group(1).lower()[:3]) + 1:02}-{int(date.group(2)):02}"
    date = _DAY_OF_MONTH.search(plain)
    if date is not None:
        return f"{_MONTHS.index(date.group(2).lower()[:3]) + 1:02}-{int(date.group(1)):02}"
    day = _WEEKDAY.search(plain)
    if day is not None:
        return next(name for name in WEEKDAYS if name.startswith(day.group(1).lower()[:3]))
    return next((when for when, pattern in _SAID_LAST if pattern.search(plain)), None)


def tells_only_when(text: str) -> bool:
    """True where `text` says when the infusion was or is, and nothing besides ("had my drip this morning")."""
    if "?" in text or volunteered(text) is None:
        return False
    return re.search(r"\w", SAYS_NO_MORE.sub(" ", text.replace("\u2019", "'"))) is None


def volunteered(text: str) -> str | None:
    """The time of the infusion told beside something else ("my infusion was yesterday, can I drive?"), or None.

    Only a time that stands next to the infusion counts; any other may be the time that is asked about. Today, a weekday
    or a date count where the infusion is said to have been: "my session is today, can I eat" must not be answered as if
    it were over.
    """
    plain = text.replace("\u2019", "'")
    before = _THEIRS.search(plain)
    when = reported(before.group(1)) if before is not None else None
    for noun in _AFTER_NOUN.finditer(plain) if when is None else ():
        rest = _NEXT_CLAUSE.split(noun.group("rest"))[0]
        between = _BETWEEN.match(rest)
        told = rest[between.end() :] if between else ""
        when = when or (reported(told) if _BEGINS_TIME.match(told) else None)
    sure = when in ("yesterday", "earlier", "not_yet") or _PAST.search(plain) is not None
    return when if sure else None
