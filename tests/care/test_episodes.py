"""The episode under way: what was grave in it and what was written in it, of the alert that nobody has resolved."""

from __future__ import annotations

from datetime import timedelta

from bot.care import alerts, episodes
from bot.care.database import transaction
from bot.care.models import Disposition
from tests.care.conftest import AT, Care


def grave(care: Care) -> list[tuple[str, str]]:
    found = care.look(lambda session: episodes.grave_messages(session, care.conversation_id))
    return [(verdict.level.value, text) for verdict, text in found]


def texts(care: Care) -> list[str]:
    return list(care.look(lambda session: episodes.texts(session, care.conversation_id)))


def test_only_what_was_grave_is_brought_along_and_every_text_where_texts_are_asked_for(care: Care) -> None:
    assert (grave(care), texts(care)) == ([], [])
    care.delivered("i cannot stop vomiting", "urgent")
    assert (grave(care), texts(care)) == ([], ["i cannot stop vomiting"])
    care.delivered("i want to die", "crisis", now=AT + timedelta(minutes=1))
    care.delivered("still vomiting", "urgent", now=AT + timedelta(minutes=2))
    care.delivered("my chest hurts", "emergency", now=AT + timedelta(minutes=3))
    assert grave(care) == [("crisis", "i want to die"), ("emergency", "my chest hurts")]
    assert texts(care) == ["i cannot stop vomiting", "i want to die", "still vomiting", "my chest hurts"]


def test_what_was_added_to_an_alert_and_worried_nobody_is_one_of_its_texts(care: Care) -> None:
    care.delivered("i want to die", "crisis")
    joke = care.delivered("jk", now=AT + timedelta(minutes=1)).message
    with transaction(care.engine) as session:
        alerts.add_words(session, session.merge(joke), ["Took it back"], AT)
    assert grave(care) == [("crisis", "i want to die")]
    assert texts(care) == ["i want to die", "jk"]


def test_an_episode_that_was_resolved_is_over(care: Care, nurse: int) -> None:
    care.delivered("i want to die", "crisis")
    alert = care.look(lambda session: alerts.unresolved_alert(session, care.conversation_id))
    with transaction(care.engine) as session:
        alerts.acknowledge(session, alert.id, nurse, AT)
    with transaction(care.engine) as session:
        alerts.resolve(session, alert.id, nurse, Disposition.REACHED_SAFE, "Spoke with her.", AT)
    assert (grave(care), texts(care)) == ([], [])
    care.delivered("my chest hurts", "emergency", now=AT + timedelta(hours=1))
    assert grave(care) == [("emergency", "my chest hurts")]
    assert texts(care) == ["my chest hurts"]
