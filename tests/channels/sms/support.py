"""The carrier that calls our webhooks, a screen of plain words, and eyes on the record of care."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from xml.etree import ElementTree

import httpx
import uvicorn
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from bot.care.models import Conversation, Message, PhoneNumber, StaffMember
from bot.channels.limits import Limits
from bot.channels.sms.app import sms_routes as routes
from bot.channels.sms.sending import Sending
from bot.channels.spool import Spool
from bot.channels.take_in import TakeIn
from bot.safety.levels import Level
from bot.safety.verdict import Verdict

TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC" + "1" * 32
PUBLIC = "https://chat.clinic.example"
CLIENT = httpx.Client(timeout=20)
TUESDAY_NOON = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
_numbers = itertools.count(int(time.time()) % 1_000_000)
_sids = itertools.count()


class FakeScreen:
    """A screen of a few plain words, so that these tests are about the channel."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.crisis_words = "kill myself"

    def assess_with(self, recent: Sequence[str], text: str, context: str | None = None) -> Verdict:
        """A farewell in pieces is a crisis."""
        if recent and recent[-1] == "it is all arranged" and text == "look after the dog":
            return Verdict(
                Level.CRISIS,
                0.9,
                ("Read together with the messages before it",),
                ((0, len(text)),),
                danger="own",
            )
        return self.assess(text, context)

    def assess(self, text: str, context: str | None = None) -> Verdict:
        """Crisis for "kill myself" and for a yes to a question about ending one's life, emergency for chest pain."""
        self.asked.append((text, context))
        if self.crisis_words in text or (text == "yes" and context and "ending your life" in context):
            return Verdict(Level.CRISIS, 0.99, ("Thoughts of suicide",), danger="own")
        if "chest pain" in text:
            return Verdict(Level.EMERGENCY, 0.99, ("Chest pain",))
        return Verdict(Level.URGENT if "vomiting" in text else Level.NONE)


@dataclass
class Carrier:
    """Calls our webhooks as the carrier does: signed with the account's token over the public address."""

    base: str
    public: str = PUBLIC
    token: str = TOKEN
    client: httpx.Client = field(default_factory=lambda: CLIENT)

    def text(self, number: str, body: str | None, sid: str | None = None, **fields: str) -> httpx.Response:
        """Deliver a text message; body None leaves the field out."""
        form = {"MessageSid": sid or new_sid(), "AccountSid": ACCOUNT, "From": number, "To": "+12125550142"}
        form |= {"NumMedia": "0", "NumSegments": "1"} | ({} if body is None else {"Body": body}) | fields
        return self.post("/sms/inbound", form)

    def report(self, address: str, sid: str, status: str, error: str = "") -> httpx.Response:
        """Report on a message of ours. address: path and query that we gave with the message."""
        form = {"MessageSid": sid, "MessageStatus": status, "AccountSid": ACCOUNT}
        return self.post(address, form | ({"ErrorCode": error} if error else {}))

    def post(
        self, address: str, form: dict[str, str], signature: str | bytes | None = None, **headers: str
    ) -> httpx.Response:
        """Any form to any address (path and query), rightly signed unless a signature is given."""
        right = RequestValidator(self.token).compute_signature(self.public + address, form)
        signed = {"X-Twilio-Signature": right if signature is None else signature}
        return self.client.post(self.base + address, data=form, headers=signed | headers)


def sms_routes(*, spool: Spool, **parts: Any) -> list[Route]:
    """The routes of a process that keeps in `spool` what it cannot store."""
    take_in = TakeIn(parts["engine"], parts["clock"].now, spool)
    defaults = {"take_in": take_in, "limits": Limits(parts["clinic"]), "sending": Sending()}
    return routes(**{**defaults, **parts})


def new_sid() -> str:
    """A fresh identifier in the carrier's form."""
    return f"SM{time.time_ns():016x}{next(_sids):016x}"


def said(response: httpx.Response) -> list[str]:
    """The texts that an answer of ours tells the carrier to send back."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/xml")
    return [str(message.text) for message in ElementTree.fromstring(response.content).iter("Message")]


def callback_of(response: httpx.Response) -> str:
    """The address (path and query) for reports on the text that an answer of ours sends back."""
    return callbacks_of(response)[0]


def callbacks_of(response: httpx.Response) -> list[str]:
    """The same for each of its texts."""
    texts = ElementTree.fromstring(response.content).findall("Message")
    return [str(one.get("statusCallback")).removeprefix(PUBLIC) for one in texts]


class Served:
    """An application on a loopback port, in a thread."""

    def __init__(self, app: Starlette) -> None:
        settings = uvicorn.Config(
            app, host="127.0.0.1", port=0, log_level="warning", ws="none", lifespan="off"
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """Stop, and wait until it has."""
        self._server.should_exit = True
        self._thread.join(10)


@dataclass
class Record:
    """Reads the record of care of one number."""

    engine: Engine

    def conversation(self, number: str) -> Conversation:
        """The conversation of a number."""
        with Session(self.engine, future=True) as session:
            phone = session.execute(select(PhoneNumber).where(PhoneNumber.number == number)).scalar_one()
            return session.get(Conversation, phone.conversation_id)

    def messages(self, number: str) -> list[Message]:
        """All messages of a number, in order."""
        conversation = self.conversation(number)
        return self.of(Message, number, Message.seq, conversation)

    def of(self, model: Any, number: str, order: Any, conversation: Conversation | None = None) -> list[Any]:
        """Rows of a table that belong to a number's conversation."""
        conversation = conversation or self.conversation(number)
        with Session(self.engine, future=True) as session:
            statement = select(model).where(model.conversation_id == conversation.id)
            return list(session.execute(statement.order_by(order)).scalars())

    def from_patient(self, number: str) -> list[Message]:
        """What came in from a number."""
        return [message for message in self.messages(number) if message.sender == "patient"]

    def phone(self, number: str) -> PhoneNumber:
        """The row of a number."""
        with Session(self.engine, future=True) as session:
            return session.execute(select(PhoneNumber).where(PhoneNumber.number == number)).scalar_one()


def fresh_number() -> str:
    """A number that nobody has texted from."""
    return f"+1646{2_000_000 + next(_numbers) % 8_000_000}"


def staff_member(session: Session) -> int:
    """A member of staff, new."""
    member = StaffMember(
        name="Nora", email=f"n{time.time_ns()}@clinic.example", role="nurse", password_hash="none"
    )
    session.add(member)
    session.flush()
    return int(member.id)
