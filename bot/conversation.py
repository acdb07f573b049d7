"""What a conversation has settled so far, read from its tracker and from what the service sends along."""

from typing import Any

from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

LANGUAGE_SLOT = "language"
BRIEFING_SLOT = "briefing"


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


def previous(tracker: DialogueStateTracker) -> dict[str, Any]:
    """What the pipeline found out about the latest message; empty before the first and after a human has taken over."""
    for event in reversed(tracker.events):
        if isinstance(event, SlotSet) and event.key == BRIEFING_SLOT:
            return {}
        if isinstance(event, UserUttered):
            return dict(event.parse_data or {})
    return {}
