"""Where is my order? The form that finds out which order and whether this customer may see it, and the answer."""

import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.clock import beijing_today
from actions.details import find_order_number, find_reach
from actions.form import REQUESTED_SLOT, FormDialogue
from actions.order_access import MOST_FAILURES, look_up
from actions.orders.errors import OrderError
from actions.orders.settings import order_source
from actions.orders.telling import blanks, response_for, short_title
from actions.turn import Turn

logger = logging.getLogger(__name__)
RECENT = 5


class ValidateOrderForm(FormDialogue):
    """Ends with `order_outcome`: found, locked (too many wrong tries) or unavailable (the order system does not answer)."""

    starters = frozenset({"order_status", "another_order"})

    def name(self) -> str:
        return "validate_order_form"

    async def ask(self, requested: str, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> None:
        if requested == "order_proof":
            dispatcher.utter_message(response="say_ask_order_proof", order_number=tracker.slots.get("order_number"))
        else:
            await _ask_number(dispatcher, turn)

    async def take(self, requested: str | None, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> dict[str, Any]:
        try:
            return await _take(requested, dispatcher, tracker, turn)
        except OrderError as error:
            logger.warning("orders: %s: %s", type(error).__name__, error)
            return {REQUESTED_SLOT: None, "order_outcome": "unavailable"}


class ActionShowOrder(Action):
    """Tells the order that the form found. It checks once more who is asking: no other place shows an order."""

    def name(self) -> str:
        return "action_show_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn.of(tracker)
        number, proof = str(tracker.slots.get("order_number") or ""), str(tracker.slots.get("order_proof") or "")
        try:
            seen = await look_up(order_source(), turn, number, [proof])
        except OrderError as error:
            logger.warning("orders: %s: %s", type(error).__name__, error)
            seen = None
        if seen is None:
            dispatcher.utter_message(response="utter_orders_unavailable")
            return [SlotSet("order_outcome", "unavailable")]
        dispatcher.utter_message(response=response_for(seen.order), **blanks(seen.order, turn.language, beijing_today()))
        return []


async def _take(requested: str | None, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> dict[str, Any]:
    given = find_order_number(turn.entities.get("order_number", "")) or find_order_number(turn.text)
    reach = find_reach(turn.text)
    kept = None if turn.intent == "another_order" else tracker.slots.get("order_number")
    number = given or kept
    proofs = [proof for proof in (reach.phone, reach.email) if proof] or [str(tracker.slots.get("order_proof") or "")]
    failures = int(tracker.slots.get("order_failures") or 0)
    slots: dict[str, Any] = {"order_number": number, "order_proof": proofs[0] or None, "order_failures": failures, "order_outcome": None}

    if number is None:
        if failures >= MOST_FAILURES and not turn.customer:
            return _locked(slots)
        if requested == "order_number" and not (reach or turn.head in ValidateOrderForm.starters or turn.intent in ValidateOrderForm.starters):
            dispatcher.utter_message(response="say_order_number_unclear")
        else:
            await _ask_number(dispatcher, turn)
        return slots | {REQUESTED_SLOT: "order_number"}

    tried = [proof for proof in proofs if proof] if failures < MOST_FAILURES else []
    seen = await look_up(order_source(), turn, number, tried)
    if seen is not None:
        return slots | {"order_proof": seen.proof or slots["order_proof"], "order_outcome": "found", REQUESTED_SLOT: None}
    if failures >= MOST_FAILURES:
        return _locked(slots)
    if not tried:
        response = "say_order_proof_unclear" if requested == "order_proof" and not given else "say_ask_order_proof"
        dispatcher.utter_message(response=response, order_number=number)
        return slots | {REQUESTED_SLOT: "order_proof"}
    slots["order_failures"] = failures + 1
    if failures + 1 >= MOST_FAILURES:
        return _locked(slots)
    dispatcher.utter_message(response="say_order_no_match")
    return slots | {"order_number": None, "order_proof": None, REQUESTED_SLOT: "order_number"}


def _locked(slots: dict[str, Any]) -> dict[str, Any]:
    return slots | {"order_number": None, "order_proof": None, "order_outcome": "locked", REQUESTED_SLOT: None}


async def _ask_number(dispatcher: CollectingDispatcher, turn: Turn) -> None:
    """A verified customer chooses from the recent orders; anybody else types the number."""
    recent = await order_source().recent(str(turn.customer["user_id"]), RECENT) if turn.customer else ()
    if not recent:
        dispatcher.utter_message(response="say_ask_order_number")
        return
    buttons = [
        {"title": short_title(order, turn.language), "payload": f'/order_status{{"order_number": "{order.number}"}}'} for order in recent
    ]
    dispatcher.utter_message(response="say_choose_order", buttons=buttons)
