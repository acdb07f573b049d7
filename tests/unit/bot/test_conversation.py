"""What a conversation was last about, read from its tracker."""

from typing import Any

import pytest
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversation import BRIEFING_SLOT, last_article


def turn(decision: str, *articles: str, pressed: str = "") -> list[Event]:
    """A customer's message and what the pipeline left on it."""
    parsed: dict[str, Any] = {
        "decision": {"name": decision, "failures": 0},
        "kb": {"ranking": [{"id": article} for article in articles]},
        "entities": [{"entity": "article_id", "value": pressed}] if pressed else [],
    }
    return [UserUttered("words", parse_data=parsed), BotUttered("more words")]


def tracker(*turns: list[Event]) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("c", [event for each in turns for event in each])


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([], ""),
        ([turn("answer", "delivery-times", "delivery-fees")], "delivery-times"),
        ([turn("answer_alternatives", "delivery-times")], "delivery-times"),
        ([turn("answer", "warranty-period"), turn("answer", "delivery-times")], "delivery-times"),
        ([turn("answer", "delivery-times", pressed="delivery-fees")], "delivery-fees"),
        ([turn("clarify", "delivery-times")], ""),
        ([turn("answer", "delivery-times"), turn("dialogue"), turn("dialogue")], "delivery-times"),
        ([turn("answer", "delivery-times"), turn("dialogue"), turn("dialogue"), turn("dialogue")], ""),
        ([turn("answer", "delivery-times"), [SlotSet(BRIEFING_SLOT, "solved")]], ""),
    ],
)
def test_the_article_that_was_shown_last(turns: list[list[Event]], expected: str) -> None:
    assert last_article(tracker(*turns)) == expected
