"""The answer worker takes over what web's encoder made of a message, and keeps no copy of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.care.database import transaction
from bot.care.models import Message, Sender
from bot.language.encoder import Encoder
from bot.language.reader import Reader

pytestmark = pytest.mark.model


def encodings(patient) -> list[bytes | None]:
    with transaction(patient.engine) as session:
        statement = select(Message.encoded).where(
            Message.conversation_id == patient.conversation_id, Message.sender == Sender.PATIENT.value
        )
        return list(session.execute(statement.order_by(Message.seq)).scalars())


@pytest.fixture
def encoded(monkeypatch) -> list[str]:
    """The texts that the encoder is given from now on, as by a worker that has read nothing before."""
    texts: list[str] = []
    original = Encoder.encode

    def encode(self, rows):
        texts.extend(text for text, _ in rows)
        return original(self, rows)

    monkeypatch.setattr(Encoder, "encode", encode)
    return texts


async def test_a_message_is_encoded_once(patient, encoded) -> None:
    patient.deliver("may i have some wine this evening")
    assert encodings(patient)[-1] is not None
    Reader.load()._remembered.clear()
    encoded.clear()
    await patient.answering.next_turn(patient.conversation_id)
    assert encoded == []
    assert encodings(patient) == [None]


async def test_without_it_the_worker_encodes_by_itself(patient, encoded) -> None:
    patient.deliver("may i have some wine this evening")
    with transaction(patient.engine) as session:
        message = session.execute(select(Message).order_by(Message.id.desc()).limit(1)).scalar_one()
        message.encoded = b"of a version that nobody knows"
    Reader.load()._remembered.clear()
    encoded.clear()
    await patient.answering.next_turn(patient.conversation_id)
    assert encoded == ["may i have some wine this evening"]
    assert encodings(patient) == [None]


def test_what_the_screen_answers_is_not_handed_over(patient) -> None:
    patient.deliver("i want to kill myself")
    assert encodings(patient) == [None]
