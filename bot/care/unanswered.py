"""Questions that the guidance did not cover, those that are alike together: what the clinic has to write next.

Likeness is that of words, not of meaning: the record of care knows no model. A person joins what it puts apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz, process
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.care.reports import PASS_ON

MOST = 200
"""Questions that are looked at, the newest ones: more groups than these make nobody reads."""

_LIKE = 78
"""Of 100: how much of the words two questions of one group share at least."""
_LOOKED_AT = 300
_WORD = re.compile(r"[^\W_]+")
_ENDING = re.compile(r"(?<=\w{3})(?:ing|s)$")
_COMMON = """
    a about after all also am an and any are as ask at be because been before but by can could did do does doing done
    for from get go going got had has have hello help her hi him his how i id if ill im in into is it its ive just know
    let like long lot make may maybe me more much my need no not now of off ok okay on one only or our out over please
    possible question really safe say should so some still take tell than thank thanks that the them then there they
    thing think this time to today too up us use want was wait way we well were what when where whether which while who
    why will with wonder would yes yet you your infusion ketamine treatment session clinic
"""
_SAYS_NOTHING = frozenset(_COMMON.split())


@dataclass(frozen=True)
class Unanswered:
    """One such question. waiting: staff have not dealt with it; passed_on: the patient wanted to know from us."""

    message_id: int
    conversation_id: int
    words: str
    at: datetime
    passed_on: bool
    waiting: bool


@dataclass(frozen=True)
class Group:
    """Questions that are alike, newest first."""

    questions: tuple[Unanswered, ...]

    @property
    def waiting(self) -> int:
        """How many of them wait for staff."""
        return sum(one.waiting for one in self.questions)


_QUESTIONS = text(
    """
    with asked as (
        select message_id as id from item where kind = 'question' and opened_at >= :since
        union
        select reply_to_id from message r
        where r.question = :pass_on and r.at >= :since and r.sender <> 'patient' and not exists (
            select from message o where o.reply_to_id = r.reply_to_id and jsonb_array_length(o.guidance) > 0
        )
    )
    select m.id, m.conversation_id, m.text, m.at, i.id is not null, i.id is not null and i.closed_at is null
    from asked join message m on m.id = asked.id left join item i on i.message_id = m.id and i.kind = 'question'
    where m.sender = 'patient' and m.text <> '' order by m.id desc limit :most
    """
)


def questions(session: Session, since: datetime, most: int = MOST) -> list[Unanswered]:
    """The newest questions since then that staff were asked to answer, or that we said the guidance does not cover.
    Those that were answered from the guidance are among them only where the patient wanted more."""
    rows = session.execute(_QUESTIONS, {"since": since, "pass_on": PASS_ON, "most": most})
    return [Unanswered(*row) for row in rows]


def grouped(asked: Iterable[Unanswered]) -> list[Group]:
    """The same, alike ones together; the largest groups first, of equal ones that with the newest question."""
    # What leads each group, apart for single words: one word is in too many questions to join them all.
    single: dict[str, list[Unanswered]] = {}
    several: dict[str, list[Unanswered]] = {}
    for one in sorted(asked, key=lambda question: -question.message_id):
        key = _key(one.words)
        if " " in key:
            alike = _closest(key, several, fuzz.token_set_ratio) or _closest(key, single, fuzz.ratio)
        else:
            alike = _closest(key, single, fuzz.ratio) or _closest(key, several, fuzz.ratio)
        if alike is None:
            (several if " " in key else single)[key] = [one]
        else:
            alike.append(one)
    made = [Group(tuple(members)) for members in (*several.values(), *single.values())]
    return sorted(made, key=lambda group: (-len(group.questions), -group.questions[0].message_id))


def chosen(asked: Sequence[Unanswered], message_ids: Iterable[int]) -> list[Unanswered]:
    """Those of the questions that have these identifiers."""
    wanted = set(message_ids)
    return [one for one in asked if one.message_id in wanted]


def _key(words: str) -> str:
    """The words that say what a question is about, each once; all of them where none does."""
    found = _WORD.findall(words[:_LOOKED_AT].lower().replace("'", "").replace("’", ""))
    telling = [_ENDING.sub("", word) for word in found if word not in _SAYS_NOTHING]
    return " ".join(sorted(set(telling or found)))


def _closest(
    key: str, groups: Mapping[str, list[Unanswered]], likeness: Callable[..., float]
) -> list[Unanswered] | None:
    found = process.extractOne(key, groups.keys(), scorer=likeness, processor=None, score_cutoff=_LIKE)
    return groups[found[0]] if found is not None else None
