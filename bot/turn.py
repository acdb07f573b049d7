"""One turn as the service sees it: what it asks, checked, and what it is answered, read from the tracker.

BadTurn    the request is not as documented; the message names the field
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import conversation
from bot.decision import INVISIBLE

TEXT_CHARACTERS = 16_000
_HALF = re.compile("[\ud800-\udfff]")
_PAYLOAD = re.compile(r"/[A-Za-z_][A-Za-z0-9_]*(\{.*\})?", re.DOTALL)
_OWN_SLOTS = frozenset(
    {"requested_slot", "session_started_metadata", conversation.LANGUAGE_SLOT, conversation.BRIEFING_SLOT}
)


class BadTurn(Exception):
    """The request is refused; nothing has happened."""


@dataclass(frozen=True)
class Turn:
    """What a customer said or pressed. `said` is what Rasa gets to read."""

    conversation: str
    message: str
    said: str
    context: Mapping[str, Any]

    @property
    def is_text(self) -> bool:
        """Whether the customer wrote it, rather than pressing a button."""
        return not conversation.is_payload(self.said)


def read_turn(body: Any) -> Turn:
    """Check a request body. Raises BadTurn."""
    fields = read_object(body)
    text, payload = fields.get("text") or "", fields.get("payload") or ""
    if not isinstance(text, str) or not isinstance(payload, str) or bool(text) == bool(payload):
        raise BadTurn("text, payload: set exactly one of them, to a string")
    if len(text) > TEXT_CHARACTERS:
        raise BadTurn(f"text: is longer than {TEXT_CHARACTERS} characters")
    if payload and not _PAYLOAD.fullmatch(payload):
        raise BadTurn('payload: must be an intent such as /ask_article{"article_id": "delivery-times"}')
    context = fields.get("context") or {}
    if not isinstance(context, dict):
        raise BadTurn("context: must be an object")
    return Turn(
        identifier(fields, "conversation_id"), identifier(fields, "message_id"), payload or as_text(text), context
    )


def read_object(body: Any) -> Mapping[str, Any]:
    """A JSON object, as it is. Raises BadTurn."""
    if not isinstance(body, dict):
        raise BadTurn("body: must be a JSON object")
    return body


def is_question(value: Any, characters: int) -> bool:
    """Whether this is text that can be understood: not empty, not too long, no half characters."""
    return isinstance(value, str) and bool(value.strip()) and len(value) <= characters and not _HALF.search(value)


def identifier(fields: Mapping[str, Any], name: str) -> str:
    """A required id. Raises BadTurn."""
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise BadTurn(f"{name}: must be a string of 1 to 200 characters")
    return value


def answer(tracker: DialogueStateTracker, message: str) -> dict[str, Any] | None:
    """The answer to an earlier or the present turn, without `slots`; None if the tracker does not have its end."""
    events = list(tracker.events)
    start = next((at for at in reversed(range(len(events))) if _is_message(events[at], message)), None)
    if start is None:
        return None
    turn: list[Any] = []
    for event in events[start + 1 :]:
        if isinstance(event, UserUttered):
            break
        turn.append(event)
    if not any(isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME for event in turn):
        return None
    uttered = [event for event in turn if isinstance(event, BotUttered)]
    parsed = dict(events[start].parse_data or {})
    signals = [signal for event in uttered if (signal := _signal(event))]
    language = parsed.get("language")
    known = ((events[start].metadata or {}).get("context") or {}).get("language")
    if language and language != known:
        signals.append({"type": "language", "language": language})
    return {
        "message_id": message,
        "messages": [_message(event) for event in uttered if event.text],
        "signals": signals,
        "evidence": _evidence(parsed),
        "slots": {
            name: value
            for name, value in tracker.current_slot_values().items()
            if value is not None and name not in _OWN_SLOTS
        },
    }


def is_silent(reply: Mapping[str, Any]) -> bool:
    """Whether a turn came to nothing, although it should have said or signalled something."""
    told = reply["messages"] or any(signal["type"] != "language" for signal in reply["signals"])
    return not told and reply["evidence"]["decision"] != "pass"


def as_text(text: str) -> str:
    """Keep a customer's text from being read as a command."""
    return INVISIBLE + text if text.lstrip().startswith("/") else text


def _is_message(event: Any, message: str) -> bool:
    return isinstance(event, UserUttered) and event.message_id == message


def _message(event: BotUttered) -> dict[str, Any]:
    message: dict[str, Any] = {"text": event.text}
    if event.metadata.get("article"):
        message["article"] = event.metadata["article"]
    if event.metadata.get("personal"):
        message["custom"] = {"personal": event.metadata["personal"]}
    if event.data.get("buttons"):
        message["buttons"] = [
            {"title": button["title"], "payload": button["payload"]} for button in event.data["buttons"]
        ]
    return message


def _signal(event: BotUttered) -> dict[str, Any] | None:
    custom = event.data.get("custom")
    signal = custom.get("signal") if isinstance(custom, dict) else None
    return {"detail": "", **signal} if isinstance(signal, dict) and signal.get("type") else None


def _evidence(parsed: Mapping[str, Any]) -> dict[str, Any]:
    found = parsed.get("kb") or {}
    ranking = found.get("ranking") or []
    intent = parsed.get("intent") or {}
    head = parsed.get("head") or {"intent": intent.get("name"), "confidence": intent.get("confidence")}
    return {
        "language": parsed.get("language", ""),
        "intent": head["intent"] or "",
        "intent_confidence": head["confidence"] or 0.0,
        "decision": (parsed.get("decision") or {}).get("name", "dialogue"),
        "confidence": ranking[0]["confidence"] if ranking else 0.0,
        "answerable": found.get("answerable", 0.0),
        "ranking": ranking,
        "retrieval": found.get("retrieval") or {},
        "beliefs": parsed.get("scope") or {},
    }
