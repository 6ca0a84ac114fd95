"""The lines of the staff queue: an alert, another item, or a conversation that a member of staff lets wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from bot.care.conversation_page import names_of
from bot.care.conversations import SAFETY_REPLY
from bot.care.left_alone import opened_again
from bot.care.models import (
    Alert,
    AlertEvent,
    AlertState,
    Conversation,
    Item,
    ItemKind,
    Message,
    MessageState,
    Sender,
)
from bot.care.paging import LEFT
from bot.care.prepared import constant
from bot.safety.levels import Level

ALERT, ITEM, HELD = "alert", "item", "held"
MOST_SHOWN = 300
"""So many entries of each sort are fetched. No longer list is read; the count says what is left out."""


_RANK = case({level.value: level.rank for level in Level}, value=Alert.level)


@dataclass(frozen=True)
class Entry:
    """One line of the queue.

    sort: alert, item or held; id: of the alert, the item or the conversation; level: what it is ordered by;
    kind: the item's kind, or empty; since: how long it has waited; who: the patient's name or number, or empty for
    a web visitor; text: of an alert the most worrying message of its episode, empty where no message brought it;
    evidence: spans of `text`;
    messages: how many the episode has; seen: the latest news of it, which an acknowledgement is of;
    phone: what to call; taken_by, taken_by_id: who deals with an alert; owner: who speaks with the patient;
    next_step, next_at: after a try that failed, what follows and when; act_by: when an alert that somebody has counts
    as left; left_by: who had acknowledged one that is open again since nobody did anything with it, and taken_at when;
    news_since: whether it has further news since it was left.
    """

    sort: str
    id: int
    conversation_id: int
    level: Level
    kind: str
    state: str
    since: datetime
    who: str
    verified: bool
    reasons: tuple[str, ...]
    text: str
    evidence: tuple[tuple[int, int], ...]
    seen: int
    phone: str | None = None
    messages: int = 1
    taken_by: str | None = None
    taken_by_id: int | None = None
    taken_at: datetime | None = None
    owner: str | None = None
    owner_id: int | None = None
    next_step: str | None = None
    next_at: datetime | None = None
    act_by: datetime | None = None
    left_by: str | None = None
    news_since: bool = False

    @property
    def key(self) -> str:
        """What tells this line from every other, the same over reloads."""
        return f"{self.sort}-{self.id}"

    @property
    def waiting(self) -> bool:
        """Whether nobody deals with it yet."""
        return self.state == AlertState.OPEN.value


def alerts_in_queue(session: Session) -> list[Entry]:
    """Alerts that are not resolved: those that nobody has first, then the most worrying, then the oldest, so that where
    there are more than are shown, the others are left out."""
    statement = (
        select(Alert)
        .options(joinedload(Alert.message), joinedload(Alert.acknowledged_by), *_people(Alert))
        .where(Alert.state != constant(AlertState.RESOLVED.value))
        .order_by(Alert.state != constant(AlertState.OPEN.value), _RANK.desc(), Alert.opened_at)
    )
    rows = session.execute(statement.limit(MOST_SHOWN)).scalars().all()
    who = names_of(session, [row.conversation for row in rows])
    episodes = _episodes(session, [row.id for row in rows])
    again = opened_again(session, rows)
    return [_alert_entry(row, episodes[row.id], who, again.get(row.id)) for row in rows]


def _people(kind: type[Alert] | type[Item] | type[Message]) -> tuple[Any, Any]:
    """With a row of this kind come the patient of its conversation and whoever of the staff has it."""
    conversation = joinedload(kind.conversation)
    return conversation.joinedload(Conversation.patient), conversation.joinedload(Conversation.owner)


def _alert_entry(
    alert: Alert, episode: Sequence[Message], who: dict[int, str], again: AlertEvent | None
) -> Entry:
    worst = max(episode, key=_worry, default=alert.message)
    first = [str(reason) for reason in ((worst.verdict if worst else None) or {}).get("reasons", ())]
    acknowledged = alert.state == AlertState.ACKNOWLEDGED.value
    left = again is not None and again.kind == LEFT
    return Entry(
        sort=ALERT,
        id=alert.id,
        level=Level(alert.level),
        kind="",
        state=alert.state,
        since=_since(alert, again),
        # What was found in the message that is shown, then what the others add.
        reasons=tuple(dict.fromkeys([*first, *alert.reasons])),
        taken_by=alert.acknowledged_by.name if acknowledged else None,
        taken_by_id=alert.acknowledged_by_id if acknowledged else None,
        taken_at=alert.acknowledged_at if acknowledged or left else None,
        messages=max(1, len(episode)),
        seen=alert.news_id,
        next_step=alert.next_step,
        next_at=alert.next_at,
        act_by=alert.act_by,
        left_by=alert.acknowledged_by.name if left else None,
        news_since=again is not None and left and again.id != alert.news_id,
        **_of_message(worst),
        **_of_conversation(alert.conversation, who),
    )


def _since(alert: Alert, again: AlertEvent | None) -> datetime:
    """How long it has waited: from the beginning of its episode, or since it was opened again; where it was left
    alone, since somebody last acknowledged it. What joins it later changes none of these: whoever writes on waits no
    shorter. Where somebody has it, since its last news."""
    if alert.state == AlertState.ACKNOWLEDGED.value:
        return alert.last_at
    if again is None:
        return alert.opened_at
    return alert.acknowledged_at if again.kind == LEFT else again.at


def _episodes(session: Session, alert_ids: Sequence[int]) -> dict[int, list[Message]]:
    """What the patient wrote in each alert's episode; a reply of ours that did not arrive may belong to it as well."""
    messages: dict[int, list[Message]] = {alert_id: [] for alert_id in alert_ids}
    statement = (
        select(AlertEvent.alert_id, Message)
        .join(Message, Message.id == AlertEvent.message_id)
        .where(AlertEvent.alert_id.in_(alert_ids), Message.sender == Sender.PATIENT.value)
    )
    for alert_id, message in session.execute(statement):
        messages[alert_id].append(message)
    return messages


