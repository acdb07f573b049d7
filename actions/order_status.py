"""Where is my order? The form that finds out which order and whether this customer may see it, and the answer."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.clock import beijing_today
from actions.details import find_order_number, find_reach
from actions.form import REQUESTED_SLOT, FormDialogue
from actions.order_access import MOST_FAILURES, look_up
from actions.orders.errors import OrderError
from actions.orders.order import Order
from actions.orders.settings import order_source
from actions.orders.telling import blanks, response_for, short_title
from actions.turn import Turn

logger = logging.getLogger(__name__)
RECENT = 5
_LOCKED = {"order_number": None, "order_proof": None, "order_outcome": "locked", REQUESTED_SLOT: None}


class ValidateOrderForm(FormDialogue):
    """Ends with `order_outcome`: found, locked (too many wrong tries), left, or unavailable (the source does not
    answer)."""

    starters = frozenset({"order_status", "another_order"})
    left: Mapping[str, Any] = {"order_outcome": "left"}

    def name(self) -> str:
        return "validate_order_form"

    async def ask(self, requested: str, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> None:
        if requested == "order_proof":
            dispatcher.utter_message(response="say_resume_order_proof", order_number=tracker.slots.get("order_number"))
        else:
            await _ask_number(dispatcher, turn, "say_resume_order_number")

    async def take(
        self, requested: str | None, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn
    ) -> dict[str, Any]:
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
        dispatcher.utter_message(
            response=response_for(seen.order), **blanks(seen.order, turn.language, beijing_today())
        )
        return []


async def _take(
    requested: str | None, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn
) -> dict[str, Any]:
    given = find_order_number(turn.entities.get("order_number", "")) or find_order_number(turn.text)
    reach = find_reach(turn.text)
    kept = None if turn.intent == "another_order" else tracker.slots.get("order_number")
    before = str(tracker.slots.get("order_proof") or "")
    proofs = [proof for proof in (reach.phone, reach.email) if proof] or ([before] if before else [])
    slots: dict[str, Any] = {
        "order_number": given or kept,
        "order_proof": proofs[0] if proofs else None,
        "order_failures": int(tracker.slots.get("order_failures") or 0),
        "order_outcome": None,
    }
    if slots["order_number"]:
        asked_in_vain = requested == "order_proof" and not given
        return await _check(slots, proofs, asked_in_vain, dispatcher, turn)
    if slots["order_failures"] >= MOST_FAILURES and not turn.customer:
        return slots | _LOCKED
    asked_in_vain = requested == "order_number" and not reach
    await _ask_number(dispatcher, turn, "say_order_number_unclear" if asked_in_vain else "say_ask_order_number")
    return slots | {REQUESTED_SLOT: "order_number"}


async def _check(
    slots: dict[str, Any], proofs: list[str], asked_in_vain: bool, dispatcher: CollectingDispatcher, turn: Turn
) -> dict[str, Any]:
    """Look up the order that was named. Without proof of the right to see it, nothing tells whether it exists."""
    locked = slots["order_failures"] >= MOST_FAILURES
    seen = await look_up(order_source(), turn, slots["order_number"], [] if locked else proofs)
    if seen is not None:
        proof = seen.proof or slots["order_proof"]
        return slots | {"order_proof": proof, "order_outcome": "found", REQUESTED_SLOT: None}
    if locked:
        return slots | _LOCKED
    if not proofs:
        response = "say_order_proof_unclear" if asked_in_vain else "say_ask_order_proof"
        dispatcher.utter_message(response=response, order_number=slots["order_number"])
        return slots | {REQUESTED_SLOT: "order_proof"}
    slots["order_failures"] += 1
    if slots["order_failures"] >= MOST_FAILURES:
        return slots | _LOCKED
    dispatcher.utter_message(response="say_order_no_match")
    return slots | {"order_number": None, "order_proof": None, REQUESTED_SLOT: "order_number"}


async def _ask_number(dispatcher: CollectingDispatcher, turn: Turn, response: str) -> None:
    """A verified customer chooses from the recent orders; anybody else is asked for the number by `response`."""
    recent = await order_source().recent(str(turn.customer["user_id"]), RECENT) if turn.customer else ()
    if not recent:
        dispatcher.utter_message(response=response)
        return
    dispatcher.utter_message(response="say_choose_order", buttons=[_button(order, turn.language) for order in recent])


def _button(order: Order, language: str) -> dict[str, str]:
    payload = json.dumps({"order_number": order.number})
    return {"title": short_title(order, language), "payload": f"/order_status{payload}"}
