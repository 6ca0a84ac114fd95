"""What a patient replies to "when was your infusion?": the time of the infusion, and whatever else is said beside it.

A time in such a reply is often that of something else: a glass of wine, a symptom, the day of a new question. Taken for
the infusion's it would bring the answer of a wrong phase, so that a doubt counts as "not said".
"""

from __future__ import annotations

import re

from bot.nlu.when import INFUSION, REPORTS, SAYS_NO_MORE, UNKNOWN, reported, volunteered

# The parts of a reply: a time in one of them is not the time of another ("yesterday. can i drink tonight?").
_PARTS = re.compile(
    r"(?<=\D)[.]+|[.]+(?=\s|$)|[?!;,&\n]+|\s-+\s"
    r"|\b(?:and|n|but|so|cuz|because|although|though|(?<!right )(?<!just )now|i meant?)\b"
    r"|(?=\b(?:can|could|should|when|how|does|what|why|is it|am i|will i|would)\b)",
    re.I,
)
_ASKS = re.compile(
    r"^\W*(?:can|could|may|should|shall|does|did|is|are|am|was|will|would|when|what|why|how|where|who|which|whats)\b"
    r"|\b(?:can|could|may|should|will) (?:i|you|we|it)\b",
    re.I,
)
_CHOSEN = re.compile(r"^\W*(?:(?:option|number|its|it'?s|no|#)\W*)?([1-4])(?: please)?\W*$", re.I)
_TAKEN_BACK = re.compile(r"\b(?:i mean|i meant|no sorry|sorry no|no wait|oops)\b", re.I)
_SPELT = {
    "tody": "today", "todya": "today", "2day": "today", "rn": "right now", "b4": "before", "befor": "before",
    "yeterday": "yesterday", "yesturday": "yesterday", "yestarday": "yesterday", "yestrday": "yesterday",
    "nite": "night", "nites": "nights", "mornin": "morning", "2nite": "tonight", "tonite": "tonight",
    "2morrow": "tomorrow", "2moro": "tomorrow", "comin": "coming", "wks": "weeks", "thursdy": "thursday",
    "weds": "wednesday", "wensday": "wednesday", "wendsday": "wednesday", "tuseday": "tuesday", "satuday": "saturday",
    "firday": "friday", "abt": "about",
}  # fmt: skip
_WORD = re.compile(r"\b[a-z0-9]+\b", re.I)
# In a reply to "when was your infusion?", these say nothing besides either.
_REPLIES = re.compile(
    r"\b(?:yes|yeah|yep|no|nope|not|um+|uh+|er+m?|well|oh|hm+|sorry|please|thanks|thx|btw|lol|tbh|nurse|sir|ma'?am|dear"
    r"|actually|literally|maybe|probably|prob|think|thought|guess|believe|suppose|pretty|definitely|roughly|approximately|approx"
    r"|ish|mean|give|take|or|to|sometime|some|times?|like|bout|kinda?|sorta?|almost|nearly|barely|over|under|more|less|than"
    r"|since|from|by|after|before|un|til|till|until|up|out|(?:un)?hooked|they|walk(?:ed|ing)|left|leaving|start(?:ed|ing)?|began"
    r"|end(?:ed|ing|s)?|stopped|wrapped|wrapping|completed|through|thru|home|house|back|way|car|room|recovery|chair|there|place"
    r"|office|hospital|clinic|still|currently|now|right|early|late|later|earlier|middle|end|beginning|thing|very|same|past|other|ones?"
    r"|dose|round|number|visit|booked|due|set|supposed|upcoming|next|haven'?t|hasn'?t|wasn'?t|didn'?t|isn'?t|yet|never|going"
    r"|gonna|go|happen(?:ed|ing|s)|that|all|are|ever|bright|long|while|good|ages|exactly|arvo|lunch(?:time)?|breakfast"
    r"|dinner(?:time)?|dawn|midnight|o'?clock|min|mins|minutes?|hrs?|nights?|mos?|years?|yrs?|weekend|fortnight"
    r"|half|quarter|couple|several|dozen|ten|eleven|twelve|twenty|thirty|forty|fifty|post|waiting|waitlist)\b",
    re.I,
)
# Words that stand for the infusion: with one of these, a time in the same part is its time.
_IT = re.compile(rf"^\W*(?:\w+\W+){{0,3}}?(?:it(?:'?s| is| was)?|mine|that was|{INFUSION})\b", re.I)
_ANOTHERS = re.compile(
    r"\b(?:therapist|therapy|dentist|doctor|school|flight|husband|wife|son|daughter|mom|dad)\b", re.I
)


def parts_of_reply(text: str) -> tuple[str | None, str]:
    """Of a reply to "when was your infusion?": the report in it, or None, and what it says besides ("" for nothing).

    A time counts where its part of the reply says nothing else, or tells it of the infusion: "i had wine last night"
    and "will i be able to work tomorrow" say nothing of the infusion. What has been comes before what is to come
    ("this morning, the next is tomorrow"); of two that have been, the later one ("yesterday and today"), whose wait is
    the longer, but of one that is put right the last. A number is one of those that SMS offers. Never raises.
    """
    plain = _WORD.sub(lambda word: _SPELT.get(word[0].lower(), word[0]), text.replace("\u2019", "'"))
    told: list[str] = []
    besides: list[str] = []
    for part in _PARTS.split(plain):
        chosen = _CHOSEN.match(part) if not told and not besides else None
        when = REPORTS[int(chosen[1]) - 1] if chosen else None if _ASKS.search(part) else reported(part)
        if when is not None and (chosen or when == UNKNOWN or _says_no_more(part) or _tells_of_it(part)):
            told.append(when)
        elif not _says_no_more(part):
            besides.append(part.strip())
    if not told and (beside := volunteered(plain)) is not None:
        told.append(beside)
    known = [when for when in told if when != UNKNOWN] or told
    if _TAKEN_BACK.search(plain):
        return (known[-1] if known else None), " ".join(besides)
    latest = next((when for when in ("today", "yesterday") if when in known), None)
    been = [when for when in known if when != "not_yet"] or known
    return latest or (been[0] if been else None), " ".join(besides)


def _says_no_more(part: str) -> bool:
    return re.search(r"[^\W\d_]", _REPLIES.sub(" ", SAYS_NO_MORE.sub(" ", part.replace("'", "")))) is None


def _tells_of_it(part: str) -> bool:
    return _ANOTHERS.search(part) is None and (_IT.match(part) is not None or volunteered(part) is not None)