def _worry(message: Message) -> tuple[int, int]:
    # The worst one; of equals the latest.
    return Level(message.level).rank, int(message.seq)


def items_in_queue(session: Session) -> list[Entry]:
    """Open items: texts that did not arrive first, since a safety text may be among them, then the oldest."""
    statement = (
        select(Item)
        .options(joinedload(Item.message), *_people(Item))
        .where(Item.closed_at.is_(None))
        .order_by(Item.kind != ItemKind.FAILED_DELIVERY.value, Item.opened_at)
    )
    rows = session.execute(statement.limit(MOST_SHOWN)).scalars().all()
    who = names_of(session, [row.conversation for row in rows])
    return [
        Entry(
            sort=ITEM,
            id=row.id,
            level=_level_of_item(row),
            kind=row.kind,
            state=AlertState.OPEN.value,
            since=row.opened_at,
            reasons=(row.reason,),
            seen=row.message_id,
            **_of_message(row.message),
            **_of_conversation(row.conversation, who),
        )
        for row in rows
    ]


def _level_of_item(item: Item) -> Level:
    # A safety text that did not arrive leaves somebody in danger without the numbers that it names.
    if item.kind == ItemKind.FAILED_DELIVERY.value and item.message.kind == SAFETY_REPLY:
        return Level.EMERGENCY
    return Level.NONE


def _held() -> Any:
    """SQL: the first message that waits in each conversation that a member of staff has taken over, and of which no
    other line of the queue tells."""
    return (
        select(Message.conversation_id, func.min(Message.seq).label("seq"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.owner_id.is_not(None),
            Message.state == constant(MessageState.HELD.value),
            # One line is enough: an item on the waiting, or on this very message. An old question or a text that did
            # not arrive says nothing of it.
            ~exists().where(
                Item.conversation_id == Conversation.id,
                Item.closed_at.is_(None),
                or_(Item.kind == ItemKind.OWNER_QUIET.value, Item.message_id == Message.id),
            ),
        )
        .group_by(Message.conversation_id)
        .subquery()
    )


def count_held(session: Session) -> int:
    """How many conversations `held_in_queue` would show if there were no limit."""
    return int(session.execute(select(func.count()).select_from(_held())).scalar_one())


def how_many_wait(session: Session) -> tuple[int, int, int]:
    """How many lines nobody deals with, how many of them are alerts, and the latest news of these (0: there are none).

    One statement, for pages that show the number alone.
    """
    open_ = select(func.count(Alert.id), func.coalesce(func.max(Alert.news_id), 0))
    alerts = open_.where(Alert.state == constant(AlertState.OPEN.value)).subquery()
    items = select(func.count(Item.id)).where(Item.closed_at.is_(None)).scalar_subquery()
    held = select(func.count()).select_from(_held()).scalar_subquery()
    waiting, newest, others = session.execute(select(*alerts.columns, items + held)).one()
    return int(waiting + others), int(waiting), int(newest)


def held_in_queue(session: Session) -> list[Entry]:
    """Conversations that a member of staff has taken over and in which the patient waits for them: those who have
    waited longest first."""
    first = _held()
    rows = (
        session.execute(
            select(Message)
            .join(first, (first.c.conversation_id == Message.conversation_id) & (first.c.seq == Message.seq))
            .options(*_people(Message))
            .order_by(Message.at)
            .limit(MOST_SHOWN)
        )
        .scalars()
        .all()
    )
    who = names_of(session, [row.conversation for row in rows])
    return [
        Entry(
            sort=HELD,
            id=row.conversation_id,
            level=Level.NONE,
            kind="",
            state=AlertState.OPEN.value,
            since=row.at,
            reasons=(),
            seen=row.id,
            **_of_message(row),
            **_of_conversation(row.conversation, who),
        )
        for row in rows
    ]


def _of_message(message: Message | None) -> dict[str, Any]:
    if message is None:  # an alert that no message brought
        return {"text": "", "evidence": ()}
    return {"text": message.text, "evidence": evidence_of(message)}


def _of_conversation(conversation: Conversation, who: dict[int, str]) -> dict[str, Any]:
    return {
        "conversation_id": conversation.id,
        "who": who[conversation.id],
        "phone": conversation.patient.phone if conversation.patient else who[conversation.id] or None,
        "verified": conversation.patient_id is not None,
        "owner": conversation.owner.name if conversation.owner else None,
        "owner_id": conversation.owner_id,
    }


def evidence_of(message: Message) -> tuple[tuple[int, int], ...]:
    """The spans of the message's text that the screen's verdict rests on."""
    return tuple((int(start), int(end)) for start, end in (message.verdict or {}).get("evidence", ()))
