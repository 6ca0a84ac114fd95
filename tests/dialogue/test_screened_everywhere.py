"""No way into the assistant goes around the screen: `rasa shell`, typed `/intent` texts, what is taken back later."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy.engine import Engine

from actions import base
from actions.escalate import ActionEscalate
from actions.talk import ActionTalk
from bot.care.database import transaction
from bot.care.models import Alert, AlertEvent, Channel, Message
from bot.safety.errors import RulesBroken
from bot.safety.levels import Level

pytestmark = pytest.mark.model

CHANNELS = [Channel.WEB, Channel.SMS]


@pytest.fixture
def shell(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The record that `rasa shell` writes into, where nobody has opened a turn."""
    monkeypatch.setattr(base, "_engine", lambda: engine)
    return engine


def tracker_of(parsed: dict[str, object]) -> Tracker:
    return Tracker("shell", {}, parsed, [], False, None, {}, "action_listen")


async def test_rasa_shell_screens_and_tells_staff_once(host, shell) -> None:
    parsed = await host._agent.parse_message("I want to kill myself")
    assert parsed["safety"]["level"] == "crisis" and parsed["intent"]["name"] == "safety"
    parsed["message_id"] = "one"
    said = CollectingDispatcher()
    await ActionEscalate().run(said, tracker_of(parsed), {})
    assert said.messages[0]["response"] == "utter_crisis"
    with transaction(shell) as session:
        alert = session.execute(select(Alert).order_by(Alert.id.desc()).limit(1)).scalar_one()
        assert alert.level == "crisis"
        events = session.execute(select(AlertEvent).where(AlertEvent.alert_id == alert.id)).scalars().all()
        assert [event.kind for event in events] == ["opened"]


@pytest.mark.parametrize(
    "action, text",
    [
        (ActionTalk(), '/greet{"a": "I want to kill myself"}'),
        (ActionTalk(), "/greet@0.9 I want to kill myself"),
        (ActionEscalate(), "/greet I want to kill myself"),
        (ActionEscalate(), '/safety{"a": "I want to kill myself"}'),
    ],
)
@pytest.mark.filterwarnings("ignore:Failed to parse arguments:UserWarning")  # what Rasa says of such a text
async def test_a_typed_intent_in_the_shell_is_screened_like_any_other(host, shell, action, text) -> None:
    parsed = await host._agent.parse_message(text)
    assert (parsed["intent"]["name"] == "safety") is isinstance(action, ActionEscalate)
    parsed["message_id"] = text[:60]
    said = CollectingDispatcher()
    await action.run(said, tracker_of(parsed), {})
    responses = [message["response"] for message in said.messages]
    assert responses[0] == "utter_crisis" and responses.count("utter_crisis") == 1
    assert "utter_greet" not in responses
    with transaction(shell) as session:
        alert = session.execute(select(Alert).order_by(Alert.id.desc()).limit(1)).scalar_one()
        assert str(alert.message.text) == parsed["text"]
        assert Level(alert.level) is Level.CRISIS


async def test_a_harmless_typed_intent_in_the_shell_alarms_nobody(host, shell) -> None:
    parsed = await host._agent.parse_message("/greet")
    parsed["message_id"] = "a harmless one"
    said = CollectingDispatcher()
    await ActionTalk().run(said, tracker_of(parsed), {})
    assert [message["response"] for message in said.messages] == ["utter_greet"]
    with transaction(shell) as session:
        stored = session.execute(select(Message).order_by(Message.id.desc()).limit(1)).scalar_one()
        assert (stored.text, stored.level) == ("/greet", "none")


@pytest.mark.filterwarnings("ignore:Failed to parse arguments:UserWarning")
async def test_what_cannot_be_screened_in_the_shell_goes_to_staff(host, shell, monkeypatch) -> None:
    def broken(mode: str) -> None:
        raise RulesBroken("crisis.yml", "cannot be read")

    base._screen.cache_clear()
    monkeypatch.setattr(base.Screen, "load", broken)
    parsed = await host._agent.parse_message("/greet@0.9 I want to kill myself")
    parsed["message_id"] = "an unread one"
    said = CollectingDispatcher()
    await ActionTalk().run(said, tracker_of(parsed), {})
    assert said.messages[0]["response"] == "utter_unassessed"
    with transaction(shell) as session:
        alert = session.execute(select(Alert).order_by(Alert.id.desc()).limit(1)).scalar_one()
        assert Level(alert.level) is Level.UNASSESSED


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("text", ["/greet I want to kill myself", '/affirm{"x": "I want to kill myself"}'])
async def test_a_typed_intent_on_our_channels_is_a_message_like_any_other(patient, channel, text) -> None:
    [reply] = await patient.says(text, channel)
    assert "988" in reply
    assert [alert.level for alert in patient.alerts()] == ["crisis"]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("text", ["jk", "nvm", "it was my brother"])
async def test_taking_it_back_closes_nothing_and_the_way_to_help_is_said_again(
    patient, channel, text
) -> None:
    await patient.turn("I want to kill myself", channel)
    replies = await patient.says(text, channel)
    assert any("988" in reply for reply in replies)
    [alert] = patient.alerts()
    assert (alert.level, alert.state) == ("crisis", "open")
    with transaction(patient.engine) as session:
        kinds = [event.kind for event in session.get(Alert, alert.id).events]
    assert len(kinds) == 2 and kinds[0] == "opened"


@pytest.mark.parametrize("channel", CHANNELS)
async def test_in_spanish_the_way_to_help_is_repeated_in_spanish(patient, channel) -> None:
    await patient.turn("ya no quiero vivir, quiero morir", channel)
    for text in ("gracias", "¿puedo comer algo ahora?"):
        assert any(
            "oprima 2" in reply and "equipo" in reply for reply in await patient.says(text, channel)
        ), text
    assert any("call or text 988" in reply for reply in await patient.says("can I drive tomorrow?", channel))
