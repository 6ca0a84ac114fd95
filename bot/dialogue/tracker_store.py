"""Rasa's memory of a conversation, small and of constant size, in the transaction of the turn.

Stock Rasa keeps every event and replays all of them at every turn. The record of care has the whole conversation, so
Rasa needs to remember only its slots, the active loop and the last few turns: turn 300 costs what turn 10 costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT, SESSION_START_METADATA_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm.util import identity_key

from actions.base import CHECK_IN_FORM, tapped
from bot.care.check_in_turns import awaits
from bot.care.models import TrackerState
from bot.care.turn import current_turn
from bot.dialogue.errors import NoTurn

TURNS_KEPT = 3
"""Rules look at the last turn only; two more are kept so that a form that was interrupted finds its way back."""

VERSION = 1

FORM_SLOT, OPEN_QUESTION = "check_in_done", "open_question"
ASKED = (OPEN_QUESTION, "options", "pending_topics")
"""Slots that hold what we asked last."""


def _write() -> Any:
    row = TrackerState.__table__
    names = {"conversation_id": "conversation", "state": "memory", "updated_at": "at"}
    new = insert(row).values(
        {name: bindparam(value, type_=row.c[name].type) for name, value in names.items()}
    )
    return new.on_conflict_do_update(
        index_elements=["conversation_id"],
        set_={"state": new.excluded.state, "updated_at": new.excluded.updated_at},
    )


_WRITE: Final = _write()


class CareTrackerStore(TrackerStore):
    """Reads and writes `tracker_state` through the session of the current turn, and commits nothing itself."""

    def __init__(self, domain: Domain | None = None) -> None:
        super().__init__(domain)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of a conversation, or None for a new one. Raises NoTurn outside a turn, and database errors."""
        row = _session(sender_id).get(TrackerState, int(sender_id))
        tracker = self.init_tracker(sender_id)
        known = row is not None and row.state.get("version") == VERSION
        if known:
            for event in self._snapshot_events(row.state) + deserialise_events(row.state["events"]):
                tracker.update(event, self.domain)
        changes = _form_as_recorded(tracker)
        for event in changes:
            tracker.update(event, self.domain)
        return tracker if known or changes else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the tracker's state. Raises NoTurn outside a turn, and database errors: nothing is swallowed here."""
        turn = current_turn()
        session = _session(tracker.sender_id)
        now = turn.now if turn is not None else None
        written = {"conversation": int(tracker.sender_id), "memory": self._state(tracker), "at": now}
        session.execute(_WRITE, written)
        # The row was written around the session's own copy of it.
        known = session.identity_map.get(identity_key(TrackerState, int(tracker.sender_id)))
        if known is not None:
            session.expire(known)

    async def keys(self) -> Iterable[str]:
        """No list of conversations is kept here; the record of care has it."""
        return []

    def _state(self, tracker: DialogueStateTracker) -> dict[str, Any]:
        events = list(tracker.events)
        cut = _start_of_turns(events, TURNS_KEPT)
        before = self.init_tracker(tracker.sender_id)
        for event in events[:cut]:
            before.update(event, self.domain)
        slots = {
            name: slot.value
            for name, slot in before.slots.items()
            if slot.value != slot.initial_value and name != SESSION_START_METADATA_SLOT
        }
        return {
            "version": VERSION,
            "slots": slots,
            "active_loop": before.active_loop_name,
            "events": [event.as_dict() for event in events[cut:]],
        }

    def _snapshot_events(self, state: dict[str, Any]) -> list[Event]:
        events: list[Event] = [
            SlotSet(name, value) for name, value in state["slots"].items() if self._known(name)
        ]
        if state["active_loop"] is not None:
            events.append(ActiveLoop(state["active_loop"]))
        events.append(ActionExecuted(ACTION_LISTEN_NAME))
        return events

    def _known(self, slot: str) -> bool:
        # A slot that an upgrade removed is forgotten instead of failing every turn of an old conversation.
        return any(slot == known.name for known in self.domain.slots)


def _form_as_recorded(tracker: DialogueStateTracker) -> list[Event]:
    """What brings Rasa's form in line with the record of care, which has the say.

    A check-in begins without Rasa, when the first question is sent; and it is broken off without Rasa, by a crisis or
    by staff. Nothing else that was asked is open once a check-in asks.
    """
    turn = current_turn()
    assert turn is not None  # retrieve found its session
    # What staff asked is theirs: it is no question of a check-in, and nothing that we asked before is open any more.
    staff_asked = turn.staff_asked is not None
    question = None if staff_asked else turn.question or tracker.get_slot(OPEN_QUESTION)
    text = tapped(turn) or str(turn.message.text)
    none = turn.begun is not None and not turn.begun.check_in
    awaited = not none and awaits(turn.session, turn.message, text, question, turn.now)
    asked = [SlotSet(slot, None) for slot in ASKED if staff_asked and tracker.get_slot(slot) is not None]
    if awaited == (tracker.active_loop_name == CHECK_IN_FORM):
        return asked
    events: list[Event] = [ActiveLoop(CHECK_IN_FORM if awaited else None), *asked]
    if awaited:
        events += [SlotSet(slot, None) for slot in (FORM_SLOT, *ASKED)]
    requested = SlotSet(REQUESTED_SLOT, FORM_SLOT if awaited else None)
    return [*events, requested, ActionExecuted(ACTION_LISTEN_NAME)]


def _start_of_turns(events: list[Event], turns: int) -> int:
    """The index at which the last `turns` turns begin."""
    starts = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    return starts[-turns] if len(starts) > turns else (starts[0] if starts else len(events))


def _session(sender_id: str) -> Any:
    turn = current_turn()
    if turn is None:
        raise NoTurn(sender_id)
    return turn.session
