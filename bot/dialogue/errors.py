"""What can go wrong while Rasa answers."""

from __future__ import annotations

from bot.clinic.errors import AftercareError


class NoTurn(AftercareError):
    """The tracker store was asked outside a turn."""

    code = "AC501"

    def __init__(self, sender_id: str) -> None:
        super().__init__(
            f"Conversation {sender_id} was asked for outside a turn. Go through bot.dialogue.host.DialogueHost.answer."
        )


class TurnFailed(AftercareError):
    """Rasa could not answer a message. Holds the kind of the error, never its text: that may quote the patient."""

    code = "AC502"

    def __init__(self, conversation_id: int, cause: str) -> None:
        self.cause = cause
        super().__init__(
            f"A turn of conversation {conversation_id} failed: {cause}. The patient got the fixed reply."
        )


class DialogueModelMissing(AftercareError):
    """There is no trained Rasa model, or one that this code cannot load."""

    code = "AC503"

    def __init__(self, why: str) -> None:
        super().__init__(f"Rasa's model cannot be loaded: {why}. Run `.venv/bin/aftercare train`.")
