"""One message of the customer as an action sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker

_INVISIBLE = "\u2060"  # bot.decision puts it before a button's payload


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The latest message. `text` is empty for a button; `language` is "en" or "zh", the one to answer in."""

    conversation_id: str
    text: str
    intent: str
    language: str
    entities: Mapping[str, str]
    customer: Mapping[str, Any]  # of a verified customer: user_id, name, email; empty for anybody else

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        """The turn `tracker` is in."""
        message = tracker.latest_message
        intent = str((message.get("intent") or {}).get("name") or "")
        text = str(message.get("text") or "")
        return cls(
            conversation_id=tracker.sender_id,
            text="" if _is_payload(text, intent) else text,
            intent=intent,
            language="zh" if message.get("language") == "zh" else "en",
            entities={str(found.get("entity")): str(found.get("value")) for found in message.get("entities") or []},
            customer=_verified_customer(tracker),
        )


def _is_payload(text: str, intent: str) -> bool:
    """Whether `text` is `/intent{…}`: what a button sends."""
    text = text.removeprefix(_INVISIBLE)
    return text.startswith("/") and text[1:].partition("{")[0] == intent


def _verified_customer(tracker: Tracker) -> Mapping[str, Any]:
    """Who the service says this is. Only the latest message counts: the customer may have signed out since."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            context = (event.get("metadata") or {}).get("context") or {}
            return context if context.get("verified") is True and context.get("user_id") else {}
    return {}
