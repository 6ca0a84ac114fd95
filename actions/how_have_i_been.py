"""How somebody has been, from their own check-ins: one plain sentence, and on the web the picture."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from bot.care.models import Channel
from bot.care.series import MOOD, SERIES_REPLY, conversation_series
from bot.care.trend import FEWEST, Trend, trend_of
from bot.care.turn import Turn


def say_how_it_has_been(dispatcher: CollectingDispatcher, turn: Turn) -> None:
    """Say the trend of the mood check-ins of this conversation. Nothing of anybody else's is looked at."""
    series = conversation_series(turn.session, int(turn.conversation.id), turn.now)
    trend = trend_of([value for _, value in series.answered(MOOD)])
    pictured = trend.count >= FEWEST and turn.message.channel != Channel.SMS.value
    figures = {name: f"{getattr(trend, name):g}" for name in ("lately", "before", "lowest", "highest")}
    dispatcher.utter_message(
        response="utter_how_have_i_been",
        variant=_variant(trend),
        fields=figures,
        kind=SERIES_REPLY if pictured else None,
    )


def _variant(trend: Trend) -> str:
    alike = trend.kind == "few" and trend.lowest == trend.highest
    return "few_alike" if alike else trend.kind
