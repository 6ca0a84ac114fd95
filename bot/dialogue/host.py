"""The Rasa agent, hosted: one message in, the replies out, everything in the transaction of the current turn."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.exceptions import ModelNotFound
from rasa.model import get_latest_model

from actions.base import tapped
from bot.care.conversations import Reply
from bot.care.turn import Turn, turn
from bot.clinic.paths import ROOT
from bot.dialogue.errors import DialogueModelMissing, TurnFailed
from bot.dialogue.in_process import InProcessActions
from bot.dialogue.quiet import silence_rasa
from bot.dialogue.responses import GuidanceResponses
from bot.dialogue.shortcuts import InOrder, take_shortcuts
from bot.dialogue.tracker_store import CareTrackerStore
from bot.nlu.components import CHOICE, QUESTION, STALE, VERDICT, remember

MODELS = ROOT / "models"

LONGEST_TURN = 20.0
"""Seconds. A turn takes milliseconds; one that takes this long will not end well, and a patient waits."""

# Rasa takes a text that begins with a slash for a command. A zero-width character in front makes it plain text; the
# stored message is as typed, and the reader ignores the character.
NO_COMMAND = "\u200b"


class CollectedReplies(OutputChannel):
    """Collects what Rasa says, whole, for the worker to store. channel: "web" or "sms", which decides the wording."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.replies: list[Reply] = []

    def name(self) -> str:  # type: ignore[override]
        """The name under which Rasa asks for wording."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one message of Rasa's."""
        text = message.get("text")
        if text:
            self.replies.append(
                Reply(
                    text=text,
                    kind=message.get("kind") or "message",
                    question=message.get("question"),
                    buttons=tuple(message.get("buttons") or ()),
                    guidance=tuple(message.get("guidance") or ()),
                )
            )


class DialogueHost:
    """A loaded agent. One turn at a time: Rasa's processor is not made for two."""

    def __init__(self, agent: Agent) -> None:
        """agent: loaded, with a domain. Its tracker store is replaced by ours.

        Rasa wraps every store in one that answers a read error with "new conversation" and a write error with a copy in
        memory: both lose a patient's turn without a word. Hence the bare store, put in from outside.
        """
        store = CareTrackerStore(agent.domain)
        agent.tracker_store = store
        if agent.processor is None:
            raise DialogueModelMissing("the model holds no dialogue")
        agent.processor.tracker_store = store
        if isinstance(agent.processor.graph_runner, DaskGraphRunner):
            agent.processor.graph_runner = InOrder(agent.processor.graph_runner)
        self._agent = agent

    @classmethod
    def load(cls, models: Path = MODELS) -> DialogueHost:
        """Load the newest model in `models`. Raises DialogueModelMissing where none can be loaded."""
        silence_rasa()
        take_shortcuts()
        newest = get_latest_model(str(models))
        if newest is None:
            raise DialogueModelMissing(f"there is none in {models.name}/")
        try:
            agent = Agent.load(newest, generator=GuidanceResponses(), action_endpoint=InProcessActions())
        except ModelNotFound as error:
            raise DialogueModelMissing("the file is damaged or there is none") from error
        except Exception as error:  # Rasa raises what its storage raises: tar, JSON, version and key errors
            raise DialogueModelMissing(_why(error)) from error
        if agent.processor is None:
            raise DialogueModelMissing("the file is damaged or older than this code")
        return cls(agent)

    async def answer(self, under_way: Turn) -> list[Reply]:
        """The replies to the turn's message. Stores what actions store, commits nothing.

        Raises TurnFailed where an action or Rasa failed, took longer than LONGEST_TURN, or said nothing; the caller
        rolls back and says the fixed reply.
        """
        message, conversation = under_way.message, under_way.conversation
        output = CollectedReplies(message.channel)
        text = message.text
        if text.lstrip().startswith("/"):
            text = NO_COMMAND + text
        if message.encoded is not None:
            remember(text, under_way.question, message.encoded)
        choice = tapped(under_way)
        user_message = UserMessage(
            text=text,
            output_channel=output,
            sender_id=str(conversation.id),
            input_channel=message.channel,
            message_id=str(message.id),
            metadata={
                VERDICT: message.verdict,
                QUESTION: under_way.question,
                CHOICE: choice,
                STALE: choice is None and message.choice is not None,
            },
        )
        with turn(under_way):
            try:
                await asyncio.wait_for(self._agent.handle_message(user_message), LONGEST_TURN)
            except Exception as error:
                raise TurnFailed(conversation.id, type(error).__name__) from error
        if under_way.failure is not None:
            raise TurnFailed(conversation.id, type(under_way.failure).__name__) from under_way.failure
        if not output.replies:
            raise TurnFailed(conversation.id, "nothing was said")
        return output.replies


def _why(error: BaseException) -> str:
    """What a person can do something about: the first cause that is an error of ours, else the kind of the error."""
    cause: BaseException | None = error
    while cause is not None:
        if hasattr(cause, "code") and hasattr(cause, "status"):
            return str(cause)
        cause = cause.__cause__
    return f"{type(error).__name__}, the file is damaged or older than this code"
