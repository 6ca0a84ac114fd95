"""A patient who texts: the carrier posts what they write, signed, until it is taken."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ElementTree

import httpx

from .carrier import SENDER, signed
from .evidence import Wrote
from .patients import Line, Patient, Scene


class Phone(Patient):
    """Somebody who texts: the carrier posts what they write."""

    channel = "sms"

    def __init__(self, name: str, script: list[Line], scene: Scene, client: httpx.AsyncClient) -> None:
        super().__init__(name, script, scene)
        self._client = client
        self._had: dict[str, int] = {}

    def _new_id(self) -> str:
        return f"SM{uuid.uuid4().hex}"

    async def _post(self, wrote: Wrote) -> httpx.Response:
        self._had.setdefault(wrote.id, self._texts())
        form = {
            "MessageSid": wrote.id,
            "AccountSid": "AC" + "7" * 32,
            "From": self.name,
            "To": SENDER,
            "Body": wrote.text,
            "NumMedia": "0",
        }
        answer = await self._client.post(
            self.scene.web() + "/sms/inbound", data=form, headers=signed("/sms/inbound", form)
        )
        for text in texts_of(answer.text) if answer.status_code == 200 else []:
            if text.get("statusCallback"):
                self.scene.carrier.report(str(text.get("statusCallback")), f"SM{uuid.uuid4().hex}")
        return answer

    def _texts(self) -> int:
        return sum(1 for one in self.scene.carrier.taken if one.number == self.name)

    def _answered(self, wrote: Wrote) -> bool:
        first = wrote.first_accepted
        return bool(first and texts_of(first.body)) or self._texts() > self._had.get(wrote.id, 0)


def texts_of(markup: str) -> list[ElementTree.Element]:
    """The texts that the answer to a webhook sends back."""
    try:
        return ElementTree.fromstring(markup).findall("Message") if markup else []
    except ElementTree.ParseError:
        return []
