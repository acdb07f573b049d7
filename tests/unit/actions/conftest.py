"""Real trackers, dispatchers and orders for the actions. Collected in the Rasa environment only."""

import importlib.util
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("rasa_sdk") else ["test_*.py"]

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "data/orders/demo.json"
ANNA = {"verified": True, "user_id": "demo-anna", "name": "Anna Lee", "email": "anna@example.com"}


class Conversation:
    """Drives one action over turns, keeping the slots as Rasa would."""

    def __init__(self, action: Any) -> None:
        self.action = action
        self.slots: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []

    async def turn(
        self,
        text: str = "",
        intent: str = "inform",
        *,
        language: str = "en",
        context: dict[str, Any] | None = None,
        **entities: str,
    ) -> "Heard":
        """Say something, or press a button with `entities`, and hear the answer."""
        from rasa_sdk import Tracker
        from rasa_sdk.executor import CollectingDispatcher

        message = {
            "text": text,
            "intent": {"name": intent},
            "language": language,
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        }
        parsed = {"intent": {"name": intent}}
        self.events.append(
            {"event": "user", "text": text, "metadata": {"context": context or {}}, "parse_data": parsed}
        )
        dispatcher = CollectingDispatcher()
        tracker = Tracker("conversation-1", dict(self.slots), message, self.events, False, None, {}, "action_listen")
        returned = await self.action.run(dispatcher, tracker, {})
        for event in returned:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        return Heard(dispatcher.messages, returned)

    async def interrupt(self, intent: str = "kb_answer") -> "Heard":
        """Say something else while a form is active: Rasa rejects the form, plays the rule and comes back to it."""
        await self.turn("something else", intent)
        said = self.events.pop()
        self.events += [said, {"event": "action_execution_rejected"}]
        heard = await self.turn("something else", intent)
        self.events.pop()  # it is the same message
        return heard


class Heard:
    """What an action said and did in one turn."""

    def __init__(self, messages: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
        self.messages, self.events = messages, events

    @property
    def responses(self) -> list[str]:
        return [message["response"] for message in self.messages if message.get("response")]

    @property
    def signals(self) -> list[dict[str, Any]]:
        return [message["custom"]["signal"] for message in self.messages if message.get("custom")]


@pytest.fixture
def demo_orders(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The demo source, as shipped."""
    from actions.orders import settings

    monkeypatch.setenv("FRONTDOOR_ORDER_SOURCE", "demo")
    monkeypatch.setenv("FRONTDOOR_ORDER_FILE", str(DEMO))
    settings.order_source.cache_clear()
    yield
    settings.order_source.cache_clear()


@pytest.fixture
def order_json() -> dict[str, Any]:
    """One complete order as a shop's system would send it."""
    orders = json.loads(DEMO.read_text(encoding="utf-8"))["orders"]
    order = dict(next(order for order in orders if order["status"] == "delayed"))
    return order | {"placed_on": "2026-11-01", "promised_on": "2026-11-08", "expected_on": "2026-11-11"}


@pytest.fixture
def today() -> date:
    return date(2026, 11, 10)
