"""The routes of text messages, to be mounted by the web process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.care.models import Channel
from bot.channels.assessing import Assessing
from bot.channels.in_thread import in_thread
from bot.channels.limits import Limits
from bot.channels.sms.inbound import Intake
from bot.channels.sms.sending import Sending
from bot.channels.sms.settings import INBOUND, STATUS, SmsSettings
from bot.channels.sms.status import record_report
from bot.channels.sms.texts import Answer, InboundText, twiml
from bot.channels.sms.webhook import signed_form
from bot.channels.take_in import DISK_PATIENCE, TakeIn
from bot.clinic.clock import Clock
from bot.clinic.errors import AftercareError
from bot.clinic.settings import Clinic
from bot.guidance.phrases import Phrases
from bot.safety.verdict import Verdict

log = logging.getLogger(__name__)

PATIENCE = 8.0
"""Seconds given to the database. The carrier waits 15; the answer to a person in crisis must be out before."""

T = TypeVar("T")


def sms_routes(
    *,
    engine: Engine,
    clinic: Clinic,
    clock: Clock,
    screen: Assessing,
    phrases: Phrases,
    settings: SmsSettings,
    take_in: TakeIn,
    limits: Limits,
    sending: Sending,
    patience: float = PATIENCE,
) -> list[Route]:
    """`POST /sms/inbound` and `POST /sms/status`.

    settings: of `load_settings`; take_in: keeps what cannot be stored; limits: how many texts of a number are answered;
    sending: whether what we answer later goes out; patience: seconds for the database.
    """
    intake = Intake(engine, clinic, clock, screen, phrases, settings, limits, sending)
    take_in.register(Channel.SMS, intake)
    webhooks = _Webhooks(intake, take_in, patience)
    return [
        Route(INBOUND, webhooks.inbound, methods=["POST"]),
        Route(STATUS, webhooks.status, methods=["POST"]),
    ]


class _Webhooks:
    def __init__(self, intake: Intake, take_in: TakeIn, patience: float) -> None:
        self._intake, self._take_in = intake, take_in
        self._patience = patience
        # Threads of their own: those that wait for a database which is away must never keep the screen waiting.
        self._screening = anyio.CapacityLimiter(4)
        self._storing = anyio.CapacityLimiter(16)
        self._keeping = anyio.CapacityLimiter(16)

    async def inbound(self, request: Request) -> Response:
        """A text message. 200 with the carrier's markup once it is stored or kept; 503 where neither could be."""
        try:
            form = await signed_form(request, self._intake.settings, INBOUND)
            sms = InboundText.from_form(form)
        except AftercareError as error:
            return _refused(error, INBOUND)
        if given := self._intake.answered.of(sms.sid):
            return self._say(given.answer)
        if kept := self._take_in.known(Channel.SMS, sms.number, sms.sid):
            return self._say(Answer(kept.told.text) if kept.told else None)
        try:
            answer: Answer | None = await self._in_time(lambda: self._store(sms))
            answer = self._first_answer(sms, answer)
        except Exception as error:
            # The boundary to the patient: in crisis they get their answer whatever is broken.
            # The name only: a traceback of the database's may hold the patient's words.
            log.error("a text message could not be stored: %s", type(error).__name__)
            verdict = await in_thread(lambda: self._intake.assess(sms), self._screening)
            try:
                # The same text may be delivered twice at once, and the other delivery be answered already.
                if self._intake.answered.of(sms.sid) is None:
                    answer = await self._keep(sms, verdict)
                if given := self._intake.answered.of(sms.sid):
                    answer = given.answer
            except Exception as also:
                # The carrier has the message under this identifier, and nobody else has it for sure.
                log.critical("text message %s was neither stored nor kept: %s", sms.sid, type(also).__name__)
                answer = self._intake.unstored_answer(sms, verdict)
                if answer is None:
                    # The carrier tries again, then asks the fallback address, which names the crisis line and the
                    # clinic's phone. After a safety text it must not: that text would be lost.
                    return PlainTextResponse(
                        "The message could not be stored. Send it again.", status_code=503
                    )
        return self._say(answer)

    def _say(self, answer: Answer | None) -> Response:
        return Response(twiml(answer, self._intake.settings), media_type="text/xml")

    def _first_answer(self, sms: InboundText, answer: Answer | None) -> Answer | None:
        """What is said to a text that is stored: what another delivery of it was told meanwhile, since it was kept, or
        the answer that was stored."""
        if kept := self._take_in.spool.known((Channel.SMS.value, sms.number, sms.sid)):
            return Answer(kept.told.text) if kept.told else None
        self._intake.answered.add(sms.sid, answer)
        return answer

    async def status(self, request: Request) -> Response:
        """A report on a message of ours. 204, also where it is not ours; 503 where it could not be stored."""
        try:
            form = await signed_form(request, self._intake.settings, STATUS)
        except AftercareError as error:
            return _refused(error, STATUS)
        query = dict(request.query_params)
        try:
            await self._in_time(lambda: record_report(self._intake.engine, form, query, self._intake.clock))
        except Exception as error:
            # The name only, as above; and the carrier sends the report again.
            log.error("a status report could not be stored: %s", type(error).__name__)
            return PlainTextResponse("The report could not be stored. Send it again.", status_code=503)
        return Response(status_code=204)

    def _store(self, sms: InboundText) -> Answer | None:
        self._take_in.first(Channel.SMS, sms.number)
        return self._intake.store(sms)

    async def _keep(self, sms: InboundText, verdict: Verdict) -> Answer | None:
        """Raises NotKept, and TimeoutError where the disk does not answer."""
        with anyio.fail_after(DISK_PATIENCE):
            spool = self._take_in.spool
            return await in_thread(
                lambda: self._intake.keep(sms, verdict, spool), self._keeping, abandon=True
            )

    async def _in_time(self, work: Callable[[], T]) -> T:
        """`work` in a thread. Raises TimeoutError when it takes too long; it is then left to end by itself."""
        with anyio.fail_after(self._patience):
            return await anyio.to_thread.run_sync(work, limiter=self._storing, abandon_on_cancel=True)


def _refused(error: AftercareError, path: str) -> Response:
    log.warning("%s refused a request (%s): %s", path, error.code, error)
    return PlainTextResponse(str(error), status_code=error.status)
