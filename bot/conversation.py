"""What a conversation has settled so far, read from its tracker and from what the service sends along."""

from collections.abc import Mapping
from typing import Any

from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from knowledge.subjects import TURNS

LANGUAGE_SLOT = "language"
BRIEFING_SLOT = "briefing"
REMEMBERED_TURNS = 3  # in which a question may still lean on an article


def is_payload(text: str) -> bool:
    """Whether a message is what a button of ours sends, in Rasa's intent syntax. The channel never lets a customer's
    text be one."""
    return text.startswith("/")


def context(message: Message) -> dict[str, Any]:
    """What the service said about the conversation (docs/protocol/brain.md); empty in `rasa shell` and `rasa test`."""
    metadata = message.get("metadata")
    found = metadata.get("context") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def language(tracker: DialogueStateTracker) -> str:
    """The language of the latest message, or empty before the first."""
    latest = tracker.latest_message
    found = latest.parse_data.get("language") if latest and latest.parse_data else None
    return str(found or tracker.current_slot_values().get(LANGUAGE_SLOT) or "")


def said(tracker: DialogueStateTracker) -> list[str]:
    """Texts of the last turns, of both sides, oldest first."""
    texts = [event.text for event in tracker.events if isinstance(event, (UserUttered, BotUttered)) and event.text]
    return texts[-TURNS:]


def last_article(tracker: DialogueStateTracker) -> str:
    """Id of the article that was shown in one of the last turns, or empty; what came before a human does not count."""
    turns = 0
    for event in reversed(tracker.events):
        if isinstance(event, SlotSet) and event.key == BRIEFING_SLOT:
            return ""
        if isinstance(event, UserUttered):
            if found := _shown(event.parse_data or {}):
                return found
            turns += 1
            if turns == REMEMBERED_TURNS:
                return ""
    return ""


def _shown(parsed: Mapping[str, Any]) -> str:
    """The article a turn was answered with."""
    if (parsed.get("decision") or {}).get("name") not in ("answer", "answer_alternatives"):
        return ""
    pressed = [entity["value"] for entity in parsed.get("entities") or () if entity.get("entity") == "article_id"]
    ranking = (parsed.get("kb") or {}).get("ranking") or []
    return str(pressed[0] if pressed else ranking[0]["id"] if ranking else "")


def previous(tracker: DialogueStateTracker) -> dict[str, Any]:
    """What the pipeline found out about the latest message; empty before the first and after a human has taken over."""
    for event in reversed(tracker.events):
        if isinstance(event, SlotSet) and event.key == BRIEFING_SLOT:
            return {}
        if isinstance(event, UserUttered):
            return dict(event.parse_data or {})
    return {}
