"""What the validation actions of forms have in common.

Rasa calls `validate_<form>` when a form starts, for every message while it is active, and again when it comes back from
an interruption. Besides slots it reads one thing from the answer: `requested_slot`, what to ask next, None for done. A
message that fills no slot lets Rasa drop our words and play the interrupting rule; it then calls again, and our
question is heard.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn

REQUESTED_SLOT = "requested_slot"
SAID_TO_FORM = frozenset({"inform", "affirm", "deny"})
INTERRUPTIONS = 3  # in a row; whoever asks three other things does not want to be asked the same a fourth time


class FormDialogue(Action, ABC):
    """Takes what a message gives a form, says what is wrong with it and asks for what is missing."""

    starters: frozenset[str]  # intents that start the form or, while it is active, only repeat the wish
    left: Mapping[str, Any] = {}  # slots by which rules see that the customer left the form for other things

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn, requested = Turn.of(tracker), tracker.slots.get(REQUESTED_SLOT)
        if requested is not None and turn.intent not in SAID_TO_FORM | self.starters:
            if self._interruptions(tracker) >= INTERRUPTIONS:
                dispatcher.utter_message(response="say_form_left")
                return [SlotSet(name, value) for name, value in {**self.left, REQUESTED_SLOT: None}.items()]
            if turn.intent != "repeat":  # which has just said our question again
                await self.ask(requested, dispatcher, tracker, turn)
            return [SlotSet(REQUESTED_SLOT, requested)]
        slots = await self.take(requested, dispatcher, tracker, turn)
        return [SlotSet(name, value) for name, value in slots.items()]

    @abstractmethod
    async def ask(self, requested: str, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> None:
        """Ask for `requested` again, after an interruption."""

    @abstractmethod
    async def take(
        self, requested: str | None, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn
    ) -> dict[str, Any]:
        """The slots after this message, `requested_slot` among them. `requested` is None when the form starts."""

    def _interruptions(self, tracker: Tracker) -> int:
        """How many messages in a row the form was interrupted by, each marked by Rasa as a rejected action. The present
        one is not counted before its rule has been played."""
        count = 0
        for event in reversed(tracker.events):
            if event.get("event") == "action_execution_rejected":
                count += 1
            elif event.get("event") == "user":
                intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
                if intent in SAID_TO_FORM | self.starters:
                    break
        return count
