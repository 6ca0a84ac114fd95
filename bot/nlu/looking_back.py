"""Whether somebody asks how they have been: for what their own check-ins say, and not for a new one.

Whole messages in a few plain forms. What says more than that ("how have I been since the fall?") goes to the reader.
"""

from __future__ import annotations

import re

_OPENING = r"(?:(?:hi|hello|hey|so|ok(?:ay)?|and|please|thanks)\W+)*"
_POLITE = (
    r"(?:(?:can|could|may|would) (?:you |i )?(?:please )?)?(?:i(?:'d| would) like to |i want to |let me )?"
)
_SPAN = r"(?:last |past )?(?:few |two |three |couple of )?(?:days|weeks?|months?)"
_WHEN = (
    r"(?:\W+(?:lately|recently|so far|overall|in general|these days|over time|this (?:week|month)"
    rf"|(?:(?:in|for|over) )?(?:the )?{_SPAN}|since (?:i|we) started"
    r"|since (?:my|the) (?:last |first |latest )?(?:infusion|treatment|session|visit)s?))?"
)
_FIGURES = (
    r"(?:mood(?: (?:check-?ins?|scores?|ratings?|numbers?|chart|graph|history|trend|curve|series|over time))?"
    r"|check-?in (?:scores?|answers|results|history)|check-?ins|scores?|ratings?|numbers|chart|graph|trend|progress)"
)
_MINE = rf"my (?:last |past |recent |previous |old )?{_FIGURES}"
_SHOW = r"(?:see|show(?: me)?|look at|view|get|give me|tell me|send me|check)"
_FORMS = (
    r"how(?: have|'ve| ve) (?:i|my (?:mood|scores?|numbers|check-?ins)) been(?: doing| going| feeling| looking)?",
    r"how(?: has|'s| s) my (?:mood|progress) been(?: doing| going| looking)?",
    r"how(?: am|'m| m) i doing",
    rf"how(?: is| are|'s| s) my {_FIGURES}(?: going| doing| looking| developing)?",
    rf"{_POLITE}{_SHOW} (?:how )?{_MINE}(?: (?:was|were|has been|have been|is|are)(?: going| doing)?)?",
    rf"{_POLITE}(?:see|show(?: me)?|tell me|know) how (?:i've|i have|ive) been(?: doing| feeling)?",
    rf"what (?:were|was|are|is|have been) {_MINE}(?: been)?",
    r"my (?:mood )?(?:chart|graph|trend|history|progress)",
)
_THANKS = r"(?:\W+(?:please|pls|thanks|thank you))?"
_ASKS = re.compile(rf"^\W*{_OPENING}(?:{'|'.join(_FORMS)}){_WHEN}{_THANKS}\W*$")


def looks_back(text: str) -> bool:
    """True for "how have I been doing?", "show me my mood chart" and the like. Never raises."""
    return _ASKS.match(text.replace("\u2019", "'").casefold()) is not None
