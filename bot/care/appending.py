"""Put one message at the end of a conversation: its number, its row and the news of it in one statement.

Every message passes here twice, once as the patient's and once as the answer. Three statements and the unit of work of
SQLAlchemy's session were a tenth of the processor time of a turn.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, func, insert, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from bot.care import live
from bot.care.models import Channel, Conversation, Message, MessageState, Sender

_ROW: Final = Message.__table__
_WITHOUT: Final[dict[str, Any]] = {
    **{column.name: None for column in _ROW.columns},
    "media_count": 0,
    "level": "none",
    "kind": "message",
    "attempts": 0,
}
"""A message of which nothing is said."""


def _statement() -> Any:
    # No verdict is no value, and not JSON's null.
    kinds = {"verdict": JSONB(none_as_null=True)}
    values = {
        column.name: bindparam(f"new_{column.name}", type_=kinds.get(column.name, column.type))
        for column in _ROW.columns
        if column.name != "id"
    }
    number = update(Conversation.__table__).where(Conversation.__table__.c.id == bindparam("conversation"))
    return (
        insert(_ROW)
        .values(values)
        .add_cte(number.values(last_seq=bindparam("number")).cte("numbered"))
        .returning(_ROW.c.id, func.pg_notify(live.CHANNEL, bindparam("news", type_=_ROW.c.text.type)))
    )


_APPEND: Final = _statement()


def append(
    session: Session,
    conversation: Conversation,
    *,
    sender: Sender,
    channel: Channel,
    state: MessageState,
    announce_at_once: bool = True,
    **fields: Any,
) -> Message:
    """Store a message with the conversation's next number, and tell waiting browsers of it at commit.

    The conversation must be locked (`bot.care.conversations.lock`), so that numbers have no gaps and no number comes
    twice. fields: of the message, by the names of its columns. announce_at_once: see `live.conversation_changed`.
    Raises IntegrityError where the same delivery is stored already.
    """
    session.flush()  # what the message refers to
    message = Message(
        **{
            **_WITHOUT,
            "buttons": [],
            "guidance": [],
            **fields,
            "conversation_id": conversation.id,
            "seq": conversation.last_seq + 1,
            "sender": sender.value,
            "channel": channel.value,
            "state": state.value,
        }
    )
    stored = {f"new_{name}": getattr(message, name) for name in _WITHOUT if name != "id"}
    news = live.conversation_news(int(conversation.id), at_once=announce_at_once)
    written = session.execute(
        _APPEND, {**stored, "conversation": conversation.id, "number": message.seq, "news": news}
    )
    # From here on it is a message of the session like one that was read.
    message.id = written.one().id
    make_transient_to_detached(message)
    session.add(message)
    set_committed_value(conversation, "last_seq", message.seq)
    return message
