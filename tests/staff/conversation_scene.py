"""What tests of one conversation do: read its page, act on it, look what became of it."""

from __future__ import annotations

from typing import Any

from bot.care.models import (
    Alert,
    Conversation,
)


def page(scene: Any, conversation_id: int, browser: Any = None) -> str:
    answer = (browser or scene.logged_in()).get(f"/staff/conversations/{conversation_id}")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def act(browser: Any, conversation_id: int, what: str, **fields: Any) -> Any:
    return browser.post(f"/staff/conversations/{conversation_id}/{what}", data=fields)


def texts(scene: Any, conversation_id: int) -> list[tuple[str, str]]:
    return [(message.sender, message.text) for message in scene.messages(conversation_id)]


def owner_of(scene: Any, conversation_id: int) -> str | None:
    with scene.record() as session:
        owner = session.get(Conversation, conversation_id).owner
        return owner.name if owner else None


def acknowledged(scene: Any, browser: Any, conversation_id: int, level: str = "crisis") -> Any:
    scene.says(conversation_id, "words", level)
    with scene.record() as session:
        alert = session.query(Alert).filter_by(conversation_id=conversation_id).one()
    browser.post(f"/staff/alerts/{alert.id}/acknowledge", data={"seen": alert.news_id})
    return alert
